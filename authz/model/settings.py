"""Settings of ours that change what a policy means. Everything else about a decision is Istio's."""

from dataclasses import dataclass
from enum import Enum


class BareRequestPrincipals(Enum):
    """How a request principal without `/` and `*` is read.

    ISTIO: an issuer of that name with an empty subject, which no real token has. SUBJECT: the token's subject, of any
    issuer: what people mean who write `user@example.com`.
    """

    ISTIO = "istio"
    SUBJECT = "subject"


@dataclass(frozen=True, slots=True)
class DecidingSettings:
    """The settings that are part of a set's digest."""

    bare_request_principals: BareRequestPrincipals = BareRequestPrincipals.ISTIO
