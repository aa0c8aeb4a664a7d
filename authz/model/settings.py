"""Settings of ours that change what a policy means. Everything else about a decision is Istio's."""

from dataclasses import dataclass, field
from enum import Enum

from authz.model.listed_proxy import ListedProxy


class BareRequestPrincipals(Enum):
    """How a request principal without `/` and `*` is read.

    ISTIO: an issuer of that name with an empty subject, which no real token has. SUBJECT: the token's subject, of any
    issuer: what people mean who write `user@example.com`.
    """

    ISTIO = "istio"
    SUBJECT = "subject"


@dataclass(frozen=True, slots=True)
class PeerSettings:
    """How peers are known.

    `require_certificate`: with a trust bundle, a peer is who its certificate says, and not who the proxy says it is.
    `skip_validate_trust_domain`: PeerAuthentication takes peers of any trust domain, as Istio's
    PILOT_SKIP_VALIDATE_TRUST_DOMAIN does. `xfcc_from`: the proxies whose `x-forwarded-client-cert` names the peer.
    """

    require_certificate: bool = True
    skip_validate_trust_domain: bool = False
    xfcc_from: tuple[ListedProxy, ...] = ()


@dataclass(frozen=True, slots=True)
class DecidingSettings:
    """The settings that are part of a set's digest."""

    bare_request_principals: BareRequestPrincipals = BareRequestPrincipals.ISTIO
    peers: PeerSettings = field(default_factory=PeerSettings)
