"""An Envoy of the mind: what Envoy 1.40 does with clusters, endpoints, listeners, routes and secrets.

As seen: it accepts clusters when they are warm; a modified cluster or listener waits anew for what it names, which in
the incremental protocol it does not ask for; a listener serves as before until its successor has routes and secrets.
In state of the world, of several requests of a type that wait to be sent only the last one is. What is bad is refused.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Generic

from authz.forwarder.ads import Request, Response, Stream
from authz.forwarder.snapshot import Resource, Snapshot, TypeUrl
from authz.pb.core import Node
from authz.pb.discovery import DeltaDiscoveryRequest, DeltaDiscoveryResponse, DiscoveryRequest, DiscoveryResponse
from authz.pb.packing import unpack
from authz.pb.protobuf import Any
from authz.pb.rpc import Status

BAD = "bad"  # a resource with this in its bytes is refused
POISON = "poison"  # one with this has all of its response refused
NAMED = (TypeUrl.ENDPOINT, TypeUrl.ROUTE, TypeUrl.SECRET)
ALL_AT_ONCE = (TypeUrl.CLUSTER, TypeUrl.LISTENER)


@dataclass(slots=True)
class Holder:
    """A cluster or a listener, and what it has to get before it serves."""

    packed: bytes
    named: Mapping[TypeUrl, set[str]]
    waits_for: set[tuple[TypeUrl, str]]


@dataclass(slots=True)
class State:
    """What survives a lost connection."""

    serving: dict[TypeUrl, dict[str, Holder]] = field(default_factory=lambda: {one: {} for one in ALL_AT_ONCE})
    warming: dict[TypeUrl, dict[str, Holder]] = field(default_factory=lambda: {one: {} for one in ALL_AT_ONCE})
    held: dict[TypeUrl, dict[str, bytes]] = field(default_factory=lambda: {one: {} for one in NAMED})
    versions: dict[TypeUrl, dict[str, str]] = field(default_factory=lambda: {one: {} for one in TypeUrl})
    accepted: dict[TypeUrl, str] = field(default_factory=dict)
    names: dict[TypeUrl, set[str]] = field(default_factory=lambda: {one: set() for one in NAMED})
    initialized: bool = False

    def wanted(self, type_url: TypeUrl) -> set[str]:
        holders = [
            one for by_name in (self.serving, self.warming) for kind in by_name.values() for one in kind.values()
        ]
        return {name for holder in holders for name in holder.named.get(type_url, ())}

    def missing_clusters(self) -> set[str]:
        """Clusters that a serving listener's routes name and that don't serve."""
        routes = {name for one in self.serving[TypeUrl.LISTENER].values() for name in one.named.get(TypeUrl.ROUTE, ())}
        packed = (self.held[TypeUrl.ROUTE].get(name) for name in routes)
        named = {one.name for wire in packed if wire for one in _read(wire).references}
        return named - set(self.serving[TypeUrl.CLUSTER])

    def serves(self, snapshot: Snapshot) -> bool:
        """Whether it serves exactly what a snapshot has, as far as it is used."""
        mine: dict[TypeUrl, Mapping[str, bytes]] = {
            kind: {name: one.packed for name, one in self.serving[kind].items()} for kind in ALL_AT_ONCE
        }
        mine |= {kind: {name: self.held[kind][name] for name in self.wanted(kind)} for kind in NAMED}
        wanted = {kind: {name: one.packed for name, one in snapshot.of_type(kind).items()} for kind in ALL_AT_ONCE}
        wanted |= {kind: {name: snapshot.of_type(kind)[name].packed for name in self.wanted(kind)} for kind in NAMED}
        return mine == wanted and not any(self.warming.values())


@dataclass(frozen=True, slots=True)
class Verdict:
    """What is to be said of a response, when it may be."""

    type_url: TypeUrl
    nonce: str
    error: str


class ModelEnvoy(Generic[Request, Response]):
    """One connection after another; `to_server` and `to_envoy` are what is under way."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.state = State()
        self.nacks: list[str] = []
        self.broken: set[str] = set()
        self.stream: Stream[Request, Response]
        self.to_server: list[Request] = []
        self.to_envoy: list[Response] = []
        self._nonces: dict[TypeUrl, str] = {}  # of the last response of each type that was asked for
        self._unsaid: list[Verdict] = []

    def connect(self, stream: Stream[Request, Response]) -> None:
        """Begin a connection: what was under way is lost."""
        self.stream = stream
        self.to_server, self.to_envoy = [], []
        self._nonces, self._unsaid = {}, []
        for type_url in TypeUrl:
            asked = self.state.names.get(type_url) or type_url is TypeUrl.CLUSTER
            if asked or (type_url is TypeUrl.LISTENER and self.state.initialized):
                self._first(type_url)

    def restart(self) -> None:
        """Forget everything, as a new process."""
        self.state = State()

    def deliver_request(self) -> None:
        if self.to_server:
            responses, _ = self.stream.receive(self.to_server.pop(0))
            self.to_envoy += responses

    def deliver_response(self) -> None:
        if not self.to_envoy:
            return
        self._take(self.to_envoy.pop(0))
        if not self.state.initialized and not self.state.warming[TypeUrl.CLUSTER]:
            self.state.initialized = True
            self._first(TypeUrl.LISTENER)
        self._ask_for_names()
        self._say_what_waited()
        self.broken |= self.state.missing_clusters()

    def settle(self) -> None:
        for _ in range(1000):
            if not (self.to_server or self.to_envoy):
                return
            self.deliver_request()
            self.deliver_response()
        raise AssertionError(f"{self.name} and its server never stop talking")

    # -- what a response does

    def _apply(self, type_url: TypeUrl, resources: Mapping[str, Any], removed: set[str]) -> str:
        if any(POISON.encode() in one.value for one in resources.values()):
            return "Proto constraint validation failed"
        if type_url in ALL_AT_ONCE:
            return self._apply_holders(type_url, resources, removed)
        for name, one in resources.items():
            if BAD.encode() in one.value:
                return f"refused {name!r}"
            self.state.held[type_url][name] = one.SerializeToString(deterministic=True)
            self._arrived(type_url, name)
        for name in removed:
            self._arrived(type_url, name)
        return ""

    def _apply_holders(self, type_url: TypeUrl, resources: Mapping[str, Any], removed: set[str]) -> str:
        serving, warming = self.state.serving[type_url], self.state.warming[type_url]
        for name in removed:
            serving.pop(name, None)
            warming.pop(name, None)
        refused = []
        for name, one in resources.items():
            wire = one.SerializeToString(deterministic=True)
            newest = warming.get(name) or serving.get(name)
            if BAD.encode() in one.value:
                refused.append(name)
            elif newest is None or newest.packed != wire:
                named: dict[TypeUrl, set[str]] = {}
                for reference in _read(wire).references:
                    named.setdefault(reference.type_url, set()).add(reference.name)
                awaited = {(kind, each) for kind in NAMED for each in named.get(kind, ())}
                warming[name] = Holder(wire, named, awaited)
                if not awaited:
                    serving[name] = warming.pop(name)
                self._modified(newest, named)
        kind = "cluster" if type_url is TypeUrl.CLUSTER else "listener"
        return f"Error adding/updating {kind}(s) " + ", ".join(f"{name}: no" for name in refused) if refused else ""

    def _modified(self, before: Holder | None, named: Mapping[TypeUrl, set[str]]) -> None:
        """Whether what it names is asked for again depends on the protocol."""

    def _arrived(self, type_url: TypeUrl, name: str) -> None:
        for kind in ALL_AT_ONCE:
            for holder in list(self.state.warming[kind]):
                waiting = self.state.warming[kind][holder]
                waiting.waits_for.discard((type_url, name))
                if not waiting.waits_for:
                    self.state.serving[kind][holder] = self.state.warming[kind].pop(holder)

    # -- what is said

    def _ask_for_names(self) -> None:
        for type_url in NAMED:
            before, now = self.state.names[type_url], self.state.wanted(type_url)
            if now == before:
                continue
            self.state.names[type_url] = now
            for name in before - now:
                self.state.held[type_url].pop(name, None)
                self.state.versions[type_url].pop(name, None)
            if type_url in self._nonces:
                self._ask(type_url, now - before, before - now)
            else:
                self._first(type_url)

    def _say_what_waited(self) -> None:
        waits = self.state.initialized and bool(self.state.warming[TypeUrl.CLUSTER])
        now = [one for one in self._unsaid if not (waits and one.type_url is TypeUrl.CLUSTER)]
        self._unsaid = [one for one in self._unsaid if one not in now]
        for verdict in now:
            self._answer(verdict)

    def _send(self, request: Request) -> None:
        if not self._nonces:
            request.node.CopyFrom(Node(id=self.name))
        self._nonces.setdefault(TypeUrl(request.type_url), "")
        self.to_server.append(request)

    def _first(self, type_url: TypeUrl) -> None:
        raise NotImplementedError

    def _ask(self, type_url: TypeUrl, added: set[str], dropped: set[str]) -> None:
        raise NotImplementedError

    def _answer(self, verdict: Verdict) -> None:
        raise NotImplementedError

    def _take(self, response: Response) -> None:
        raise NotImplementedError

    def _judge(self, type_url: TypeUrl, nonce: str, error: str) -> None:
        if error:
            self.nacks.append(error)
        self._nonces[type_url] = nonce
        self._unsaid.append(Verdict(type_url, nonce, error))


def _named(resources: Iterable[Any]) -> dict[str, Any]:
    return {_read(one.SerializeToString(deterministic=True)).name: one for one in resources}


@cache
def _read(packed: bytes) -> Resource:
    """One is read again and again in a test of many Envoys."""
    return Resource.of(unpack(Any.FromString(packed)))


class SotwEnvoy(ModelEnvoy[DiscoveryRequest, DiscoveryResponse]):
    def _first(self, type_url: TypeUrl) -> None:
        self._request(type_url)

    def _ask(self, type_url: TypeUrl, _added: set[str], _dropped: set[str]) -> None:
        self._request(type_url)

    def _modified(self, before: Holder | None, named: Mapping[TypeUrl, set[str]]) -> None:
        for type_url in NAMED:
            if before is not None and named.get(type_url) and type_url in self._nonces:
                self._request(type_url)  # looks like the last ACK

    def _judge(self, type_url: TypeUrl, nonce: str, error: str) -> None:
        """Only the last of several is said."""
        self._unsaid = [one for one in self._unsaid if one.type_url is not type_url]
        super()._judge(type_url, nonce, error)

    def _answer(self, verdict: Verdict) -> None:
        self._request(verdict.type_url, verdict.error)

    def _request(self, type_url: TypeUrl, error: str = "") -> None:
        names = sorted(self.state.wanted(type_url)) if type_url in NAMED else []
        request = DiscoveryRequest(
            type_url=type_url.value,
            version_info=self.state.accepted.get(type_url, ""),
            resource_names=names,
            response_nonce=self._nonces.get(type_url, ""),
        )
        if error:
            request.error_detail.CopyFrom(Status(code=13, message=error))
        self.to_server = [one for one in self.to_server if not self._replaces(request, one)]
        self._send(request)

    @staticmethod
    def _replaces(newer: DiscoveryRequest, older: DiscoveryRequest) -> bool:
        same = newer.type_url == older.type_url and newer.response_nonce == older.response_nonce
        return same and not older.HasField("error_detail") and not older.HasField("node")

    def _take(self, response: DiscoveryResponse) -> None:
        type_url = TypeUrl(response.type_url)
        resources = _named(response.resources)
        serving = self.state.serving.get(type_url, {})
        removed = {*serving, *self.state.warming.get(type_url, {})} - resources.keys()
        error = self._apply(type_url, resources, removed)
        if not error:
            self.state.accepted[type_url] = response.version_info
        self._judge(type_url, response.nonce, error)


class DeltaEnvoy(ModelEnvoy[DeltaDiscoveryRequest, DeltaDiscoveryResponse]):
    def _first(self, type_url: TypeUrl) -> None:
        request = DeltaDiscoveryRequest(
            type_url=type_url.value, initial_resource_versions=self.state.versions[type_url]
        )
        if type_url in NAMED:
            request.resource_names_subscribe.extend(sorted(self.state.names[type_url]))
        self._send(request)

    def _ask(self, type_url: TypeUrl, added: set[str], dropped: set[str]) -> None:
        self._send(
            DeltaDiscoveryRequest(
                type_url=type_url.value,
                resource_names_subscribe=sorted(added),
                resource_names_unsubscribe=sorted(dropped),
            )
        )

    def _answer(self, verdict: Verdict) -> None:
        request = DeltaDiscoveryRequest(type_url=verdict.type_url.value, response_nonce=verdict.nonce)
        if verdict.error:
            request.error_detail.CopyFrom(Status(code=13, message=verdict.error))
        self._send(request)

    def _take(self, response: DeltaDiscoveryResponse) -> None:
        type_url = TypeUrl(response.type_url)
        resources = {one.name: one.resource for one in response.resources}
        error = self._apply(type_url, resources, set(response.removed_resources))
        if not error:
            self.state.versions[type_url].update({one.name: one.version for one in response.resources})
            for name in response.removed_resources:
                self.state.versions[type_url].pop(name, None)
        self._judge(type_url, response.nonce, error)
