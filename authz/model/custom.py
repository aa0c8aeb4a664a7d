"""What is asked of a CUSTOM provider, and what it may answer.

Sources: envoy/service/auth/v3/external_auth.proto; istio/api mesh/v1alpha1/config.proto, ExtensionProvider.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum

from authz.model.decision import Reason, RuleRef


@dataclass(frozen=True, slots=True)
class Ask:
    """The rule of a CUSTOM policy matches: its provider decides first. Neither allowed nor denied."""

    provider: str
    by: RuleRef


@dataclass(frozen=True, slots=True)
class Question:
    """A request for a provider: the CheckRequest and call metadata as we got them.

    `seconds`: how long the caller still waits, None where it does not say.
    """

    request: bytes
    metadata: Mapping[str, str]
    seconds: float | None


class HeaderAction(Enum):
    """What a header does to those of its name. JOIN: `old,new` in one line, if there is an old one."""

    ADD = "add"
    ADD_IF_ABSENT = "add_if_absent"
    OVERWRITE = "overwrite"
    OVERWRITE_IF_EXISTS = "overwrite_if_exists"
    JOIN = "join"


@dataclass(frozen=True, slots=True)
class HeaderChange:
    """A header that a provider sets. `name` is in lower case, no pseudo header and not `host`."""

    name: str
    value: str
    action: HeaderAction = HeaderAction.OVERWRITE


@dataclass(frozen=True, slots=True)
class ProviderAllows:
    """The provider lets the request pass, and says what becomes of its headers, its query and its response.

    `failed_open`: it could not be asked, and is set to let pass then; the text says why.
    """

    headers: tuple[HeaderChange, ...] = ()
    remove_headers: tuple[str, ...] = ()
    response_headers: tuple[HeaderChange, ...] = ()
    set_query: tuple[tuple[str, str], ...] = ()
    remove_query: tuple[str, ...] = ()
    failed_open: str = ""

    @property
    def changed_query(self) -> tuple[str, ...]:
        """The parameters that are set or removed, as they are spelled."""
        return (*[name for name, _ in self.set_query], *self.remove_query)


@dataclass(frozen=True, slots=True)
class ProviderDenies:
    """The request does not pass: by the provider's own answer, or because there is none that counts.

    `reason` tells which; `detail` is for whoever looks for the cause.
    """

    status: int = 403
    headers: tuple[HeaderChange, ...] = ()
    body: str = ""
    reason: Reason = Reason.CUSTOM_DENIED
    detail: str = ""


ProviderAnswer = ProviderAllows | ProviderDenies
