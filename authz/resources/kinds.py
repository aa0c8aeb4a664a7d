"""Documents -> resources: which kinds there are, and what becomes of each.

A directory may hold anything a cluster holds. Kinds that we enforce are read; kinds of Istio and Kubernetes that we
know are passed over and counted; a kind of an `istio.io` group that nobody knows is a mistake.
"""

import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field

from authz.model.problem import Code, Problem, Problems
from authz.resources.authorization_policy import KIND as AUTHORIZATION_POLICY
from authz.resources.authorization_policy import AuthorizationPolicy, read_authorization_policy
from authz.resources.documents import SourceFile, read_documents
from authz.resources.fields import Fields, join
from authz.resources.metadata import Metadata, read_metadata
from authz.resources.nodes import Mapping, Node, plain_value, text_of
from authz.resources.peer_authentication import KIND as PEER_AUTHENTICATION
from authz.resources.peer_authentication import PeerAuthentication, read_peer_authentication
from authz.resources.request_authentication import KIND as REQUEST_AUTHENTICATION
from authz.resources.request_authentication import read_request_authentication

_SECURITY = "security.istio.io"
_VERSIONS: dict[str, dict[str, tuple[str, ...]]] = {
    _SECURITY: {
        AUTHORIZATION_POLICY: ("v1", "v1beta1"),
        PEER_AUTHENTICATION: ("v1", "v1beta1"),
        REQUEST_AUTHENTICATION: ("v1", "v1beta1"),
    },
    "networking.istio.io": {
        **dict.fromkeys(
            (
                "DestinationRule",
                "Gateway",
                "ServiceEntry",
                "Sidecar",
                "VirtualService",
                "WorkloadEntry",
                "WorkloadGroup",
            ),
            ("v1", "v1beta1", "v1alpha3"),
        ),
        "EnvoyFilter": ("v1alpha3",),
        "ProxyConfig": ("v1beta1",),
    },
    "telemetry.istio.io": {"Telemetry": ("v1", "v1alpha1")},
    "extensions.istio.io": {"WasmPlugin": ("v1alpha1",), "TrafficExtension": ("v1alpha1",)},
    "install.istio.io": {"IstioOperator": ("v1alpha1",)},
}
_RESTRICT_TRAFFIC = frozenset({"RequestAuthentication"})
_RESOURCE_FIELDS = frozenset({"apiVersion", "kind", "metadata", "spec", "status"})

Policy = AuthorizationPolicy | PeerAuthentication
_READERS: dict[str, Callable[[Fields, Metadata, Node | None], Policy]] = {
    AUTHORIZATION_POLICY: read_authorization_policy,
    PEER_AUTHENTICATION: read_peer_authentication,
}


@dataclass(frozen=True, slots=True)
class Resources:
    """What a set of files holds. `contents`: for each resource that decides, its content without places.

    `passed_over` counts the documents of known kinds that have no part in decisions, by kind.
    """

    authorization_policies: tuple[AuthorizationPolicy, ...] = ()
    peer_authentications: tuple[PeerAuthentication, ...] = ()
    contents: tuple[str, ...] = ()
    passed_over: Counter[str] = field(default_factory=Counter)

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing here that could decide."""
        return self.policies == 0

    @property
    def policies(self) -> int:
        """How many resources decide."""
        return len(self.authorization_policies) + len(self.peer_authentications)


@dataclass(frozen=True, slots=True)
class FileResources:
    """What one file holds, by itself: equal content is equal resources, and need be read only once."""

    policies: tuple[Policy, ...]
    contents: tuple[str, ...]
    passed_over: Counter[str]
    problems: tuple[Problem, ...]


def read_file(file: SourceFile) -> FileResources:
    """Read every document of a file."""
    problems = Problems()
    policies: list[Policy] = []
    contents: list[str] = []
    passed_over: Counter[str] = Counter()
    for document in read_documents([file], problems):
        fields = Fields(document.file, problems)
        for root in _unpack(fields, document.root):
            kind = _kind_of(fields, root)
            if kind is None:
                continue
            reader = _READERS.get(kind)
            if reader is None:
                passed_over[kind] += 1
                if kind in _RESTRICT_TRAFFIC:
                    _not_yet(fields, root, kind)
                continue
            fields.mapping(root, "", _RESOURCE_FIELDS)
            policy = reader(fields, read_metadata(fields, root), root.get("spec"))
            policies.append(policy)
            contents.append(_content(kind, policy, root.get("spec")))
    return FileResources(tuple(policies), tuple(contents), passed_over, problems.sorted())


def _content(kind: str, policy: Policy, spec: Node | None) -> str:
    """What a policy says, without its places and in one order of its keys."""
    if isinstance(policy, AuthorizationPolicy):
        of_metadata: object = policy.dry_run
    else:
        of_metadata = policy.created and policy.created.isoformat()  # of two the older one counts
    content = [kind, *policy.key, of_metadata, plain_value(spec) if spec else {}]
    return json.dumps(content, sort_keys=True, separators=(",", ":"))


def join_files(files: Iterable[FileResources], problems: Problems) -> Resources:
    """The resources of all files together; the same resource twice is a problem that names both places."""
    policies: dict[tuple[type[Policy], tuple[str, str]], Policy] = {}
    contents: list[str] = []
    passed_over: Counter[str] = Counter()
    for file in files:
        problems.extend(file.problems)
        passed_over.update(file.passed_over)
        contents.extend(file.contents)
        for policy in file.policies:
            if _is_new(policies, policy, problems):
                policies[type(policy), policy.key] = policy
    return Resources(
        authorization_policies=tuple([one for one in policies.values() if isinstance(one, AuthorizationPolicy)]),
        peer_authentications=tuple([one for one in policies.values() if isinstance(one, PeerAuthentication)]),
        contents=tuple(contents),
        passed_over=passed_over,
    )


def _unpack(fields: Fields, node: Node, path: str = "") -> Iterator[Mapping]:
    """The resources of a document: itself, or the items of a `List`."""
    if not isinstance(node, Mapping):
        fields.problem(Code.NOT_A_RESOURCE, node, path, "expected a resource with apiVersion, kind and metadata")
        return
    kind, items = text_of(node.get("kind")), node.get("items")
    if kind == "List" and items is None:
        fields.problem(Code.MISSING_FIELD, node, join(path, "items"), "a List has items, if only `items: []`")
    elif items is None or not kind.endswith("List"):
        yield node
    for item_path, item in fields.items(items if kind.endswith("List") else None, join(path, "items")):
        yield from _unpack(fields, item, item_path)


def _kind_of(fields: Fields, root: Mapping) -> str | None:
    """The kind of a resource that we know, `KIND` or `KIND.GROUP` of one that is not ours; None after a problem."""
    kind, api_version = text_of(root.get("kind")), text_of(root.get("apiVersion"))
    if not kind or not api_version:
        missing = "kind" if api_version else "apiVersion"
        fields.problem(Code.NOT_A_RESOURCE, root, missing, f"a resource has apiVersion and kind; {missing} is missing")
        return None
    group, _, version = api_version.rpartition("/")
    if not f".{group or version}".lower().endswith(".istio.io"):
        return _foreign(fields, root, kind, group)
    place = root.entries["kind"][0]
    if not group:
        message = f"expected GROUP/VERSION, found {api_version!r} without version; write {api_version}/v1"
        fields.problem(Code.UNKNOWN_KIND, root.entries["apiVersion"][0], "apiVersion", message)
        return None
    versions = _VERSIONS.get(group, {}).get(kind)
    if versions is None:
        known = ", ".join(sorted(_VERSIONS.get(group, {}))) or "no kind"
        message = f"{group} has no kind {kind!r} that we know; it has {known}"
        fields.problem(Code.UNKNOWN_KIND, place, "kind", message)
        return None
    if version not in versions:
        message = f"{kind} has the versions {', '.join(versions)}, found {version!r}"
        fields.problem(Code.UNKNOWN_KIND, root.entries["apiVersion"][0], "apiVersion", message)
        return None
    return kind


def _foreign(fields: Fields, root: Mapping, kind: str, group: str) -> str | None:
    """A kind of another group, which may well have a kind that is named as one of ours: Linkerd has."""
    if kind not in _VERSIONS[_SECURITY]:
        return kind
    if "." in group:
        return f"{kind}.{group}"
    message = f"no group of Kubernetes itself has the kind {kind}; write {_SECURITY}/v1"
    fields.problem(Code.UNKNOWN_KIND, root.entries["apiVersion"][0], "apiVersion", message)
    return None


def _not_yet(fields: Fields, root: Mapping, kind: str) -> None:
    message = f"{kind} would restrict traffic, and this version does not enforce it yet; it is refused, not ignored"
    fields.problem(Code.NOT_ENFORCED_YET, root.entries["kind"][0], "kind", message)
    if kind == REQUEST_AUTHENTICATION:
        fields.mapping(root, "", _RESOURCE_FIELDS)
        read_request_authentication(fields, read_metadata(fields, root), root.get("spec"))


def _is_new(known: dict[tuple[type[Policy], tuple[str, str]], Policy], policy: Policy, problems: Problems) -> bool:
    first = known.get((type(policy), policy.key))
    if first is None or not policy.name:
        return True
    kind = AUTHORIZATION_POLICY if isinstance(policy, AuthorizationPolicy) else PEER_AUTHENTICATION
    message = f"{kind} {policy.namespace}/{policy.name} is defined here again; first at {first.where}"
    problems.add(Code.DUPLICATE_RESOURCE, policy.where, "metadata.name", message)
    return False
