"""A request that has been decided, with all that there is to say about it: for rendering as text or JSON."""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from operator import itemgetter

from authz.decision.explain import Explanation, seen
from authz.model.decision import Allowed
from authz.model.facts import Facts, RawRequest, UnreadableFactError
from authz.model.problem import Problem, Severity
from authz.model.rule import Attribute, AttributeKind
from authz.resources.authorization_policy import AuthorizationPolicy

PolicyKey = tuple[str, str]
"""Namespace and name."""


@dataclass(frozen=True, slots=True)
class RequestNote:
    """A request as policies see it. What cannot be read is empty."""

    protocol: str
    method: str
    host: str
    target: str
    peer: tuple[str, ...]
    request_principals: tuple[str, ...]
    source_ip: str
    remote_ip: str
    destination_ip: str
    destination_port: int
    sni: str

    @property
    def title(self) -> str:
        """What is asked for."""
        if self.protocol == "http":
            return f"{self.method} {self.host}{self.target}"
        if not self.destination_ip:
            return f"TCP to port {self.destination_port}" if self.destination_port else "TCP"
        address = f"[{self.destination_ip}]" if ":" in self.destination_ip else self.destination_ip
        return f"TCP to {address}:{self.destination_port}"

    @property
    def caller(self) -> str:
        """Who asks."""
        said = [*self.peer[:1], *[f"token {principal}" for principal in self.request_principals]]
        if self.source_ip:
            said.append(f"from {self.source_ip}")
        if self.remote_ip and self.remote_ip != self.source_ip:
            said.append(f"for {self.remote_ip}")
        return ", ".join(said)


def describe(raw: RawRequest, facts: Facts) -> RequestNote:
    """The request, read as policies read it."""

    def texts(kind: AttributeKind) -> tuple[str, ...]:
        try:
            return seen(Attribute(kind), facts)
        except UnreadableFactError:
            return ()

    def text(kind: AttributeKind) -> str:
        return next(iter(texts(kind)), "")

    return RequestNote(
        protocol="http" if raw.is_http else "tcp",
        method=raw.method if raw.is_http else "",
        host=raw.host if raw.is_http else "",
        target=raw.target if raw.is_http else "",
        peer=texts(AttributeKind.SOURCE_PRINCIPAL),
        request_principals=texts(AttributeKind.REQUEST_PRINCIPAL),
        source_ip=text(AttributeKind.SOURCE_IP),
        remote_ip=text(AttributeKind.REMOTE_IP),
        destination_ip=text(AttributeKind.DESTINATION_IP),
        destination_port=raw.destination_port,
        sni=text(AttributeKind.SNI),
    )


@dataclass(frozen=True, slots=True)
class Checked:
    """`name`: what the file calls the request, or where it stands. `warnings`: about policies, by whose they are."""

    facts: RequestNote
    explanation: Explanation
    name: str = ""
    headers_are_merged: bool = False
    warnings: Mapping[PolicyKey, tuple[Problem, ...]] = field(default_factory=dict)

    @property
    def allowed(self) -> bool:
        """Whether the request may pass."""
        return isinstance(self.explanation.decision, Allowed)


def warnings_by_policy(
    problems: Iterable[Problem], policies: Iterable[AuthorizationPolicy]
) -> dict[PolicyKey, tuple[Problem, ...]]:
    """Each warning with the policy in which it stands: the last that begins before it."""
    begins = sorted((policy.where, policy.key) for policy in policies)
    found: dict[PolicyKey, list[Problem]] = defaultdict(list)
    for problem in problems:
        at = bisect_right(begins, problem.where, key=itemgetter(0)) - 1
        if problem.severity is Severity.WARNING and at >= 0 and begins[at][0].file == problem.where.file:
            found[begins[at][1]].append(problem)
    return {key: tuple(of_policy) for key, of_policy in found.items()}
