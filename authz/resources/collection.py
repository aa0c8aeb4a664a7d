"""Files -> resources: every document of every file, by kind, each once."""

import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TypeVar, cast

from authz.model.problem import Code, Problem, Problems
from authz.resources.authorization_policy import AuthorizationPolicy
from authz.resources.documents import SourceFile, read_documents
from authz.resources.fields import Fields, join
from authz.resources.kinds import ALL_KINDS, NAMES, Kind, Resource, kind_of, read_resource
from authz.resources.nodes import Mapping as MappingNode
from authz.resources.nodes import Node, plain_value, text_of
from authz.resources.peer_authentication import PeerAuthentication

AnyResource = TypeVar("AnyResource", bound=Resource)

_DECIDING = frozenset(kind.resource for kind in ALL_KINDS if kind.decides)


@dataclass(frozen=True, slots=True)
class Resources:
    """What a set of files holds. `contents`: for each resource that decides, its content without places.

    `others`: how many documents nobody has read, by kind.
    """

    by_type: Mapping[type[Resource], tuple[Resource, ...]] = field(default_factory=dict)
    contents: tuple[str, ...] = ()
    others: Counter[str] = field(default_factory=Counter)

    def of(self, kind: type[AnyResource]) -> tuple[AnyResource, ...]:
        """All resources of a type, as the files have them."""
        return cast("tuple[AnyResource, ...]", self.by_type.get(kind, ()))

    @property
    def policies(self) -> int:
        """How many resources decide."""
        return sum(len(found) for kind, found in self.by_type.items() if kind in _DECIDING)

    @property
    def passed_over(self) -> Counter[str]:
        """Documents that have no part in decisions, by kind."""
        found = {NAMES[kind]: len(found) for kind, found in self.by_type.items() if kind not in _DECIDING}
        return self.others + Counter(found)

    @property
    def read(self) -> int:
        """How many resources have been read."""
        return sum(map(len, self.by_type.values()))

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing here that could decide."""
        return self.policies == 0


@dataclass(frozen=True, slots=True)
class FileResources:
    """What one file holds, by itself: equal content is equal resources, and need be read only once."""

    resources: tuple[Resource, ...]
    contents: tuple[str, ...]
    others: Counter[str]
    problems: tuple[Problem, ...]


class Collector:
    """Reads set after set of files. Files that stayed the same are not read again, and give the very same resources.

    `kinds`: what to read; others are only counted.
    """

    def __init__(self, kinds: Iterable[Kind] = ALL_KINDS) -> None:
        self._kinds = tuple(kinds)
        self._known: Mapping[SourceFile, FileResources] = {}

    def collect(self, files: Iterable[SourceFile], problems: Problems) -> Resources:
        """All resources of all files."""
        before = self._known
        self._known = {file: before.get(file) or read_file(file, self._kinds) for file in files}
        return join_files(self._known.values(), problems)


def read_file(file: SourceFile, kinds: Iterable[Kind] = ALL_KINDS) -> FileResources:
    """Read every document of a file. `kinds`: what to read; others are only counted."""
    problems, wanted = Problems(), frozenset([kind.name for kind in kinds])
    resources: list[Resource] = []
    contents: list[str] = []
    others: Counter[str] = Counter()
    for document in read_documents([file], problems):
        fields = Fields(document.file, problems)
        for root in _unpack(fields, document.root):
            kind = kind_of(fields, root)
            if kind is None:
                continue
            resource = read_resource(fields, kind, root) if kind.name in wanted else None
            if resource is None:
                others[kind.name] += 1
                continue
            resources.append(resource)
            if kind.decides:
                contents.append(_content(kind, resource, root.get("spec")))
    return FileResources(tuple(resources), tuple(contents), others, problems.sorted())


def _content(kind: Kind, resource: Resource, spec: Node | None) -> str:
    """What a policy says, without its places and in one order of its keys."""
    of_metadata: object = None
    if isinstance(resource, AuthorizationPolicy):
        of_metadata = resource.dry_run
    elif isinstance(resource, PeerAuthentication):
        of_metadata = resource.created and resource.created.isoformat()  # of two the older one counts
    content = [kind.name, resource.namespace, resource.name, of_metadata, plain_value(spec) if spec else {}]
    return json.dumps(content, sort_keys=True, separators=(",", ":"))


def join_files(files: Iterable[FileResources], problems: Problems) -> Resources:
    """The resources of all files together; the same resource twice is a problem that names both places."""
    found: dict[type[Resource], list[Resource]] = defaultdict(list)
    known: dict[tuple[type[Resource], str, str], Resource] = {}
    contents: list[str] = []
    others: Counter[str] = Counter()
    for file in files:
        problems.extend(file.problems)
        others.update(file.others)
        contents.extend(file.contents)
        for one in file.resources:
            first = known.setdefault((type(one), one.namespace, one.name), one)
            if first is not one and one.name:
                message = f"{NAMES[type(one)]} {one.namespace}/{one.name} is defined here again; first at {first.where}"
                problems.add(Code.DUPLICATE_RESOURCE, one.where, "metadata.name", message)
                continue
            found[type(one)].append(one)
    return Resources({kind: tuple(resources) for kind, resources in found.items()}, tuple(contents), others)


def _unpack(fields: Fields, node: Node, path: str = "") -> Iterator[MappingNode]:
    """The resources of a document: itself, or the items of a `List`."""
    if not isinstance(node, MappingNode):
        fields.problem(Code.NOT_A_RESOURCE, node, path, "expected a resource with apiVersion, kind and metadata")
        return
    kind, items = text_of(node.get("kind")), node.get("items")
    if kind == "List" and items is None:
        fields.problem(Code.MISSING_FIELD, node, join(path, "items"), "a List has items, if only `items: []`")
    elif items is None or not kind.endswith("List"):
        yield node
    for item_path, item in fields.items(items if kind.endswith("List") else None, join(path, "items")):
        yield from _unpack(fields, item, item_path)
