"""Which DestinationRule a client uses for a service, and what it comes to for a port and a subset.

Source: istio/istio pilot/pkg/model/push_context.go (setDestinationRules, destinationRule), destination_rule.go and
sidecar.go (SidecarScope.DestinationRule); for ports and subsets pilot/pkg/networking/util/util.go.

Two deviations, where Istio loses a rule on the way: one that is merged into another which fewer namespaces see is still
there for the others, and one without selector that is as private as a rule with selector stays for everybody else.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from authz.mesh.registry.service import MeshService
from authz.model.routing.age import oldest_first
from authz.model.routing.destination_rule import DestinationRule, Subset
from authz.model.routing.hosts import DEFAULT_CLUSTER_DOMAIN, HostIndex, HostPattern, index_hosts, resolve_short_name
from authz.model.routing.traffic_policy import TrafficPolicy
from authz.model.routing.visibility import PUBLIC, ExportTo, parse_export_to
from authz.model.workload import Labels

DEFAULT_ROOT_NAMESPACE = "istio-system"


@dataclass(frozen=True, slots=True)
class DestinationRuleSettings:
    """`default_export_to`: words, of rules that do not say themselves; `.` is each one's own namespace."""

    root_namespace: str = DEFAULT_ROOT_NAMESPACE
    cluster_domain: str = DEFAULT_CLUSTER_DOMAIN
    default_export_to: tuple[str, ...] = ("*",)


@dataclass(frozen=True, slots=True)
class MergedRule:
    """One or more rules of a namespace for the same host; the first of `rules` is the oldest.

    `traffic_policy`: the first that one of them has; `subsets`: of two of one name the first counts. `export_to`: who
    sees it, as the rules say it, or the mesh.
    """

    host: HostPattern
    namespace: str
    export_to: ExportTo
    workload_selector: Labels | None
    traffic_policy: TrafficPolicy | None
    subsets: tuple[Subset, ...]
    rules: tuple[DestinationRule, ...]

    def subset(self, name: str) -> Subset | None:
        """The subset of a name; None: there is none."""
        return next((subset for subset in self.subsets if subset.name == name), None)

    def with_more(self, other: "MergedRule") -> "MergedRule":
        """Both together; what this one says already stays."""
        known = {subset.name for subset in self.subsets}
        return replace(
            self,
            traffic_policy=self.traffic_policy or other.traffic_policy,
            subsets=self.subsets + tuple(subset for subset in other.subsets if subset.name not in known),
            rules=self.rules + other.rules,
        )


_Rules = tuple[MergedRule, ...]


class DestinationRules:
    """All of a mesh, ready to be asked by client and service."""

    def __init__(self, rules: Iterable[DestinationRule], settings: DestinationRuleSettings) -> None:
        self._root_namespace = settings.root_namespace
        own: dict[str, list[MergedRule]] = defaultdict(list)
        exported: dict[str, list[MergedRule]] = defaultdict(list)
        private: list[MergedRule] = []
        for rule in sorted(rules, key=lambda rule: (rule.workload_selector is None, *oldest_first(rule))):
            one = _single(rule, settings)
            if rule.export_to is None or one.export_to.visible_to(rule.namespace):
                own[rule.namespace].append(one)
            if one.export_to != ExportTo(frozenset({rule.namespace})):
                exported[rule.namespace].append(one)
            elif rule.namespace == self._root_namespace:
                private.append(one)
        self._own = {namespace: _index(of_namespace) for namespace, of_namespace in own.items()}
        self._exported = {namespace: _index(of_namespace) for namespace, of_namespace in exported.items()}
        self._private_of_root = _index(private)

    def rule_for(
        self, service: MeshService, namespace: str, labels: Labels, *, inbound: bool = False
    ) -> MergedRule | None:
        """The rule that a client of a namespace, with these labels, has for a service; None: there is none.

        The first place that has a rule for the host wins, and there the most specific host: no merging with others.
        `inbound`: for what a workload receives itself, where rules with a selector do not count.
        """
        for rules in self._places(service, namespace):
            if rules:
                return _picked(rules, namespace, labels, inbound=inbound)
        return None

    def _places(self, service: MeshService, namespace: str) -> Iterator[_Rules]:
        """Where rules are looked for: the client's namespace, the service's, the root namespace."""
        if namespace == self._root_namespace:
            # rules for the whole mesh are there, which should not hide those beside a service
            yield self._private_of_root.most_specific(service.host) or ()
        elif namespace in self._own:
            yield self._own[namespace].most_specific(service.host) or ()
        for owner in (service.namespace, self._root_namespace):
            found = self._exported[owner].most_specific(service.host) if owner in self._exported else None
            # looked for first, and only then whether the client may see it: what is hidden hides wider ones too
            yield tuple(rule for rule in found or () if rule.export_to.visible_to(namespace))


def _single(rule: DestinationRule, settings: DestinationRuleSettings) -> MergedRule:
    if rule.workload_selector is not None:
        export_to = ExportTo(frozenset({rule.namespace}))
    else:
        export_to = rule.export_to or parse_export_to(settings.default_export_to, rule.namespace) or PUBLIC
    return MergedRule(
        host=HostPattern(resolve_short_name(rule.host.text, rule.namespace, settings.cluster_domain)),
        namespace=rule.namespace,
        export_to=export_to,
        workload_selector=rule.workload_selector,
        traffic_policy=rule.traffic_policy,
        subsets=rule.subsets,
        rules=(rule,),
    )


def _index(rules: Iterable[MergedRule]) -> HostIndex[_Rules]:
    by_host: dict[HostPattern, list[MergedRule]] = {}
    for rule in rules:
        _merge_into(by_host.setdefault(rule.host, []), rule)
    return index_hosts((host, tuple(of_host)) for host, of_host in by_host.items())


def _merge_into(known: list[MergedRule], rule: MergedRule) -> None:
    """Add a rule to those of its host: to all that it goes with, and by itself for whom none of them is."""
    left: MergedRule | None = rule
    for index, other in enumerate(known):
        if not _goes_with(rule, other):
            continue
        known[index] = other.with_more(rule)
        if left is not None and rule.workload_selector == other.workload_selector:
            left = _for_others(left, other)
    if left is not None:
        known.append(left)


def _goes_with(rule: MergedRule, other: MergedRule) -> bool:
    """Whether a newer rule adds to an older one: whoever sees the older one sees it too, and the same clients use it.

    Rules with a selector come first, and one without adds to them as well.
    """
    if rule.workload_selector not in (None, other.workload_selector):
        return False
    new, old = _written(rule), _written(other)
    if new is None or old is None or new.is_public or old.is_public:
        return new == old
    return new.namespaces >= old.namespaces


def _written(rule: MergedRule) -> ExportTo | None:
    """Who sees it, as long as that has not been left to the mesh: what is left to it goes with nothing else."""
    is_left = rule.workload_selector is None and rule.rules[0].export_to is None
    return None if is_left else rule.export_to


def _for_others(rule: MergedRule, other: MergedRule) -> MergedRule | None:
    """What is left of a rule for namespaces that do not see the one it has been merged into."""
    if rule.export_to == other.export_to:
        return None
    left = rule.export_to.namespaces - other.export_to.namespaces
    return replace(rule, export_to=ExportTo(left)) if left else None


def _picked(rules: _Rules, namespace: str, labels: Labels, *, inbound: bool) -> MergedRule | None:
    """A rule that selects the client; else, of those for everyone, the newest: those that could be are one already."""
    for rule in rules:
        selector = rule.workload_selector
        if selector is not None and selector <= labels and rule.namespace == namespace and not inbound:
            return rule
    return next((rule for rule in reversed(rules) if rule.workload_selector is None), None)
