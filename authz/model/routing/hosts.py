"""Hosts of routing resources: `a.example.com`, `*.example.com`, `*`.

Source: istio/istio pkg/config/host/name.go, names.go, and pilot/pkg/model/config.go, ResolveShortnameToFQDN. Unlike
Istio, which folds case only when it makes virtual hosts, hosts are in lower case from the start.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Generic, TypeVar

from authz.model.address import parse_address
from authz.model.string_match import ascii_lower

DEFAULT_CLUSTER_DOMAIN = "cluster.local"


@dataclass(frozen=True, slots=True)
class HostPattern:
    """A host in lower case; with a `*` in front any text that ends in the rest: `*.com` covers `a.b.com`, not `com`."""

    text: str

    @property
    def is_wildcard(self) -> bool:
        """Whether it can cover more than one host."""
        return self.text.startswith("*")

    @property
    def specificity(self) -> tuple[bool, int, str]:
        """A key to sort by: exact before wildcard, longer before shorter, then by alphabet."""
        return self.is_wildcard, -len(self.text), self.text

    def is_subset_of(self, other: "HostPattern") -> bool:
        """Whether `other` covers every host that this covers."""
        if not other.is_wildcard:
            return self == other
        return self.text[self.is_wildcard :].endswith(other.text[1:])

    def overlaps(self, other: "HostPattern") -> bool:
        """Whether one covers the other; two patterns never overlap in any other way."""
        return self.is_subset_of(other) or other.is_subset_of(self)

    def narrowed_by(self, other: "HostPattern") -> "HostPattern | None":
        """The more specific of the two, what both cover; None where they have no host in common."""
        if self.is_subset_of(other):
            return self
        return other if other.is_subset_of(self) else None


ANY_HOST = HostPattern("*")


def parse_host(text: str) -> HostPattern:
    """A host as written; whether it is well-formed is for the reader to say."""
    return HostPattern(ascii_lower(text))


def resolve_short_name(host: str, namespace: str, cluster_domain: str = DEFAULT_CLUSTER_DOMAIN) -> str:
    """The full name of a host that a resource of `namespace` mentions.

    Only a name without any dot is short, and it is of the namespace that mentions it, wherever such a service may live.
    `reviews.b` is not expanded: it has a dot. `*` and addresses are full names.
    """
    if not host or host == "*" or "." in host or parse_address(host) is not None:
        return host
    return f"{host}.{namespace}.svc.{cluster_domain}"


Rule = TypeVar("Rule")


@dataclass(frozen=True, slots=True)
class HostIndex(Generic[Rule]):
    """Rules by host, for finding the most specific one. `lengths`: of the wildcards without star, longest first."""

    rules: Mapping[HostPattern, Rule]
    lengths: tuple[int, ...]

    def most_specific(self, host: HostPattern) -> Rule | None:
        """The rule of this very host, else that of the longest wildcard that covers it."""
        if host in self.rules:
            return self.rules[host]
        literal = host.text[host.is_wildcard :]
        for length in self.lengths:
            wildcard = HostPattern("*" + literal[len(literal) - length :]) if length <= len(literal) else None
            if wildcard is not None and wildcard in self.rules:
                return self.rules[wildcard]
        return None


def index_hosts(rules: Iterable[tuple[HostPattern, Rule]]) -> HostIndex[Rule]:
    """Of several rules for one host the first one counts."""
    found: dict[HostPattern, Rule] = {}
    for host, rule in rules:
        found.setdefault(host, rule)
    lengths = {len(host.text) - 1 for host in found if host.is_wildcard}
    return HostIndex(found, tuple(sorted(lengths, reverse=True)))
