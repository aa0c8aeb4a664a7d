"""All that one Envoy is to be told, at one moment: named resources by type, each with its version and its origin.

A snapshot never changes; another model is another snapshot. Versions are
hashes of content, so that equal models have equal versions, in whatever order
they were made and on whichever machine, and a resource that did not change is
not sent again.
"""

import hashlib
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Self

from google.protobuf.message import Message

from authz.forwarder.references import Reference, TypeUrl, references
from authz.model.errors import AuthzError
from authz.model.where import Where
from authz.pb.packing import Json, pack, to_json, unpack
from authz.pb.protobuf import Any

__all__ = ["Change", "Dangling", "DuplicateResourceError", "Reference", "Resource", "Snapshot", "TypeUrl", "diff"]

# the field that holds a resource's name, where it isn't `name`
_NAMES = {TypeUrl.ENDPOINT: "cluster_name"}
_TITLES = {
    TypeUrl.CLUSTER: "clusters",
    TypeUrl.ENDPOINT: "endpoints",
    TypeUrl.LISTENER: "listeners",
    TypeUrl.ROUTE: "routes",
    TypeUrl.SECRET: "secrets",
}
# fields of TlsCertificate and Secret that hold keys
_SECRET_FIELDS = frozenset({"private_key", "password", "pkcs12", "session_ticket_keys"})
_NOTHING: Mapping[str, "Resource"] = {}


class DuplicateResourceError(AuthzError):
    """Two resources of one type have one name: a bug of the translation, and Envoy would refuse both."""


@dataclass(frozen=True, slots=True)
class Resource:
    """One message for Envoy. `packed`: its serialized `Any`. `origin`: what an author wrote that it comes from.

    Two resources are equal if Envoy can't tell them apart.
    """

    type_url: TypeUrl
    name: str
    packed: bytes = field(repr=False)  # holds private keys, in a secret
    version: str
    references: frozenset[Reference] = field(repr=False)
    origin: Where | None = field(default=None, compare=False)

    @classmethod
    def of(cls, message: Message, origin: Where | None = None) -> Self:
        """Make a resource of a Cluster, ClusterLoadAssignment, Listener, RouteConfiguration or Secret.

        Raises ValueError for another message or one without a name, and UnknownTypeError for one that holds an `Any`
        that we don't know.
        """
        packed = pack(message)
        type_url = TypeUrl(packed.type_url)
        name = getattr(message, _NAMES.get(type_url, "name"))
        if not name:
            raise ValueError(f"a {message.DESCRIPTOR.name} without a name")
        return cls.of_bytes(type_url, name, packed.value, references(message), origin)

    @classmethod
    def of_bytes(
        cls, type_url: TypeUrl, name: str, value: bytes, named: frozenset[Reference], origin: Where | None = None
    ) -> Self:
        """Make a resource of a message that is serialized already, as `of` would: deterministically.

        INVARIANT: `name` and `named` are what the message says. For a message put together from parts that are known.
        """
        wire = Any(type_url=type_url.value, value=value).SerializeToString(deterministic=True)
        return cls(type_url, name, wire, _hash([wire]), named, origin)

    def message(self) -> Message:
        """Return the message again."""
        return unpack(Any.FromString(self.packed))


@dataclass(frozen=True, slots=True)
class Dangling:
    """A resource that another one names and that isn't there."""

    source: Resource
    missing: Reference

    @property
    def answers(self) -> bool:
        """Whether Envoy works around it and answers: without a cluster with 503 NC, without a secret with a reset.

        Without its route configuration a listener opens late or never, and without endpoints a cluster stays warming:
        Envoy waits for those, for as long as their `initial_fetch_timeout` says.
        """
        return self.missing.type_url in (TypeUrl.CLUSTER, TypeUrl.SECRET)

    def __str__(self) -> str:
        what, whose = _TITLES[self.missing.type_url], _TITLES[self.source.type_url]
        return f"{whose} {self.source.name!r} names {self.missing.name!r}, which is not among the {what}"


@dataclass(frozen=True, slots=True)
class Snapshot:
    """Resources by type and name; every type has its mapping, names in order. `version`: of all of it."""

    resources: Mapping[TypeUrl, Mapping[str, Resource]] = field(repr=False, compare=False)
    versions: Mapping[TypeUrl, str] = field(repr=False, compare=False)
    version: str

    @classmethod
    def of(cls, resources: Iterable[Resource]) -> Self:
        """Put resources together. Raises DuplicateResourceError naming every duplicate."""
        by_type: dict[TypeUrl, dict[str, Resource]] = {type_url: {} for type_url in TypeUrl}
        duplicates = []
        for resource in sorted(resources, key=lambda one: (one.type_url.value, one.name)):
            held = by_type[resource.type_url].setdefault(resource.name, resource)
            if held is not resource:
                duplicates.append(_duplicate(held, resource))
        if duplicates:
            raise DuplicateResourceError("\n".join(duplicates))
        versions = {type_url: _hash(_listed(held.values())) for type_url, held in by_type.items()}
        return cls(by_type, versions, _hash(version.encode() for version in versions.values()))

    def __hash__(self) -> int:
        return hash(self.version)

    def of_type(self, type_url: TypeUrl) -> Mapping[str, Resource]:
        """Return the resources of a type by name."""
        return self.resources.get(type_url, _NOTHING)

    def __iter__(self) -> Iterator[Resource]:
        for held in self.resources.values():
            yield from held.values()

    def dangling_references(self, static_clusters: Collection[str] = ()) -> tuple[Dangling, ...]:
        """Return what is named and not there, in order; `static_clusters` are those of the bootstrap configuration."""
        return tuple(
            Dangling(resource, missing)
            for resource in self
            for missing in sorted(resource.references, key=lambda one: (one.type_url.value, one.name))
            if missing.name not in self.of_type(missing.type_url)
            and not (missing.type_url is TypeUrl.CLUSTER and missing.name in static_clusters)
        )

    def to_json(self) -> dict[str, list[Json]]:
        """Return all resources as Envoy's configuration files write them, for people: without private keys."""
        return {
            _TITLES[type_url]: [without_keys(to_json(one.message())) for one in held.values()]
            for type_url, held in self.resources.items()
        }


@dataclass(frozen=True, slots=True)
class Change:
    """How the resources of one type differ: names in order."""

    added: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()


def diff(before: Snapshot, after: Snapshot) -> dict[TypeUrl, Change]:
    """Return what differs, by type; a type in which nothing does is not there."""
    changes = {type_url: _change(before.of_type(type_url), after.of_type(type_url)) for type_url in TypeUrl}
    return {type_url: change for type_url, change in changes.items() if change != Change()}


def _change(before: Mapping[str, Resource], after: Mapping[str, Resource]) -> Change:
    return Change(
        added=tuple(name for name in after if name not in before),
        changed=tuple(name for name in after if name in before and after[name].version != before[name].version),
        removed=tuple(name for name in before if name not in after),
    )


def _duplicate(first: Resource, second: Resource) -> str:
    places = " and ".join(str(one.origin) for one in (first, second) if one.origin)
    return f"two {_TITLES[first.type_url]} are called {first.name!r}" + (f": {places}" if places else "")


def _listed(resources: Iterable[Resource]) -> Iterator[bytes]:
    for resource in resources:
        yield resource.name.encode()
        yield resource.version.encode()


def _hash(parts: Iterable[bytes]) -> str:
    """Hash a list of texts: 16 hexadecimal digits. Lengths are hashed too, so that no two lists look alike."""
    digest = hashlib.sha256()
    for part in parts:
        digest.update(len(part).to_bytes(8, "big"))
        digest.update(part)
    return digest.hexdigest()[:16]


def without_keys(json: Json) -> Json:
    """Blank what must not be shown, wherever it is. Names of files, certificates and authorities stay."""
    if isinstance(json, list):
        return [without_keys(one) for one in json]
    if isinstance(json, dict):
        return {key: _blank(value) if key in _SECRET_FIELDS else without_keys(value) for key, value in json.items()}
    return json


def _blank(json: Json) -> Json:
    if isinstance(json, dict):
        return {key: value if key == "filename" else _blank(value) for key, value in json.items()}
    return [_blank(one) for one in json] if isinstance(json, list) else "[redacted]"
