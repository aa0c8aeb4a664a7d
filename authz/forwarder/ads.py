"""Envoy's aggregated discovery service without input and output: requests in, responses and events out.

A stream object a connected Envoy, `SotwStream` or `DeltaStream`: the same
rules, in the two protocols. Nothing here knows gRPC, threads or the time.

A new snapshot reaches Envoy in three steps, each begun when Envoy has accepted
the one before, so that no route ever names a cluster that is not there yet, or
no more:

1. clusters, endpoints and secrets that are new or changed. Envoy accepts
   clusters when they are warm, and for that needs endpoints and secrets, so
   those never wait;
2. listeners, then routes: changed, and removed;
3. what is not in the snapshot any more.

A stream reads what to do from its state whenever something happens: what Envoy
wants, what it was sent, what it accepted. What was refused is not sent again
before the model changes; until then Envoy goes on with what it had.

Source: Envoy's "xDS REST and gRPC protocol"; how Envoy 1.40 was seen to behave.
Different from the usual: removals wait (Istio removes a cluster at once, and
requests meet 503 until the routes are there), and what a changed resource names
is sent again with it, as Envoy may wait for that anew without asking.
"""

import re
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar, Generic, TypeVar

from authz.forwarder.snapshot import Resource, Snapshot, TypeUrl
from authz.forwarder.subscription import ABSENT, ANYTHING, SOMETHING, Answer, Subscription
from authz.model.where import Where
from authz.pb.core import Node
from authz.pb.discovery import DeltaDiscoveryRequest, DeltaDiscoveryResponse, DiscoveryRequest, DiscoveryResponse
from authz.pb.discovery import Resource as DeltaResource
from authz.pb.protobuf import Any

SnapshotFor = Callable[[Node], Snapshot | None]
Recent = Callable[[], Sequence[Snapshot]]


@dataclass(frozen=True, slots=True)
class Subscribed:
    """Envoy asks for resources of a type: all of them, or these."""

    type_url: TypeUrl
    names: tuple[str, ...]
    wildcard: bool


@dataclass(frozen=True, slots=True)
class Acked:
    """Envoy has accepted a response."""

    type_url: TypeUrl
    version: str


@dataclass(frozen=True, slots=True)
class AtFault:
    """A resource that Envoy refuses. `origin`: what an author wrote that it comes from."""

    name: str
    origin: Where | None


@dataclass(frozen=True, slots=True)
class Nacked:
    """Envoy has refused a response. `message` is Envoy's; `at_fault`: what it names, or else all that was new in it."""

    type_url: TypeUrl
    version: str
    message: str
    at_fault: tuple[AtFault, ...]


@dataclass(frozen=True, slots=True)
class UnknownType:
    """Envoy asks for a type that we have nothing of. It gets no response."""

    type_url: str


Event = Subscribed | Acked | Nacked | UnknownType

Request = TypeVar("Request", DiscoveryRequest, DeltaDiscoveryRequest)
Response = TypeVar("Response", DiscoveryResponse, DeltaDiscoveryResponse)

_ONE_AT_A_TIME = (TypeUrl.CLUSTER, TypeUrl.LISTENER)
_WAIT_FOR_CLUSTERS = (TypeUrl.LISTENER, TypeUrl.ROUTE)
_AND = "+"  # between the versions of the models whose resources are in one response
_REMEMBERED = 8
_KEY = re.compile(r"\b(private_key|password|pkcs12|session_ticket_keys)\s*\{.*", re.DOTALL)


class Stream(ABC, Generic[Request, Response]):
    """One Envoy's stream. `snapshot_for` is asked once, with the node of the first request.

    `recent` gives earlier snapshots, newest first, whoever they were for: what an Envoy that connects again tells of
    what it has is not enough to do without.

    Not for two threads at a time. The order of responses is the order to send them in.
    """

    full_state: ClassVar[frozenset[TypeUrl]]  # types of which a response holds all there is
    tells_removals: ClassVar[bool]  # whether a response can say that something is not there

    def __init__(self, snapshot_for: SnapshotFor, recent: Recent = tuple) -> None:
        self.node: Node | None = None
        self._snapshot_for = snapshot_for
        self._recent = recent
        self._snapshot: Snapshot | None = None
        self._earlier: tuple[Snapshot, ...] = ()  # models that Envoy may still serve by, newest first
        self._there: Mapping[TypeUrl, Mapping[str, Resource]] = {}
        self._subscriptions: dict[TypeUrl, Subscription] = {}
        self._responses = 0
        self._impatient = False

    def receive(self, request: Request) -> tuple[list[Response], list[Event]]:
        """Take a request, and return what to send now and what it meant."""
        if self.node is None:
            self.node = request.node
            self._use(self._snapshot_for(request.node), ())
        try:
            type_url = TypeUrl(request.type_url)
        except ValueError:
            return [], [UnknownType(request.type_url)]
        subscription = self._subscriptions.get(type_url)
        if subscription is None:
            subscription = self._subscriptions[type_url] = Subscription(type_url)
            self._begin(subscription, request)
            events: list[Event] = [_subscribed(subscription, subscription.names)]
        else:
            events = self._settle(subscription, request)
            if added := self._follow(subscription, request, settles=bool(events)):
                events.append(_subscribed(subscription, added))
        return self._advance(), events

    def publish(self, snapshot: Snapshot) -> list[Response]:
        """Take another model, and return what to send now; more follows as Envoy accepts it.

        Every endpoint set and route configuration that the snapshot names has to be in it: Envoy would wait for it.
        """
        if self._snapshot is not None and self._snapshot != snapshot:
            others = (one for one in self._earlier if one != snapshot)
            self._use(snapshot, _newest_and_last(self._snapshot, *others))
        else:
            self._use(snapshot, self._earlier)
        self._impatient = False
        for type_url, subscription in self._subscriptions.items():
            subscription.reconsider(snapshot.versions[type_url])
        return self._advance()

    def _use(self, snapshot: Snapshot | None, earlier: tuple[Snapshot, ...]) -> None:
        """Have the resources of a snapshot, and with them those of earlier ones, but for listeners."""
        self._snapshot, self._earlier = snapshot, earlier
        self._there = {type_url: self._merged(type_url, snapshot or Snapshot.of(()), earlier) for type_url in TypeUrl}

    def _merged(self, type_url: TypeUrl, model: Snapshot, earlier: Sequence[Snapshot]) -> Mapping[str, Resource]:
        """Return a model's resources, and what Envoy may have of earlier ones under other names; in order."""
        there = model.of_type(type_url)
        if type_url is TypeUrl.LISTENER or not earlier:
            return there
        subscription = self._subscriptions.get(type_url) or Subscription(type_url)
        merged: dict[str, Resource] = {}
        for older in reversed(earlier):
            held = ((name, subscription.holds(name, one)) for name, one in older.of_type(type_url).items())
            merged.update({name: one for name, one in held if one})
        return dict(sorted({**merged, **there}.items()))

    def go_on(self) -> list[Response]:
        """Wait no longer for clusters to get warm, nor for secrets that are missing; return what to send now.

        For a caller with a clock. Until the next snapshot.
        """
        self._impatient = True
        return self._advance()

    @property
    def version(self) -> str:
        """The version of the snapshot that Envoy has or is getting; empty without one."""
        return self._snapshot.version if self._snapshot else ""

    @property
    def in_sync(self) -> bool:
        """Whether Envoy has accepted all of the snapshot that it asks for, and nothing else is left."""
        settled = self._snapshot is not None and not self._earlier
        return settled and all(
            one.is_current(self._there[type_url]) and not self._lost(one)
            for type_url, one in self._subscriptions.items()
        )

    @property
    def refusing(self) -> frozenset[TypeUrl]:
        """The types of which Envoy refuses something that is in the snapshot."""
        return frozenset(
            type_url for type_url, one in self._subscriptions.items() if one.is_refusing(self._there[type_url])
        )

    def _lost(self, subscription: Subscription) -> set[str]:
        """Return the names that Envoy has or wants and that are not there, where it can be told so."""
        if self.tells_removals or subscription.type_url in self.full_state:
            return subscription.lost(self._there[subscription.type_url])
        return set()

    # -- what a request says

    @abstractmethod
    def _begin(self, subscription: Subscription, request: Request) -> None:
        """Take the first request of a type."""

    @abstractmethod
    def _follow(self, subscription: Subscription, request: Request, *, settles: bool) -> set[str]:
        """Take the names of a later request, and return those that are new. `settles`: it is an ACK or a NACK too."""

    def _settle(self, subscription: Subscription, request: Request) -> list[Event]:
        """Take what a request says of a response. One that was never sent, or is settled, says nothing."""
        taken = subscription.take(request.response_nonce)
        if not taken:
            return []
        answer = taken[-1]
        if not request.HasField("error_detail"):
            for one in taken:
                subscription.accept(one)
            return [Acked(answer.type_url, answer.version)]
        message = _without_keys(request.error_detail.message)
        at_fault = tuple(AtFault(one.name, one.origin) for one in subscription.refuse(answer, message))
        self._recover(subscription)
        return [Nacked(answer.type_url, answer.version, message, at_fault)]

    def _recover(self, subscription: Subscription) -> None:
        """After a refusal: find what else there is to send than what was refused.

        That is if it was of an earlier model, or held something kept from one, which is kept no longer.
        """
        type_url, before = subscription.type_url, self._there[subscription.type_url]
        self._use(self._snapshot, self._earlier)
        same = self._snapshot is not None and self._there[type_url] == before
        subscription.reconsider(self._snapshot.versions[type_url] if self._snapshot and same else "")

    # -- what there is to say

    def _advance(self) -> list[Response]:
        if self._snapshot is None:
            return []
        if self._earlier and self._has_moved_on():
            self._use(self._snapshot, ())
        answers = (self._answer(type_url, self._snapshot.versions[type_url]) for type_url in TypeUrl)
        return [self._response(answer) for answer in answers if answer]

    def _answer(self, type_url: TypeUrl, model: str) -> Answer | None:
        """Return the response that is due, and take note of it. None: none is, or it has to wait."""
        subscription = self._subscriptions.get(type_url)
        if subscription is None or not self._may_send(type_url):
            return None
        there = self._there[type_url]
        changed, gone = subscription.changed(there), self._gone(subscription)
        if not (changed or gone or subscription.due):
            return None
        self._responses += 1
        answer = Answer(
            type_url,
            nonce=str(self._responses),
            version=_AND.join(dict.fromkeys([model, *(one.versions[type_url] for one in self._earlier)])),
            model=model,
            resources=tuple(subscription.wanted(there).values()) if type_url in self.full_state else changed,
            changed=frozenset(one.name for one in changed),
            removed=tuple(sorted(gone)),
            in_full=type_url in self.full_state,
        )
        self._owe_what_is_named(one for one in changed if subscription.sent.get(one.name) != one.version)
        subscription.record(answer)
        return answer

    @abstractmethod
    def _response(self, answer: Answer) -> Response: ...

    def _owe_what_is_named(self, resources: Iterable[Resource]) -> None:
        """What a changed resource names is sent again: Envoy may wait for it anew, and doesn't always ask."""
        for named in {one for resource in resources for one in resource.references}:
            other = self._subscriptions.get(named.type_url)
            if other is not None and named.name in other.names:
                other.owed.add(named.name)

    # -- what has to wait

    def _may_send(self, type_url: TypeUrl) -> bool:
        """Clusters and listeners are sent one response at a time, so that it's clear what a refusal is of.

        Listeners and routes wait until Envoy has accepted the clusters, which it does when they are warm.
        """
        clusters = self._subscriptions.get(TypeUrl.CLUSTER)
        waits = type_url in _WAIT_FOR_CLUSTERS and clusters is not None
        if clusters is not None and waits and clusters.rejected:
            return False
        behind = [type_url] if type_url in _ONE_AT_A_TIME else []
        behind += [TypeUrl.CLUSTER] if waits else []
        return self._impatient or not any(self._subscriptions[one].outstanding for one in behind)

    def _gone(self, subscription: Subscription) -> set[str]:
        """Return the names to be told of as removed now.

        At once what Envoy asks for: it may wait, and what it has of that name it keeps (seen with Envoy 1.40).
        """
        lost = self._lost(subscription)
        if not lost or self._may_remove(subscription.type_url):
            return lost
        return lost & subscription.owed

    def _may_remove(self, type_url: TypeUrl) -> bool:
        return type_url is TypeUrl.LISTENER or (not self._earlier and self._has_moved_on())

    def _has_moved_on(self) -> bool:
        """Tell whether Envoy serves the snapshot's listeners with its routes, and so uses nothing else any more.

        An accepted listener still has to get its routes and secrets, and until then its predecessor serves. A cluster
        that gets warm needs its endpoints, even if it is to be removed; and one that is removed goes before them.
        """
        clusters = self._subscriptions.get(TypeUrl.CLUSTER)
        if clusters is not None and clusters.outstanding:
            return False
        listeners = self._subscriptions.get(TypeUrl.LISTENER)
        there = self._there[TypeUrl.LISTENER]
        if listeners is None or not listeners.is_current(there) or listeners.lost(there):
            return False
        named = {one for listener in listeners.wanted(there).values() for one in listener.references}
        return all(
            self._has({one.name for one in named if one.type_url is type_url}, type_url)
            for type_url in (TypeUrl.ROUTE, TypeUrl.SECRET)
        )

    def _has(self, names: set[str], type_url: TypeUrl) -> bool:
        """Tell whether Envoy has asked for all of these, and has them, or knows that they are not there."""
        subscription, there = self._subscriptions.get(type_url), self._there[type_url]
        if subscription is None:
            return not names
        missing = {name for name in names if name not in there and subscription.sent.get(name) != ABSENT}
        asked = subscription.wildcard or names <= subscription.names
        return asked and subscription.is_current(there) and (self._impatient or not missing)


def _without_keys(message: str) -> str:
    """Cut an error where it goes on to show a key: Envoy prints the message that violates a constraint."""
    return _KEY.sub("[redacted]", message)


def _newest_and_last(*models: Snapshot) -> tuple[Snapshot, ...]:
    """Forget some between the newest models and the last one, by which Envoy serves while it refuses the others."""
    return models if len(models) <= _REMEMBERED else (*models[: _REMEMBERED - 1], models[-1])


def _subscribed(subscription: Subscription, names: set[str]) -> Subscribed:
    return Subscribed(subscription.type_url, tuple(sorted(names)), subscription.wildcard)


class SotwStream(Stream[DiscoveryRequest, DiscoveryResponse]):
    """State of the world: clusters and listeners come all at once, and what is left out is removed.

    An Envoy that connects again tells only the version of its clusters, which have to stay until it has the new routes.
    """

    full_state = frozenset({TypeUrl.CLUSTER, TypeUrl.LISTENER})
    tells_removals = False

    def _begin(self, subscription: Subscription, request: DiscoveryRequest) -> None:
        subscription.begin(request.resource_names)
        subscription.due = subscription.type_url in self.full_state
        if subscription.type_url is TypeUrl.CLUSTER and self._snapshot is not None:
            versions = request.version_info.split(_AND)
            earlier = (one for one in self._recent() if one.versions[TypeUrl.CLUSTER] in versions)
            self._use(self._snapshot, tuple(one for one in earlier if one != self._snapshot))

    def _follow(self, subscription: Subscription, request: DiscoveryRequest, *, settles: bool) -> set[str]:
        if request.response_nonce and request.response_nonce != subscription.nonce:
            return set()  # stale: Envoy says again what it wants, in answer to the newer response
        asked = set(request.resource_names) or ({ANYTHING} if subscription.legacy else set())
        wanted = subscription.names | ({ANYTHING} if subscription.wildcard else set())
        subscription.add(asked - wanted)
        subscription.drop(wanted - asked)
        if asked == wanted and not settles and not request.HasField("error_detail"):
            # a cluster or a listener that was modified waits for what it names, and the request looks like the last ACK
            subscription.owed |= subscription.names
        return asked - wanted

    def _response(self, answer: Answer) -> DiscoveryResponse:
        return DiscoveryResponse(
            type_url=answer.type_url.value,
            version_info=answer.version,
            nonce=answer.nonce,
            resources=[Any.FromString(one.packed) for one in answer.resources],
        )


class DeltaStream(Stream[DeltaDiscoveryRequest, DeltaDiscoveryResponse]):
    """Incremental: only what changed, and the names of what is not there.

    An Envoy that connects again tells which versions it has, and is sent all the same everything that it asks for.
    It may have something else: of a response that it refused in part it keeps what was good and not the versions
    (Envoy's delta_subscription_state.cc), and what it has for one cluster another may wait for. What it does have it
    doesn't take twice. For the same reason it is told of everything removed that it could have.
    """

    full_state = frozenset()
    tells_removals = True

    def _begin(self, subscription: Subscription, request: DeltaDiscoveryRequest) -> None:
        subscription.begin(request.resource_names_subscribe)
        held = set(request.initial_resource_versions)
        if subscription.type_url in (TypeUrl.CLUSTER, TypeUrl.LISTENER):
            held |= {name for model in self._recent() for name in model.of_type(subscription.type_url)}
        subscription.sent = dict.fromkeys(held if subscription.wildcard else held & subscription.names, SOMETHING)

    def _follow(self, subscription: Subscription, request: DeltaDiscoveryRequest, *, settles: bool) -> set[str]:  # noqa: ARG002
        added = set(request.resource_names_subscribe)
        subscription.drop(request.resource_names_unsubscribe)
        subscription.add(added)
        return added

    def _response(self, answer: Answer) -> DeltaDiscoveryResponse:
        return DeltaDiscoveryResponse(
            type_url=answer.type_url.value,
            system_version_info=answer.version,
            nonce=answer.nonce,
            resources=[
                DeltaResource(name=one.name, version=one.version, resource=Any.FromString(one.packed))
                for one in answer.resources
            ],
            removed_resources=answer.removed,
        )
