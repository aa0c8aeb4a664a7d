"""`loadBalancer` of a traffic policy: documents -> LoadBalancer, or problems.

Source: istio/istio pkg/config/validation/validation.go, validateLoadBalancer; istio/api's CRD of DestinationRule.
"""

from datetime import timedelta
from math import isqrt

from authz.model.problem import Code
from authz.model.routing.traffic_policy import (
    DEFAULT_MINIMUM_RING_SIZE,
    ConsistentHash,
    HashCookie,
    HashHeader,
    HashKey,
    HashQueryParameter,
    HashSourceIp,
    LoadBalancer,
    Maglev,
    RingHash,
    SimpleBalancing,
    Warmup,
)
from authz.resources.fields import Fields
from authz.resources.nodes import Mapping, Node
from authz.resources.routing.locality_balancing import read_locality_balancing, read_zone_aware_balancing
from authz.resources.routing.values import read_decimal, read_duration, warn

_FIELDS = frozenset(
    {"simple", "consistentHash", "localityLbSetting", "zoneAwareLbSetting", "warmupDurationSecs", "warmup"}
)
_SIMPLE = {
    "UNSPECIFIED": SimpleBalancing.LEAST_REQUEST,
    "LEAST_CONN": SimpleBalancing.LEAST_REQUEST,
    **{one.value: one for one in SimpleBalancing},
}
_KEYS = ("httpHeaderName", "httpCookie", "useSourceIp", "httpQueryParameterName")
_ALGORITHMS = ("ringHash", "maglev")
_OLD_RING_SIZE = "minimumRingSize"
_MAX_UINT64 = 2**64 - 1
_MAX_MAGLEV = 5_000_010
_MAX_AGGRESSION = 1e9
_NO_TIME = timedelta(0)


def read_load_balancer(fields: Fields, node: Node | None, path: str, *, detects_outliers: bool) -> LoadBalancer | None:
    """`detects_outliers`: whether the policy around has outlier detection."""
    root = fields.mapping(node, path, _FIELDS)
    if root is None:
        return None
    _at_most_one(fields, root, path, ("simple", "consistentHash"))
    _at_most_one(fields, root, path, ("localityLbSetting", "zoneAwareLbSetting"))
    word = fields.one_of(root.get("simple"), f"{path}.simple", _SIMPLE)
    consistent = _consistent_hash(fields, root.get("consistentHash"), f"{path}.consistentHash")
    return LoadBalancer(
        policy=consistent or _SIMPLE.get(word or "", SimpleBalancing.LEAST_REQUEST),
        locality=read_locality_balancing(
            fields, root.get("localityLbSetting"), f"{path}.localityLbSetting", detects_outliers=detects_outliers
        ),
        zone_aware=read_zone_aware_balancing(
            fields, root.get("zoneAwareLbSetting"), f"{path}.zoneAwareLbSetting", detects_outliers=detects_outliers
        ),
        warmup=_warmup(fields, root, path),
    )


def _at_most_one(fields: Fields, root: Mapping, path: str, keys: tuple[str, ...]) -> None:
    given = [key for key in keys if key in root.entries]
    if len(given) > 1:
        message = f"only one of {', '.join(keys)}; found {', '.join(given)}"
        fields.problem(Code.CONFLICTING_FIELDS, root.entries[given[-1]][0], path, message)


def _consistent_hash(fields: Fields, node: Node | None, path: str) -> ConsistentHash | None:
    root = fields.mapping(node, path, (*_KEYS, *_ALGORITHMS, _OLD_RING_SIZE))
    if root is None:
        return None
    _at_most_one(fields, root, path, _KEYS)
    _at_most_one(fields, root, path, _ALGORITHMS)
    return ConsistentHash(_hash_key(fields, root, path), _hash_algorithm(fields, root, path))


def _hash_key(fields: Fields, root: Mapping, path: str) -> HashKey | None:
    header = fields.string(root.get("httpHeaderName"), f"{path}.httpHeaderName")
    parameter = fields.string(root.get("httpQueryParameterName"), f"{path}.httpQueryParameterName")
    cookie = _cookie(fields, root.get("httpCookie"), f"{path}.httpCookie")
    by_source = fields.boolean(root.get("useSourceIp"), f"{path}.useSourceIp")
    if header:
        return HashHeader(header)
    if parameter:
        return HashQueryParameter(parameter)
    return cookie or (HashSourceIp() if by_source else None)


def _cookie(fields: Fields, node: Node | None, path: str) -> HashCookie | None:
    root = fields.mapping(node, path, ("name", "path", "ttl", "attributes"))
    if root is None:
        return None
    name = fields.string(root.get("name"), f"{path}.name")
    if not name:
        fields.problem(Code.MISSING_FIELD, root, f"{path}.name", "a cookie needs a name")
    return HashCookie(
        name=name or "",
        path=fields.string(root.get("path"), f"{path}.path") or "",
        ttl=read_duration(fields, root.get("ttl"), f"{path}.ttl", zero=True),
        attributes=_attributes(fields, root.get("attributes"), f"{path}.attributes"),
    )


def _attributes(fields: Fields, node: Node | None, path: str) -> tuple[tuple[str, str], ...]:
    found: dict[str, str] = {}
    for item_path, item in fields.items(node, path):
        entry = fields.mapping(item, item_path, ("name", "value"))
        if entry is None:
            continue
        name = fields.string(entry.get("name"), f"{item_path}.name")
        value = fields.string(entry.get("value"), f"{item_path}.value") or ""
        if not name:
            fields.problem(Code.MISSING_FIELD, entry, f"{item_path}.name", "an attribute of a cookie needs a name")
        elif name in found:
            message = f"the attribute {name!r} stands here again; remove one"
            fields.problem(Code.DUPLICATE_ENTRY, entry, f"{item_path}.name", message)
        found[name or ""] = value
    return tuple(found.items())


def _hash_algorithm(fields: Fields, root: Mapping, path: str) -> RingHash | Maglev:
    old_size = fields.integer(root.get(_OLD_RING_SIZE), f"{path}.{_OLD_RING_SIZE}", 0, _MAX_UINT64)
    ring = fields.mapping(root.get("ringHash"), f"{path}.ringHash", (_OLD_RING_SIZE,))
    maglev = fields.mapping(root.get("maglev"), f"{path}.maglev", ("tableSize",))
    if old_size:
        _judge_old_size(fields, root, f"{path}.{_OLD_RING_SIZE}")
    if maglev is not None:
        return Maglev(_table_size(fields, maglev, f"{path}.maglev.tableSize"))
    if ring is not None:
        size_path = f"{path}.ringHash.{_OLD_RING_SIZE}"
        return RingHash(fields.integer(ring.get(_OLD_RING_SIZE), size_path, 0, _MAX_UINT64) or None)
    return RingHash(old_size or DEFAULT_MINIMUM_RING_SIZE)


def _judge_old_size(fields: Fields, root: Mapping, path: str) -> None:
    place = root.entries[_OLD_RING_SIZE][0]
    if any(key in root.entries for key in _ALGORITHMS):
        message = "with ringHash or maglev this field has no place; write ringHash.minimumRingSize"
        fields.problem(Code.CONFLICTING_FIELDS, place, path, message)
    else:
        message = "this field is deprecated; write ringHash: {minimumRingSize: ...}"
        warn(fields, Code.DEPRECATED_FIELD, place, path, message)


def _table_size(fields: Fields, maglev: Mapping, path: str) -> int:
    node = maglev.get("tableSize")
    if node is None:
        fields.problem(Code.MISSING_FIELD, maglev, path, f"a prime number up to {_MAX_MAGLEV}, such as 65537")
        return 0
    size = fields.integer(node, path, 1, _MAX_MAGLEV) or 0
    if size and not _is_prime(size):
        fields.problem(Code.NOT_ONE_OF, node, path, f"expected a prime number such as 65537, found {size}")
    return size


def _is_prime(number: int) -> bool:
    """1 counts as one, as to Envoy."""
    return number < 4 or (number % 2 == 1 and all(number % factor for factor in range(3, isqrt(number) + 1, 2)))  # noqa: PLR2004


def _warmup(fields: Fields, root: Mapping, path: str) -> Warmup | None:
    old = read_duration(fields, root.get("warmupDurationSecs"), f"{path}.warmupDurationSecs")
    found = _new_warmup(fields, root.get("warmup"), f"{path}.warmup")
    if "warmup" in root.entries and "warmupDurationSecs" in root.entries:
        place = root.entries["warmupDurationSecs"][0]
        message = "this field does nothing: warmup says more"
        warn(fields, Code.IGNORED_FIELD, place, f"{path}.warmupDurationSecs", message)
    return found or (Warmup(old) if old is not None else None)


def _new_warmup(fields: Fields, node: Node | None, path: str) -> Warmup | None:
    root = fields.mapping(node, path, ("duration", "minimumPercent", "aggression"))
    if root is None:
        return None
    if root.get("duration") is None:
        fields.problem(Code.MISSING_FIELD, root, f"{path}.duration", "how long does warming up take?")
    duration = read_duration(fields, root.get("duration"), f"{path}.duration")
    percent = read_decimal(fields, root.get("minimumPercent"), f"{path}.minimumPercent", 100)
    node = root.get("aggression")
    aggression = read_decimal(fields, node, f"{path}.aggression", _MAX_AGGRESSION)
    if aggression == 0 and node is not None:
        fields.problem(Code.NOT_ONE_OF, node, f"{path}.aggression", "expected a number greater than 0")
    defaults = Warmup(duration or _NO_TIME)
    return Warmup(
        defaults.duration,
        defaults.minimum_percent if percent is None else percent,
        defaults.aggression if aggression is None else aggression,
    )
