"""The answer to a request. There is no value here that means allow by default."""

from dataclasses import dataclass
from enum import Enum

from authz.model.rule import Action
from authz.model.where import Where


@dataclass(frozen=True, slots=True)
class RuleRef:
    """A rule of a policy. `id` is what Envoy reports for it: `ns[NAMESPACE]-policy[NAME]-rule[INDEX]`."""

    id: str
    namespace: str
    policy: str
    index: int
    action: Action
    where: Where


class Reason(Enum):
    """Why a request was allowed or denied. The words are stable: they are in metadata, logs and metrics."""

    ALLOW_RULE = "allow_rule"
    NO_ALLOW_POLICY = "no_allow_policy"

    DENY_RULE = "deny_rule"
    NO_ALLOW_RULE = "no_allow_rule"
    CUSTOM_DENIED = "custom_denied"
    CUSTOM_UNAVAILABLE = "custom_unavailable"
    CUSTOM_SEVERAL_PROVIDERS = "custom_several_providers"
    CUSTOM_FAILED = "custom_failed"
    CUSTOM_OVERLOADED = "custom_overloaded"
    CUSTOM_ANSWER_REFUSED = "custom_answer_refused"
    CUSTOM_NOT_ASKABLE = "custom_not_askable"
    CUSTOM_LOOP = "custom_loop"
    UNKNOWN_WORKLOAD = "unknown_workload"
    UNKNOWN_LABELS = "unknown_labels"
    PEER_NOT_MTLS = "peer_not_mtls"
    FOREIGN_TRUST_DOMAIN = "foreign_trust_domain"
    MTLS_DISABLED = "mtls_disabled"
    PEER_NOT_VERIFIED = "peer_not_verified"
    TOKEN_REFUSED = "token_refused"  # noqa: S105 - a reason
    TOKEN_WITHOUT_KEYS = "token_without_keys"  # noqa: S105
    UNTRUSTED_PROXY = "untrusted_proxy"
    MALFORMED_REQUEST = "malformed_request"
    MALFORMED_PATH = "malformed_path"
    UNREADABLE_FACT = "unreadable_fact"
    LOG_UNAVAILABLE = "log_unavailable"
    INTERNAL_ERROR = "internal_error"

    __hash__ = object.__hash__  # Enum's own is a Python function; a reason is counted with every decision


@dataclass(frozen=True, slots=True)
class Shadow:
    """What the dry-run policies of one action would have done. Never enforced."""

    action: Action
    denied: bool
    by: RuleRef | None


@dataclass(frozen=True, slots=True)
class Effects:
    """What changes in a request that passes. Names of headers are in lower case.

    A name in `set_headers` that repeats is a further line; it is never in `remove_headers`.
    """

    set_headers: tuple[tuple[str, str], ...] = ()
    remove_headers: tuple[str, ...] = ()
    remove_query_parameters: tuple[str, ...] = ()

    def header_lines(self, name: str, received: tuple[str, ...]) -> tuple[str, ...]:
        """The values of a header (name in lower case) once the effects are done: what policies see."""
        if name in self.remove_headers:
            return ()
        return tuple([value for key, value in self.set_headers if key == name]) or received


NO_EFFECTS = Effects()


@dataclass(frozen=True, slots=True)
class Refusal:
    """What the caller of a denied request is told where it is not the usual 403. `text`: the body, text/plain."""

    status: int
    text: str
    www_authenticate: str


@dataclass(frozen=True, slots=True)
class Allowed:
    """The request may pass. `by` is the ALLOW rule; None where no ALLOW policy applies.

    `audited_by` is the AUDIT rule that asks for the request to be logged. `effects`: what its token has changed.
    """

    reason: Reason
    by: RuleRef | None
    detail: str = ""
    audited_by: RuleRef | None = None
    shadows: tuple[Shadow, ...] = ()
    path_not_normalized: bool = False
    effects: Effects = NO_EFFECTS


@dataclass(frozen=True, slots=True)
class Denied:
    """The request may not pass. `by` is the rule that says so, if one does; `detail` helps its reader.

    `refusal`: None for 403 and the words of Envoy's RBAC filter.
    """

    reason: Reason
    by: RuleRef | None = None
    detail: str = ""
    audited_by: RuleRef | None = None
    shadows: tuple[Shadow, ...] = ()
    path_not_normalized: bool = False
    refusal: Refusal | None = None


Decision = Allowed | Denied
