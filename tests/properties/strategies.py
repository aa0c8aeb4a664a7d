"""Policies, meshes, workloads and requests that meet each other.

Values of policies and of requests come from the same small pools, so that matches and near misses
are both common. Policies are plain documents, and valid: every field and every form of a value is here, odd
ones too. Requests, workloads and verdicts are those of `tests.reference`.

Front door: `situations`, which draws all four. `policies`, `meshes`, `workloads` and `requests` stand alone
as well. Nothing here gives a request that a proxy could not send, with one exception on purpose:
paths out of normal form, and targets that are to be refused.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, TypeVar

from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy

from tests.reference import Mesh, Policy, Request, Workload
from tests.reference.paths import normalize

Action = Literal["ALLOW", "DENY", "AUDIT", "CUSTOM"]
Document = dict[str, Any]
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Situation:
    """All that a decision depends on."""

    policies: list[Policy]
    mesh: Mesh
    workload: Workload
    request: Request


# -- pools: what requests have

NAMESPACES = ["foo", "bar"]
ROOT_NAMESPACES = ["istio-system", "root"]
GATEWAY_LABEL = "gateway.networking.k8s.io/gateway-name"
PEER_NAMES = [
    "spiffe://cluster.local/ns/foo/sa/a",
    "spiffe://cluster.local/ns/bar/sa/a",
    "spiffe://cluster.local/ns/foo/sa/a.b",
    "spiffe://cluster.local/ns/foo/sa/a/pod/1",
    "spiffe://cluster.local/eu/ns/foo/x/sa/a",
    "spiffe://cluster.local/ns/istio-system/sa/a",
    "spiffe://td1/ns/foo/sa/a",
    "spiffe://td1/ns/bar/sa/b",
    "spiffe://td2/ns/foo/sa/a",
    "spiffe://td2.evil/ns/foo/sa/a",
    "spiffe://cluster.local/ns/foo",
    "https://x/ns/foo/sa/a",
    "foo.example.com",
    "CN=a/ns/foo/b",
]
ADDRESSES = ["10.0.0.1", "10.0.0.2", "10.1.2.3", "192.168.1.10", "1.2.3.4", "::1", "2001:db8::1", "2001:db8:0:1::5"]
FORWARDED_FOR = [
    *ADDRESSES,
    "1.2.3.4, 10.0.0.1",
    "10.0.0.1,2001:db8::1",
    "10.0.0.1, 1.2.3.4, 192.168.1.10",
    "::ffff:10.0.0.1",
    "10.0.0.1:80",
    "[2001:db8::1]",
    "010.0.0.1",
    "garbage",
    "10.0.0.1,",
    "",
]
PORTS = [80, 443, 8080, 9000]
METHODS = ["GET", "GET", "POST", "PUT", "get", "OPTIONS", "CONNECT"]
HOSTS = ["example.com", "EXAMPLE.com", "a.example.com", "example.com:80", "example.com.", "10.0.0.1", "[::1]:80", "foo"]
NORMAL_PATHS = [
    "/",
    "/a",
    "/a/",
    "/a/b",
    "/a/b/c",
    "/A",
    "/admin",
    "/a//b",
    "//",
    "/a%2Fb",
    "/a%2fb",
    "/a;x",
    "/a.b",
    "/a*",
]
QUERIES = ["", "", "", "?", "?x=/b", "?a/../b", "?%61"]
ODD_PATHS = [
    "/x/../admin",
    "/a/%2e%2e/admin",
    "/%61",
    "/%61dmin",
    "/a\\b",
    "/a/./b",
    "/a/.",
    "/..",
    "/a/..;x/admin",
    "/a/%2E%2E;x/admin",
    "/a^b",
    '/a/"',
    "/a/{*}",
    "/a|b",
    "/a%5Cb",
    "/%6%61",
    "/a/b%7E",
]
REFUSED_TARGETS = ["/a#b", "/a?x#y", "a", "?a", "/a\0", "/a%00", "http://example.com/a"]
SERVER_NAMES = ["example.com", "a.example.com", "A.Example.com", "foo"]
HEADER_NAMES = ["x-a", "x-a", "x-b", "cookie"]
HEADER_VALUES = ["", "a", "b", "ab", "A", "a,b", "b,a", "*", "a b", "é"]
ISSUERS = ["https://iss.example", "iss", "a/b", "", "https:/"]
SUBJECTS = ["sub-1", "user@example.com", "a", "b", "", "*"]
WORDS = ["a", "b", "ab", "A", "a b", "b a", "", "read", "5", "true", "*"]
METADATA_NAMESPACE = "envoy.filters.a.b"


# -- chances


def mostly(share: float) -> SearchStrategy[bool]:
    """True in about this share of draws."""
    return st.integers(0, 99).map(lambda n: n < share * 100)


def often(common: SearchStrategy[T], rare: SearchStrategy[T], times: int) -> SearchStrategy[T]:
    """The common one so many times as often as the rare one; `one_of` would count equal branches once."""
    return st.sampled_from([common] * times + [rare]).flatmap(lambda one: one)


# -- forms of a value


def cut(text: str, at: int, keep_start: bool) -> str:  # noqa: FBT001 (drawn)
    """`text` with a star for its end, or its start; something always stays."""
    at = min(at, len(text) - 1)
    return text[: len(text) - at] + "*" if keep_start else "*" + text[at:]


def pool(common: Sequence[str], *odd: str) -> SearchStrategy[str]:
    """Values of the general string form: whole texts that requests have, their starts and ends, or an odd form."""
    whole = sorted({text for text in common if text})
    parts = sorted({cut(text, at, keep_start) for text in whole for at in (0, 1, 2, 3) for keep_start in (True, False)})
    return st.sampled_from([whole, parts, ["*", *odd]]).flatmap(st.sampled_from)


PRINCIPALS = pool(
    [name.removeprefix("spiffe://") for name in PEER_NAMES],
    "*/sa/a",
    "*/ns/foo/sa/a",
    "*local/ns/foo/sa/a",
    "*d1/ns/foo/sa/a",
    "td*/ns/foo/sa/a",
    "td3/ns/foo/sa/a",
    "cluster.local/ns/*/sa/a",
    "cluster.local/ns/foo/sa/*",
    "spiffe://cluster.local/ns/foo/sa/a",
    "spiffe://*",
    "**",
    "*a*",
)
NAMESPACE_VALUES = st.sampled_from(
    ["foo", "bar", "fo", "f*", "*o", "f*o", "*", "*o*", "f.o", "foo/sa", "x", "istio-system"]
)
SERVICE_ACCOUNTS = st.sampled_from(
    ["a", "b", "a.b", "axb", "foo/a", "bar/a", "bar/b", "foo/a.b", "istio-system/a", "fo/a"]
)
TRUST_DOMAINS = st.sampled_from(["cluster.local", "td1", "td2", "td*", "*local", "*", "*.evil", "t", "td3", "*1"])
BLOCKS = st.sampled_from(
    [
        *ADDRESSES,
        "10.0.0.0/8",
        "10.0.0.0/31",
        "10.1.200.7/16",
        "192.168.0.0/16",
        "0.0.0.0/0",
        "128.0.0.0/1",
        "::/0",
        "2001:db8::/64",
        "2001:DB8:0:0:0:0:0:1",
        "2001:db8::/32",
        "::ffff:10.0.0.1",
        "::ffff:10.0.0.0/104",
        "1.2.3.4/32",
    ]
)
PORT_VALUES = st.sampled_from([*map(str, PORTS), "0080", "0", "65535"])
TEMPLATES = [
    "/{*}",
    "/{**}",
    "/a/{*}",
    "/a/{**}",
    "/a/{**}/",
    "/{**}/b",
    "/a/{**}/b",
    "/{*}/b/{**}",
    "/A/{*}",
    "/{*}/",
    "/a/{*}/c",
]
PATH_VALUES = st.one_of(
    pool([*NORMAL_PATHS, "/admin"], "/*", "/a/*/c", "*a*", "/a?x=/b", "/*/b*"),
    st.sampled_from(TEMPLATES),
)
REQUEST_PRINCIPALS = st.one_of(
    st.builds("{}/{}".format, st.sampled_from(ISSUERS[:-1]), st.sampled_from(SUBJECTS)),
    st.sampled_from(
        ["*", "*/*", "*/sub-1", "*-1", "*/a", "*b/a", "iss/*", "iss/su*", "is*", "https://iss*", "*.example/sub-1"]
    ),
    st.sampled_from(["https://iss.example/*", "iss", "sub-1", "user@example.com", "a/b/*", "a/b/a", "a"]),
).filter(bool)
CLAIM_VALUES = pool(WORDS)
HEADER_FORMS = pool(HEADER_VALUES)

SOURCE_FIELDS: Mapping[str, SearchStrategy[str]] = {
    "principals": PRINCIPALS,
    "requestPrincipals": REQUEST_PRINCIPALS,
    "namespaces": NAMESPACE_VALUES,
    "serviceAccounts": SERVICE_ACCOUNTS,
    "trustDomains": TRUST_DOMAINS,
    "ipBlocks": BLOCKS,
    "remoteIpBlocks": BLOCKS,
}
OPERATION_FIELDS: Mapping[str, SearchStrategy[str]] = {
    "hosts": pool(HOSTS, "*.example.com", "example.com:*"),
    "ports": PORT_VALUES,
    "methods": pool(METHODS, "P*"),
    "paths": PATH_VALUES,
}
CONDITIONS: Mapping[str, SearchStrategy[str]] = {
    "source.ip": BLOCKS,
    "remote.ip": BLOCKS,
    "source.namespace": NAMESPACE_VALUES,
    "source.principal": PRINCIPALS,
    "source.serviceAccount": SERVICE_ACCOUNTS,
    "source.trustDomain": TRUST_DOMAINS,
    "request.auth.principal": REQUEST_PRINCIPALS,
    "request.auth.audiences": CLAIM_VALUES,
    "request.auth.presenter": CLAIM_VALUES,
    "request.auth.claims[groups]": CLAIM_VALUES,
    "request.auth.claims[scope]": CLAIM_VALUES,
    "request.auth.claims[permission]": CLAIM_VALUES,
    "request.auth.claims[nested][role]": CLAIM_VALUES,
    "request.auth.claims[nested]": CLAIM_VALUES,
    "request.auth.claims[a.b]": CLAIM_VALUES,
    "request.auth.claims[a[b]]": CLAIM_VALUES,
    "request.headers[x-a]": HEADER_FORMS,
    "request.headers[X-A]": HEADER_FORMS,
    "request.headers[x-b]": HEADER_FORMS,
    "request.headers[Cookie]": HEADER_FORMS,
    "request.headers[x-forwarded-for]": pool(FORWARDED_FOR),
    "request.headers[:authority]": pool(HOSTS),
    "request.headers[Host]": pool(HOSTS),
    "request.headers[:method]": pool(METHODS),
    "request.headers[:path]": pool([*NORMAL_PATHS, "/a?x=/b"]),
    "request.headers[:scheme]": pool(["http", "https"]),
    "destination.ip": BLOCKS,
    "destination.port": PORT_VALUES,
    "connection.sni": pool([*SERVER_NAMES, "a.example.com"]),
    f"experimental.{METADATA_NAMESPACE}[c]": st.one_of(
        CLAIM_VALUES, CLAIM_VALUES.map("[{}]".format).filter(lambda v: v != "[]")
    ),
    f"experimental.{METADATA_NAMESPACE}[d[e]]": CLAIM_VALUES,
}

# -- policies


def one_to(most: int, one: SearchStrategy[Any]) -> SearchStrategy[list[Any]]:
    """A list of one, mostly."""
    return st.one_of(one.map(lambda drawn: [drawn]), st.lists(one, min_size=1, max_size=most))


@st.composite
def entries(draw: DrawFn, fields: Sequence[str]) -> Document:
    """A source or an operation: mostly one field, seldom three, each in its plain or its `not` form."""
    entry: Document = {}
    for field in draw(FIELD_CHOICES[tuple(fields)]):
        name = field if draw(MOSTLY_PLAIN) else f"not{field[0].upper()}{field[1:]}"
        entry[name] = draw(FIELD_VALUES[field])
    return without_other_identities(entry) if "erviceAccounts" in "".join(entry) else entry


def without_other_identities(source: Document) -> Document:
    """Service accounts may not stand beside principals or namespaces."""
    forbidden = ("principals", "notPrincipals", "namespaces", "notNamespaces")
    return {name: values for name, values in source.items() if name not in forbidden}


@st.composite
def conditions(draw: DrawFn, keys: Sequence[str]) -> Document:
    """One entry of `when`, with values, notValues, or both."""
    key = draw(st.sampled_from(keys))
    condition: Document = {"key": key}
    for name in draw(VALUES_OR_NOT):
        condition[name] = draw(CONDITION_VALUES[key])
    return condition


@st.composite
def rules(draw: DrawFn, action: Action = "ALLOW") -> Document:
    """A rule that a policy of this action may have; seldom one that asks nothing."""
    sources, conditions_of_rule = (SOURCES_OF_CUSTOM, WHEN_OF_CUSTOM) if action == "CUSTOM" else (SOURCES, WHEN)
    rule: Document = {}
    for part in draw(PARTS_OF_RULES):
        if part == "from":
            rule["from"] = [{"source": one} for one in draw(sources)]
        elif part == "to":
            rule["to"] = [{"operation": one} for one in draw(OPERATIONS)]
        else:
            rule["when"] = draw(conditions_of_rule)
    return rule


OF_IDENTITY = ("principals", "requestPrincipals", "namespaces", "serviceAccounts", "trustDomains")
FOR_CUSTOM = ("source.ip", "remote.ip", "request.headers", "destination.", "connection.", "experimental.")
SOURCE_NAMES = tuple(SOURCE_FIELDS)
CUSTOM_SOURCE_NAMES = tuple(name for name in SOURCE_FIELDS if name not in OF_IDENTITY)
OPERATION_NAMES = (*OPERATION_FIELDS, "paths", "paths")  # what matters most
KEYS = tuple(CONDITIONS)
CUSTOM_KEYS = tuple(key for key in CONDITIONS if key.startswith(FOR_CUSTOM))

FIELD_CHOICES = {
    names: often(
        st.sampled_from(names).map(lambda name: [name]),
        st.lists(st.sampled_from(names), min_size=2, max_size=3, unique=True),
        times=3,
    )
    for names in (SOURCE_NAMES, CUSTOM_SOURCE_NAMES, OPERATION_NAMES)
}
FIELD_VALUES = {
    name: st.lists(form, min_size=1, max_size=3) for name, form in {**SOURCE_FIELDS, **OPERATION_FIELDS}.items()
}
CONDITION_VALUES = {key: st.lists(form, min_size=1, max_size=3) for key, form in CONDITIONS.items()}
VALUES_OR_NOT = st.sampled_from([("values",), ("values",), ("notValues",), ("values", "notValues")])
MOSTLY_PLAIN = mostly(0.75)
SOURCES, SOURCES_OF_CUSTOM = one_to(2, entries(SOURCE_NAMES)), one_to(2, entries(CUSTOM_SOURCE_NAMES))
OPERATIONS = one_to(2, entries(OPERATION_NAMES))
WHEN, WHEN_OF_CUSTOM = one_to(2, conditions(KEYS)), one_to(2, conditions(CUSTOM_KEYS))
PARTS_OF_RULES = st.sampled_from(
    [
        *([("from",), ("to",), ("to",), ("to",), ("when",)] * 3),
        *[("from", "to"), ("from", "when"), ("to", "when")] * 2,
        ("from", "to", "when"),
        (),
    ]
)
ACTIONS: tuple[Action, ...] = ("ALLOW", "DENY", "AUDIT", "CUSTOM")
SOME_RULES: Mapping[Action, SearchStrategy[list[Document] | None]] = {
    action: st.lists(rules(action), min_size=1, max_size=3) for action in ACTIONS
}
NO_RULES: SearchStrategy[list[Document] | None] = st.sampled_from([None, []]).map(
    lambda none: none if none is None else list(none)
)
RULE_LISTS: Mapping[Action, SearchStrategy[list[Document] | None]] = {
    "ALLOW": often(SOME_RULES["ALLOW"], NO_RULES, times=9),
    "AUDIT": often(SOME_RULES["AUDIT"], NO_RULES, times=9),
    "DENY": SOME_RULES["DENY"],
    "CUSTOM": SOME_RULES["CUSTOM"],
}


@st.composite
def policies(
    draw: DrawFn,
    *,
    actions: Sequence[Action] = ACTIONS,
    namespaces: Sequence[str] = (*NAMESPACES, *ROOT_NAMESPACES),
    name: str = "p",
    dry_run: bool | None = None,
    attached_to: SearchStrategy[Document] | None = None,
) -> Policy:
    """One valid policy. `dry_run` None draws it; `attached_to` gives `selector` or `targetRefs`."""
    action = draw(st.sampled_from(actions))
    spec: Document = {}
    if (drawn := draw(RULE_LISTS[action])) is not None:
        spec["rules"] = drawn
    if action != "ALLOW" or draw(st.booleans()):
        spec["action"] = action
    if action == "CUSTOM":
        spec["provider"] = {"name": draw(st.sampled_from(["opa", "b-2"]))}
    spec |= draw(SELECTORS if attached_to is None else attached_to)
    metadata: Document = {"name": name, "namespace": draw(st.sampled_from(namespaces))}
    annotation = draw(DRY_RUN_ANNOTATIONS[dry_run]) if action in ("ALLOW", "DENY") else None
    if annotation is not None:
        metadata["annotations"] = {"istio.io/dry-run": annotation}
    version = draw(st.sampled_from(["v1", "v1", "v1beta1"]))
    return {
        "apiVersion": f"security.istio.io/{version}",
        "kind": "AuthorizationPolicy",
        "metadata": metadata,
        "spec": spec,
    }


TRUE = st.sampled_from(["true", "True", "TRUE", "t", "T", "1"])
FALSE = st.sampled_from(["false", "False", "FALSE", "f", "F", "0"])
NO_ANNOTATION: SearchStrategy[str | None] = st.none()
DRY_RUN_ANNOTATIONS: Mapping[bool | None, SearchStrategy[str | None]] = {
    None: often(NO_ANNOTATION, st.one_of(TRUE, FALSE), times=4),
    True: TRUE,
    False: st.one_of(NO_ANNOTATION, FALSE),
}
"""Go's spellings of a boolean, by what is wanted; None: whatever, but mostly no annotation."""

LABEL_CHOICES = st.dictionaries(st.sampled_from(["app", "version"]), st.sampled_from(["x", "x", "v1", "y"]), max_size=2)
NO_SELECTOR: SearchStrategy[Document] = st.just({})
SELECTORS: SearchStrategy[Document] = often(
    NO_SELECTOR,
    st.one_of(st.just({"selector": {}}), LABEL_CHOICES.map(lambda one: {"selector": {"matchLabels": one}})),
    times=2,
)
"""Mostly none, else labels that many workloads have."""

REFS = st.sampled_from(
    [
        {"group": "gateway.networking.k8s.io", "kind": "Gateway", "name": "gw"},
        {"group": "gateway.networking.k8s.io", "kind": "Gateway", "name": "other"},
        {"group": "gateway.networking.k8s.io", "kind": "GatewayClass", "name": "istio-waypoint"},
        {"kind": "Service", "name": "svc"},
        {"group": "core", "kind": "Service", "name": "svc"},
        {"group": "", "kind": "Service", "name": "other"},
        {"group": "networking.istio.io", "kind": "ServiceEntry", "name": "svc"},
    ]
).map(dict)
TARGET_REFS: SearchStrategy[Document] = st.one_of(
    st.lists(REFS, min_size=1, max_size=2).map(lambda many: {"targetRefs": many}),
    REFS.map(lambda one: {"targetRef": one}),
)
"""One or two references, in the list or in the old single form."""

ATTACHMENTS = {
    "sidecar": often(SELECTORS, TARGET_REFS, times=19),
    "gateway": st.one_of(SELECTORS, TARGET_REFS),
    "waypoint": often(TARGET_REFS, SELECTORS, times=5),
}
"""What policies near a workload of this role say of whom they are for."""


# -- meshes and workloads


@st.composite
def meshes(draw: DrawFn) -> Mesh:
    """A MeshConfig; often an empty one, which means the defaults."""
    mesh: Document = {}
    if draw(st.booleans()):
        mesh["rootNamespace"] = draw(st.sampled_from(ROOT_NAMESPACES))
    if draw(st.booleans()):
        mesh["trustDomain"] = draw(st.sampled_from(["cluster.local", "td1"]))
        mesh["trustDomainAliases"] = draw(st.sampled_from([[], ["td2"], ["td2", "cluster.local"], ["td1"]]))
    if draw(mostly(0.3)):
        modes = ["DEFAULT", "BASE", "MERGE_SLASHES", "DECODE_AND_MERGE_SLASHES", "NONE"]
        mesh["pathNormalization"] = {"normalization": draw(st.sampled_from(modes))}
    if draw(mostly(0.3)):
        mesh["defaultConfig"] = {"gatewayTopology": {"numTrustedProxies": draw(st.sampled_from([0, 1, 2]))}}
    return mesh


@st.composite
def workloads(draw: DrawFn) -> Workload:
    """Mostly plain ones; else a gateway by label or by name, or a waypoint of a service."""
    namespace = draw(st.sampled_from(["foo", "foo", "foo", "bar", "istio-system"]))
    labels = draw(st.dictionaries(st.sampled_from(["app", "version"]), st.sampled_from(["x", "x", "v1"]), max_size=2))
    account = draw(st.sampled_from(["a", "b"]))
    role: Literal["sidecar", "gateway", "waypoint"] = draw(st.sampled_from(["sidecar"] * 8 + ["gateway", "waypoint"]))
    if role == "sidecar":
        return Workload(namespace, labels, account)
    if draw(st.booleans()):
        labels = labels | {GATEWAY_LABEL: "gw"}
    gateways = draw(st.sampled_from([(), (f"{namespace}/gw",), ("bar/gw",)]))
    if role == "gateway":
        return Workload(namespace, labels, account, role, gateways)
    services = draw(st.sampled_from([("foo/svc",), ("bar/svc",), ("bar/svc", "foo/other")]))
    external = draw(st.sampled_from([(), ("foo/svc",)]))
    return Workload(namespace, labels, account, role, gateways, services, external)


# -- requests


@st.composite
def requests(draw: DrawFn, *, protocol: Literal["http", "tcp"] | None = None, most_peer_names: int = 3) -> Request:
    """One request or connection. More than one peer name takes the certificate, not only `source.principal`."""
    tcp = protocol == "tcp" if protocol else not draw(mostly(0.87))
    common: Document = {
        "source_ip": draw(st.sampled_from(ADDRESSES)),
        "destination_ip": draw(st.sampled_from(ADDRESSES)),
        "destination_port": draw(st.sampled_from(PORTS)),
        "peer_names": draw(peer_names(most_peer_names)),
        "sni": draw(st.sampled_from(["", *SERVER_NAMES])),
        "metadata": draw(metadata()),
    }
    if tcp:
        return Request(protocol="tcp", **common)
    method, path = draw(targets())
    form: Literal["raw", "merged"] = draw(st.sampled_from(["raw", "merged"]))
    return Request(
        method=method,
        path=path,
        scheme=draw(st.sampled_from(["http", "https"])),
        host=draw(st.sampled_from(HOSTS)),
        headers=draw(header_lines()),
        header_form=form,
        claims=draw(CLAIMS),
        **common,
    )


def peer_names(most: int) -> SearchStrategy[tuple[str, ...]]:
    """Plaintext, or the names of a certificate, in order."""
    several = st.lists(st.sampled_from(PEER_NAMES), min_size=1, max_size=most, unique=True)
    common = st.sampled_from(PEER_NAMES[:8]).map(lambda name: (name,))
    return often(st.one_of(common, several.map(in_order)), st.just(()), times=3)


def in_order(names: list[str]) -> tuple[str, ...]:
    """URI SANs, then DNS SANs, then the one subject, as a certificate gives them."""
    uris = [name for name in names if "://" in name]
    dns_names = [name for name in names if "://" not in name and "=" not in name]
    subjects = [name for name in names if name.startswith("CN=")]
    return (*uris, *dns_names, *subjects)


@st.composite
def targets(draw: DrawFn) -> tuple[str, str]:
    """A method and a path, mostly in normal form; some out of it, a few to be refused, and those without a slash."""
    method = draw(st.sampled_from(METHODS))
    if method == "CONNECT":
        return method, draw(st.sampled_from(["", "example.com:443", "/a", "/a#b"]))
    if method == "OPTIONS" and draw(st.booleans()):
        return method, "*"
    kind = draw(st.sampled_from(["normal"] * 8 + ["odd"] * 3 + ["refused"]))
    if kind == "refused":
        return method, draw(st.sampled_from(REFUSED_TARGETS))
    return method, draw(st.sampled_from(NORMAL_PATHS if kind == "normal" else ODD_PATHS)) + draw(
        st.sampled_from(QUERIES)
    )


@st.composite
def header_lines(draw: DrawFn) -> tuple[tuple[str, str], ...]:
    """Lines as Envoy sends them: names in small letters, repeats allowed, one x-forwarded-for at most."""
    line = st.tuples(st.sampled_from(HEADER_NAMES), st.sampled_from(HEADER_VALUES))
    lines = draw(st.lists(line, max_size=4))
    if draw(mostly(0.4)):
        lines.insert(draw(st.integers(0, len(lines))), ("x-forwarded-for", draw(st.sampled_from(FORWARDED_FOR))))
    return tuple(lines)


def claim_contents() -> SearchStrategy[Any]:
    """What a claim may hold: mostly strings and lists of them, also all that never matches."""
    word = st.sampled_from(WORDS)
    other = st.sampled_from([5, 5.5, True, False, None, {}, {"a": "b"}, ["a"], [["a"]]])
    return often(
        st.one_of(word, st.lists(word, max_size=3), st.lists(st.one_of(word, other), max_size=3)), other, times=6
    )


@st.composite
def claims(draw: DrawFn) -> Document:
    """The payload of an accepted token; issuer and subject may lack, or be no strings."""
    payload: Document = {}
    if draw(mostly(0.9)):
        payload["iss"] = draw(st.sampled_from(ISSUERS))
    if draw(mostly(0.9)):
        payload["sub"] = draw(often(st.sampled_from(SUBJECTS), st.sampled_from([5, ["sub-1"]]), times=9))
    for name in ("aud", "azp", "groups", "scope", "permission", "a.b", "a[b]"):
        if draw(mostly(0.6)):
            payload[name] = draw(claim_contents())
    if draw(mostly(0.6)):
        payload["nested"] = draw(st.one_of(claim_contents(), claim_contents().map(lambda role: {"role": role})))
    return payload


CLAIMS: SearchStrategy[Document | None] = often(claims(), st.none(), times=3)


def metadata() -> SearchStrategy[dict[str, Document]]:
    """What other filters left: absent, or a string, a list or something else under each key."""
    some = st.dictionaries(st.sampled_from(["c", "d[e]"]), claim_contents(), max_size=2)
    return st.one_of(st.just({}), some.map(lambda one: {METADATA_NAMESPACE: one}))


# -- policies that are about a request

AIMED_FIELDS = {
    "principals": "source.principal",
    "namespaces": "source.namespace",
    "trustDomains": "source.trustDomain",
    "requestPrincipals": "request.auth.principal",
    "ipBlocks": "source.ip",
    "remoteIpBlocks": "source.ip",
    "ports": "destination.port",
    "hosts": "request.headers[:authority]",
    "methods": "request.headers[:method]",
    "paths": "paths",
}
STARRED = ("source.principal", "request.headers", "request.auth.a", "request.auth.claims", "connection.sni", "paths")
AIMS = st.tuples(st.sampled_from([True, True, False]), st.sampled_from([0, 0, 1, 2, 5]), st.booleans())
"""Whether to aim at all, how much to cut, and where."""


def texts_of(request: Request, key: str) -> list[str]:
    """What a value of this key would have to say, exactly, to match this request; empty where it has nothing."""
    first_name = request.peer_names[0] if request.peer_names else ""
    parts = first_name.removeprefix("spiffe://").split("/")
    headers = {":authority": request.host, ":method": request.method, ":path": request.path, **dict(request.headers)}
    claims = request.claims or {}
    exact = {
        "source.principal": first_name.removeprefix("spiffe://"),
        "source.namespace": parts[2] if len(parts) > 4 else "",
        "source.trustDomain": parts[0] if len(parts) > 1 and parts[0] else "",
        "source.ip": request.source_ip or "",
        "destination.ip": request.destination_ip or "",
        "destination.port": str(request.destination_port),
        "connection.sni": request.sni.lower(),
        "request.auth.principal": f"{claims['iss']}/{claims['sub']}" if {"iss", "sub"} <= set(claims) else "",
        "request.auth.audiences": claims.get("aud"),
        "request.auth.presenter": claims.get("azp"),
        "paths": forms_of_path(request.path),
    }
    name = key.partition("[")[2].removesuffix("]").lower()
    found = exact.get(key, headers.get(name) if key.startswith("request.headers") else claims.get(name))
    return [text for text in (found if isinstance(found, list) else [found]) if text and isinstance(text, str)]


def forms_of_path(path: str) -> list[str]:
    """A path in normal form and as sent, as far as a rule may name them: a brace may not stand in a plain value."""
    if "#" in path or "\0" in path:
        return []
    texts = [form.partition("?")[0] for form in (normalize(path, "BASE") or "", path)]
    return [text.replace("{", "").replace("}", "") for text in texts]


@st.composite
def aimed_values(draw: DrawFn, key: str, values: list[str], request: Request) -> list[str]:
    """The same values; in two of three lists one more that matches the request, or nearly."""
    aim, at, keep_start = draw(AIMS)
    texts = texts_of(request, key)
    if not aim or not texts:
        return values
    text = draw(st.sampled_from(texts))
    return [*values, cut(text, at, keep_start) if at and key.startswith(STARRED) else text]


@st.composite
def aimed(draw: DrawFn, policy: Policy, request: Request) -> Policy:
    """The same policy, its values now more often about this request."""
    for rule in policy["spec"].get("rules") or []:
        entries_of_rule = [one["source"] for one in rule.get("from", ())] + [
            one["operation"] for one in rule.get("to", ())
        ]
        for entry in entries_of_rule:
            for field in entry:
                plain = field[3].lower() + field[4:] if field.startswith("not") else field
                if plain in AIMED_FIELDS:
                    entry[field] = draw(aimed_values(AIMED_FIELDS[plain], entry[field], request))
        for condition in rule.get("when", ()):
            for name in condition.keys() & {"values", "notValues"}:
                condition[name] = draw(aimed_values(condition["key"], condition[name], request))
    return policy


# -- all together

POLICY_COUNTS = [2, 1, 2, 2, 3, 3, 4, 4, 0]
FIRST_ACTIONS: Sequence[Action] = ("ALLOW", "ALLOW", "ALLOW", "DENY")
OTHER_ACTIONS: Sequence[Action] = ("ALLOW", "ALLOW", "DENY", "DENY", "AUDIT", "CUSTOM")
POLICY_NAMES = st.permutations(["p", "q", "p-1", "p.v2", "a"])


@st.composite
def situations(
    draw: DrawFn, *, most_policies: int = 4, protocol: Literal["http", "tcp"] | None = None, most_peer_names: int = 3
) -> Situation:
    """A workload of a mesh, policies of which most apply to it, and a request for it."""
    mesh, workload = draw(meshes()), draw(workloads())
    root = str(mesh.get("rootNamespace", "istio-system"))
    services = workload.services if workload.role == "waypoint" else ()
    near = [workload.namespace] * 9 + [root] * 6 + [*(name.partition("/")[0] for name in services), "foo", "root"]
    count = min(most_policies, draw(st.sampled_from(POLICY_COUNTS)))
    names = draw(POLICY_NAMES)[:count]
    attached_to = ATTACHMENTS[workload.role]
    request = draw(requests(protocol=protocol, most_peer_names=most_peer_names))
    drawn = [
        draw(policies(actions=actions, namespaces=near, name=name, attached_to=attached_to))
        for name, actions in zip(names, [FIRST_ACTIONS, *[OTHER_ACTIONS] * 4], strict=False)
    ]
    return Situation([draw(aimed(one, request)) for one in drawn], mesh, workload, request)
