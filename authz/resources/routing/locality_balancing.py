"""`localityLbSetting` and `zoneAwareLbSetting` of a load balancer: documents -> records, or problems.

Source: istio/istio pkg/config/validation/agent/validation.go, ValidateLocalityLbSetting, ValidateZoneAwareLbSetting.
"""

from collections.abc import Iterable

from authz.model.problem import Code
from authz.model.routing.traffic_policy import Distribute, Failover, LocalityBalancing, ZoneAwareBalancing
from authz.resources.fields import Fields, join
from authz.resources.nodes import Mapping, Node
from authz.resources.routing.values import warn

_LOCALITY_FIELDS = frozenset({"distribute", "failover", "failoverPriority", "enabled"})
_ZONE_FIELDS = frozenset({"failover", "failoverPriority", "enabled", "minClusterSize"})
_TOPOLOGY = frozenset(
    {"topology.kubernetes.io/region", "topology.kubernetes.io/zone", "topology.istio.io/subzone"},
)
_ALL_PERCENT = 100
_MAX_UINT64 = 2**64 - 1
_MAX_PARTS = 3


def read_locality_balancing(
    fields: Fields, node: Node | None, path: str, *, detects_outliers: bool
) -> LocalityBalancing | None:
    """`detects_outliers`: whether the policy around has outlier detection, without which nothing fails over."""
    root = fields.mapping(node, path, _LOCALITY_FIELDS)
    if root is None:
        return None
    found = LocalityBalancing(
        distribute=_distribute(fields, root.get("distribute"), f"{path}.distribute"),
        failover=_failover(fields, root.get("failover"), f"{path}.failover"),
        failover_priority=_priority(fields, root, path),
        enabled=fields.boolean(root.get("enabled"), f"{path}.enabled"),
    )
    if found.distribute and found.failover:
        message = "distribute and failover exclude one another: weights say where traffic goes, or regions do"
        fields.problem(Code.CONFLICTING_FIELDS, root.entries["failover"][0], path, message)
    if found.failover and _TOPOLOGY & set(found.failover_priority):
        message = "beside failover, which is about regions, no region, zone or subzone can have a priority"
        fields.problem(Code.CONFLICTING_FIELDS, root.entries["failoverPriority"][0], path, message)
    _warn_of_failover(fields, root, path, detects_outliers=detects_outliers)
    return found


def read_zone_aware_balancing(
    fields: Fields, node: Node | None, path: str, *, detects_outliers: bool
) -> ZoneAwareBalancing | None:
    """As `read_locality_balancing`."""
    root = fields.mapping(node, path, _ZONE_FIELDS)
    if root is None:
        return None
    found = ZoneAwareBalancing(
        failover=_failover(fields, root.get("failover"), f"{path}.failover"),
        failover_priority=_priority(fields, root, path),
        enabled=fields.boolean(root.get("enabled"), f"{path}.enabled"),
        min_cluster_size=fields.integer(root.get("minClusterSize"), f"{path}.minClusterSize", 1, _MAX_UINT64),
    )
    if _TOPOLOGY & set(found.failover_priority):
        message = "regions, zones and subzones are already what zone-aware load balancing goes by; remove them"
        place = root.entries["failoverPriority"][1]
        fields.problem(Code.BAD_LOCALITY, place, f"{path}.failoverPriority", message)
    _warn_of_failover(fields, root, path, detects_outliers=detects_outliers)
    return found


def _warn_of_failover(fields: Fields, root: Mapping, path: str, *, detects_outliers: bool) -> None:
    for key in ("failover", "failoverPriority"):
        if key in root.entries and not detects_outliers:
            message = "nothing fails over without outlierDetection beside loadBalancer; add it, if only as {}"
            warn(fields, Code.FAILOVER_WITHOUT_OUTLIERS, root.entries[key][0], f"{path}.{key}", message)
            return


def _priority(fields: Fields, root: Mapping, path: str) -> tuple[str, ...]:
    found = fields.strings(root.get("failoverPriority"), f"{path}.failoverPriority")
    return tuple(text for _, text, _ in found)


def _distribute(fields: Fields, node: Node | None, path: str) -> tuple[Distribute, ...]:
    found = []
    for item_path, item in fields.items(node, path):
        entry = fields.mapping(item, item_path, ("from", "to"))
        if entry is None:
            continue
        source = fields.string(entry.get("from"), f"{item_path}.from") or ""
        found.append(Distribute(source, _weights(fields, entry, f"{item_path}.to")))
    if node is not None and found:
        _check_localities(fields, node, path, [entry.from_locality for entry in found])
    return tuple(found)


def _weights(fields: Fields, entry: Mapping, path: str) -> tuple[tuple[str, int], ...]:
    node = entry.get("to")
    if node is None:
        fields.problem(Code.MISSING_FIELD, entry, path, "where does the traffic go? localities, 100 in all")
        return ()
    if type(node) is not Mapping:
        fields.wrong_type(node, path, "a mapping of localities to percentages")
        return ()
    found = [
        (locality, fields.integer(value, join(path, locality), 1, _ALL_PERCENT))
        for locality, (_, value) in node.entries.items()
    ]
    weights = tuple((locality, weight) for locality, weight in found if weight is not None)
    total = sum(weight for _, weight in weights)
    if total != _ALL_PERCENT and len(weights) == len(found):
        fields.problem(Code.BAD_LOCALITY, node, path, f"the weights are {total} in all, expected {_ALL_PERCENT}")
    # a mapping has no order: whatever overlaps is found with the widest ones first
    _check_localities(fields, node, path, sorted(dict(weights), key=lambda text: len(_fixed(text.split("/")))))
    return weights


def _check_localities(fields: Fields, node: Node, path: str, localities: Iterable[str]) -> None:
    known: list[str] = []
    for locality in localities:
        stars = locality.count("*")
        if stars > 1 or (stars and not locality.endswith("*")):
            message = f"one `*` may stand at the end of a locality, found {locality!r}"
            fields.problem(Code.BAD_LOCALITY, node, path, message)
        elif "" in locality.split("/", _MAX_PARTS - 1):
            message = f"expected REGION, REGION/ZONE or REGION/ZONE/SUBZONE, found {locality!r}"
            fields.problem(Code.BAD_LOCALITY, node, path, message)
        elif overlap := next((one for one in known if _overlap(one, locality)), None):
            fields.problem(Code.BAD_LOCALITY, node, path, f"{locality!r} overlaps with {overlap!r}; keep one")
        known.append(locality)


def _overlap(earlier: str, later: str) -> bool:
    """Whether a locality cannot follow another: a narrow one may stand before a wide one with a star, not behind it."""
    before, after = earlier.split("/", _MAX_PARTS - 1), later.split("/", _MAX_PARTS - 1)
    covering = _fixed(before)
    return after[: len(covering)] == covering or before[: len(after)] == after


def _fixed(parts: list[str]) -> list[str]:
    """The parts before a lone star."""
    return parts[:-1] if parts[-1] == "*" else parts


def _failover(fields: Fields, node: Node | None, path: str) -> tuple[Failover, ...]:
    found = []
    for item_path, item in fields.items(node, path):
        entry = fields.mapping(item, item_path, ("from", "to"))
        if entry is None:
            continue
        regions = [fields.string(entry.get(key), f"{item_path}.{key}") or "" for key in ("from", "to")]
        failover = Failover(*regions)
        found.append(failover)
        if any("/" in region or "*" in region for region in regions):
            message = "only whole regions fail over, without `/` and `*`"
            fields.problem(Code.BAD_LOCALITY, entry, item_path, message)
        elif failover.from_region == failover.to_region:
            message = "a region cannot fail over to itself; write two regions"
            fields.problem(Code.BAD_LOCALITY, entry, item_path, message)
    return tuple(found)
