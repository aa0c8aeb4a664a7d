"""What a RequestAuthentication says about tokens of one issuer.

Source: istio/api security/v1beta1/request_authentication.proto, JWTRule.
"""

from dataclasses import dataclass
from datetime import timedelta

from authz.model.where import Where

DEFAULT_TIMEOUT = timedelta(seconds=5)


@dataclass(frozen=True, slots=True)
class HeaderLocation:
    """A header (in lower case) in which tokens are looked for, behind a prefix; empty: the whole value is one."""

    name: str
    prefix: str = ""


@dataclass(frozen=True, slots=True)
class ClaimHeader:
    """A claim, nested by dots, that goes to the workload in a header (in lower case)."""

    header: str
    claim: str


@dataclass(frozen=True, slots=True)
class JwtRule:
    """One `jwtRules` entry. Empty `issuer`: any; no `audiences`: any; no location at all: the default ones.

    Keys: `jwks` if it is not empty, else from `jwks_uri`, else by discovery from the issuer. `timeout`: for one fetch.
    `is_required`: without a good token of this rule the request is refused.
    """

    issuer: str
    where: Where
    audiences: tuple[str, ...] = ()
    jwks_uri: str = ""
    jwks: str = ""
    from_headers: tuple[HeaderLocation, ...] = ()
    from_params: tuple[str, ...] = ()
    from_cookies: tuple[str, ...] = ()
    output_payload_to_header: str = ""
    output_claim_to_headers: tuple[ClaimHeader, ...] = ()
    forward_original_token: bool = False
    timeout: timedelta = DEFAULT_TIMEOUT
    space_delimited_claims: tuple[str, ...] = ()
    is_required: bool = False
