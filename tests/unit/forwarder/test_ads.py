"""authz.forwarder.ads: every story of requests, ACKs and NACKs, in both protocols, without Envoy.

What an Envoy does over many steps is in tests/properties/test_ads_laws.py.
"""

from collections.abc import Iterable, Sequence
from typing import TypeVar

import pytest

from authz.forwarder.ads import Acked, AtFault, DeltaStream, Event, Nacked, SotwStream, Subscribed, UnknownType
from authz.forwarder.snapshot import Resource, Snapshot, TypeUrl
from authz.model.where import Where
from authz.pb.core import Node
from authz.pb.discovery import DeltaDiscoveryRequest, DeltaDiscoveryResponse, DiscoveryRequest, DiscoveryResponse
from authz.pb.packing import unpack
from authz.pb.protobuf import Any
from authz.pb.rpc import Status
from tests.support.xds import cluster, endpoints, listener, routes, secret

CDS, EDS, LDS, RDS, SDS = TypeUrl
HERE = Where("gateway.yaml", 7, 3)
OLD = [cluster("a"), endpoints("a", 1), listener("l", "r"), routes("r", "a")]
NEW = [cluster("b"), endpoints("b", 2), listener("l", "r"), routes("r", "b")]
PARTLY = "Error adding/updating listener(s) l: no such filter"


class SotwClient:
    """Sends requests as Envoy does, and shows responses as text: type, names, and what is removed."""

    def __init__(self, resources: Iterable[Resource], recent: Sequence[Snapshot] = (), version: str = "") -> None:
        self.snapshot = Snapshot.of(resources)
        self.stream = SotwStream(lambda _node: self.snapshot, lambda: recent)
        self.version = version
        self.events: list[Event] = []
        self.got: dict[TypeUrl, DiscoveryResponse] = {}

    def ask(self, type_url: TypeUrl, *names: str) -> list[str]:
        return self.send(DiscoveryRequest(type_url=type_url.value, resource_names=names, version_info=self.version))

    def ack(self, type_url: TypeUrl, *names: str, error: str = "", nonce: str | None = None) -> list[str]:
        last = self.got[type_url]
        request = DiscoveryRequest(
            type_url=type_url.value,
            resource_names=names,
            version_info="" if error else last.version_info,
            response_nonce=last.nonce if nonce is None else nonce,
            error_detail=Status(message=error) if error else None,
        )
        return self.send(request)

    def send(self, request: DiscoveryRequest) -> list[str]:
        responses, events = self.stream.receive(request)
        self.events += events
        return self.show(responses)

    def publish(self, resources: Iterable[Resource]) -> list[str]:
        return self.show(self.stream.publish(Snapshot.of(resources)))

    def show(self, responses: list[DiscoveryResponse]) -> list[str]:
        self.got |= {TypeUrl(one.type_url): one for one in responses}
        return [_shown(one.type_url, [Resource.of(unpack(each)) for each in one.resources]) for one in responses]


class DeltaClient:
    """As SotwClient, in the incremental protocol."""

    def __init__(self, resources: Iterable[Resource], recent: Sequence[Snapshot] = ()) -> None:
        self.snapshot = Snapshot.of(resources)
        self.stream = DeltaStream(lambda _node: self.snapshot, lambda: recent)
        self.events: list[Event] = []
        self.got: dict[TypeUrl, DeltaDiscoveryResponse] = {}

    def ask(self, type_url: TypeUrl, *names: str, drop: Sequence[str] = (), has: Sequence[Resource] = ()) -> list[str]:
        request = DeltaDiscoveryRequest(
            type_url=type_url.value,
            resource_names_subscribe=names,
            resource_names_unsubscribe=drop,
            initial_resource_versions={one.name: one.version for one in has},
        )
        return self.send(request)

    def ack(self, type_url: TypeUrl, *names: str, error: str = "", nonce: str | None = None) -> list[str]:
        nonce = self.got[type_url].nonce if nonce is None else nonce
        request = DeltaDiscoveryRequest(
            type_url=type_url.value,
            response_nonce=nonce,
            resource_names_subscribe=names,
            error_detail=Status(message=error) if error else None,
        )
        return self.send(request)

    def send(self, request: DeltaDiscoveryRequest) -> list[str]:
        responses, events = self.stream.receive(request)
        self.events += events
        return self.show(responses)

    def publish(self, resources: Iterable[Resource]) -> list[str]:
        return self.show(self.stream.publish(Snapshot.of(resources)))

    def show(self, responses: list[DeltaDiscoveryResponse]) -> list[str]:
        self.got |= {TypeUrl(one.type_url): one for one in responses}
        return [
            _shown(one.type_url, [Resource.of(unpack(each.resource)) for each in one.resources], one.removed_resources)
            for one in responses
        ]


def _shown(type_url: str, resources: Iterable[Resource], removed: Iterable[str] = ()) -> str:
    names = [*(one.name for one in resources), *(f"-{name}" for name in removed)]
    return " ".join([TypeUrl(type_url).name.lower(), *names])


Client = SotwClient | DeltaClient
C = TypeVar("C", bound=SotwClient | DeltaClient)


@pytest.fixture(params=[SotwClient, DeltaClient], ids=["sotw", "delta"])
def kind(request: pytest.FixtureRequest) -> type[Client]:
    made: type[Client] = request.param
    return made


def served(kind: type[C], resources: Iterable[Resource]) -> C:
    """A client that has asked for, and accepted, clusters a, listener l and routes r."""
    client = kind(resources)
    assert client.ask(CDS) == ["cluster a"]
    assert client.ask(EDS, "a") == ["endpoint a"]
    client.ack(EDS, *names(client, "a"))
    assert client.ack(CDS) == []
    assert client.ask(LDS) == ["listener l"]
    assert client.ask(RDS, "r") == ["route r"]
    client.ack(LDS)
    client.ack(RDS, *names(client, "r"))
    assert client.stream.in_sync
    client.events.clear()
    return client


def names(client: Client, *given: str) -> tuple[str, ...]:
    """What an ACK repeats: in the state-of-the-world protocol all names, in the other none."""
    return given if isinstance(client, SotwClient) else ()


# -- first requests


def test_a_first_request_without_names_asks_for_all_clusters(kind: type[Client]) -> None:
    client = kind(OLD)
    assert client.ask(CDS) == ["cluster a"]
    assert client.events == [Subscribed(CDS, (), wildcard=True)]


def test_a_star_asks_for_all(kind: type[Client]) -> None:
    assert kind(OLD).ask(LDS, "*") == ["listener l"]
    assert kind(OLD).ask(RDS, "*") == ["route r"]


@pytest.mark.parametrize("type_url", [EDS, RDS, SDS])
def test_of_other_types_no_name_asks_for_nothing(kind: type[Client], type_url: TypeUrl) -> None:
    client = kind([*OLD, secret("s")])
    assert client.ask(type_url) == []
    assert client.events == [Subscribed(type_url, (), wildcard=False)]


def test_clusters_by_name_are_those_alone(kind: type[Client]) -> None:
    client = kind([*OLD, cluster("b"), endpoints("b", 1)])
    assert client.ask(CDS, "b") == ["cluster b"]


def test_nothing_is_said_in_so_many_words_so_that_envoy_can_go_on(kind: type[Client]) -> None:
    client = kind([])
    assert client.ask(CDS) == ["cluster"]
    client.ack(CDS)
    assert client.ask(LDS) == ["listener"]


def test_a_node_without_a_snapshot_gets_nothing_until_there_is_one() -> None:
    seen: list[Node] = []

    def nothing_for(node: Node) -> None:
        seen.append(node)

    stream = SotwStream(nothing_for)
    request = DiscoveryRequest(type_url=CDS.value, node=Node(id="sidecar~1"))
    assert stream.receive(request) == ([], [Subscribed(CDS, (), wildcard=True)])
    assert stream.version == ""
    assert not stream.in_sync
    (response,) = stream.publish(Snapshot.of(OLD))
    assert [one.id for one in seen] == ["sidecar~1"]
    assert response.version_info == Snapshot.of(OLD).versions[CDS]


def test_the_node_is_asked_once_and_only_the_first_request_has_it() -> None:
    nodes: list[str] = []

    def snapshot_for(node: Node) -> Snapshot:
        nodes.append(node.id)
        return client.snapshot

    client = DeltaClient(OLD)
    client.stream = DeltaStream(snapshot_for)
    client.send(DeltaDiscoveryRequest(type_url=CDS.value, node=Node(id="router~1")))
    client.ack(CDS)
    client.ask(LDS)
    assert nodes == ["router~1"]
    assert client.stream.node == Node(id="router~1")


def test_a_type_that_we_have_nothing_of_is_left_unanswered() -> None:
    responses, events = DeltaStream(lambda _node: None).receive(
        DeltaDiscoveryRequest(type_url="type.googleapis.com/x.Y")
    )
    assert (responses, events) == ([], [UnknownType("type.googleapis.com/x.Y")])


def test_responses_say_their_versions() -> None:
    sotw, delta = SotwClient(OLD), DeltaClient(OLD)
    sotw.ask(CDS)
    delta.ask(CDS)
    assert sotw.got[CDS].version_info == delta.got[CDS].system_version_info == sotw.snapshot.versions[CDS]
    (one,) = delta.got[CDS].resources
    assert (one.name, one.version) == ("a", OLD[0].version)
    assert one.resource == Any.FromString(OLD[0].packed)


# -- ACK


def test_an_ack_is_told_and_not_answered(kind: type[Client]) -> None:
    client = kind(OLD)
    client.ask(CDS)
    assert client.ack(CDS) == []
    assert client.events[1:] == [Acked(CDS, client.snapshot.versions[CDS])]


def test_a_second_ack_of_a_response_says_nothing_of_it(kind: type[Client]) -> None:
    client = served(kind, OLD)
    client.ack(CDS)
    assert client.events == []


def test_a_nonce_that_was_never_sent_says_nothing(kind: type[Client]) -> None:
    client = kind(OLD)
    client.ask(CDS)
    assert client.ack(CDS, nonce="99") == []
    assert client.ack(CDS, nonce="99", error="no") == []
    assert client.events[1:] == []


def test_the_last_of_several_acks_is_enough(kind: type[Client]) -> None:
    client = served(kind, OLD)
    for prefix in ("/x", "/y"):
        client.publish([*OLD[:3], routes("r", "a", prefix=prefix)])
    client.ack(RDS, *names(client, "r"))
    assert [type(event) for event in client.events] == [Acked]
    assert client.stream.in_sync


def test_clusters_are_sent_one_response_at_a_time(kind: type[Client]) -> None:
    client = kind(OLD)
    client.ask(CDS)
    newer = [cluster("a", connect_s=2), *OLD[1:]]
    assert client.publish([cluster("a", connect_s=3), *OLD[1:]]) == []
    assert client.publish(newer) == []
    assert client.ack(CDS) == ["cluster a"]
    assert client.got[CDS].SerializeToString().count(newer[0].packed[-20:]) == 1


def test_names_that_come_with_an_ack_are_answered(kind: type[Client]) -> None:
    client = kind([*OLD, routes("q", "a")])
    client.ask(RDS, "r")
    assert client.ack(RDS, *names(client, "r"), "q") == ["route q"]
    assert client.events[-1] == Subscribed(RDS, ("q",), wildcard=False)


def test_names_that_are_no_longer_wanted_are_not_sent(kind: type[Client]) -> None:
    client = kind([*OLD, routes("q", "a")])
    client.ask(RDS, "r", "q")
    if isinstance(client, DeltaClient):
        client.ask(RDS, drop=["q"])
    else:
        client.ack(RDS, "r")
    assert client.publish([*OLD[:3], routes("r", "a", prefix="/x"), routes("q", "a", prefix="/x")]) == ["route r"]


# -- what is particular to state of the world


def test_a_stale_nonce_is_ignored_with_its_names() -> None:
    client = SotwClient([*OLD, routes("q", "a")])
    client.ask(RDS, "r")
    stale = client.got[RDS].nonce
    client.publish([*OLD[:3], routes("r", "a", prefix="/x"), routes("q", "a")])
    assert client.ack(RDS, "r", "q", nonce=stale) == []
    assert client.ack(RDS, "r", "q") == ["route q"]


def test_a_request_that_looks_like_the_last_ack_is_one_for_the_same_again() -> None:
    """Envoy asks so for the endpoints of a cluster that was modified."""
    client = served(SotwClient, OLD)
    assert client.ack(EDS, "a") == ["endpoint a"]
    assert client.ack(EDS, "a") == []
    assert client.ack(EDS, "a") == ["endpoint a"]


def test_a_request_without_a_nonce_is_answered_in_full() -> None:
    client = served(SotwClient, [*OLD, endpoints("b", 1)])
    assert client.ask(EDS, "a", "b") == ["endpoint b"]
    assert client.ask(EDS, "a", "b") == ["endpoint a b"]


def test_names_that_come_and_all_go_leave_none() -> None:
    client = SotwClient(OLD)
    client.ask(CDS, "a")
    client.ack(CDS, "a")
    client.ack(CDS)
    assert client.publish([cluster("a", connect_s=2), *OLD[1:]]) == []


def test_all_of_the_clusters_come_again_when_one_changes() -> None:
    client = SotwClient([*OLD, cluster("b"), endpoints("b", 1)])
    client.ask(CDS)
    client.ack(CDS)
    assert client.publish([*OLD, cluster("b", connect_s=3), endpoints("b", 1)]) == ["cluster a b"]


def test_a_secret_that_is_missing_is_left_out_and_sent_when_it_is_there() -> None:
    client = SotwClient(OLD)
    assert client.ask(SDS, "s") == []
    assert client.publish([*OLD, secret("s")]) == ["secret s"]


# -- what is particular to the incremental protocol


def test_only_what_changed_is_sent() -> None:
    client = DeltaClient([*OLD, cluster("b"), endpoints("b", 1)])
    client.ask(CDS)
    client.ack(CDS)
    assert client.publish([*OLD, cluster("b", connect_s=3), endpoints("b", 1)]) == ["cluster b"]
    assert client.publish([*OLD, cluster("b", connect_s=3), endpoints("b", 2)]) == []


@pytest.mark.parametrize("type_url", [EDS, RDS, SDS])
def test_a_name_that_is_missing_is_said_to_be_removed_once(type_url: TypeUrl) -> None:
    client = DeltaClient([])
    assert client.ask(type_url, "x") == [f"{type_url.name.lower()} -x"]
    assert client.publish([secret("y")]) == []


def test_a_secret_that_was_missing_is_sent_when_it_is_there() -> None:
    client = DeltaClient(OLD)
    client.ask(SDS, "s")
    assert client.publish([*OLD, secret("s")]) == ["secret s"]


def test_a_name_that_is_asked_for_again_is_sent_again() -> None:
    client = served(DeltaClient, OLD)
    assert client.ask(RDS, "r") == ["route r"]
    client.ask(RDS, drop=["r"])
    assert client.ask(RDS, "r") == ["route r"]


def test_a_star_that_is_taken_back_leaves_the_names() -> None:
    client = DeltaClient([*OLD, cluster("b"), endpoints("b", 1)])
    client.ask(CDS, "*", "a")
    client.ask(CDS, drop=["*"])
    client.ack(CDS)
    assert client.publish([cluster("a", connect_s=2), cluster("b", connect_s=2), *OLD[1:]]) == ["cluster a"]


# -- warming


def test_endpoints_never_wait_for_the_clusters_ack(kind: type[Client]) -> None:
    client = kind(OLD)
    client.ask(CDS)
    assert client.ask(EDS, "a") == ["endpoint a"]


def test_endpoints_follow_a_cluster_that_was_modified(kind: type[Client]) -> None:
    client = served(kind, OLD)
    assert client.publish([cluster("a", connect_s=9), *OLD[1:]]) == ["cluster a", "endpoint a"]


def test_routes_and_secrets_follow_a_listener_that_was_modified(kind: type[Client]) -> None:
    client = served(kind, [*OLD, secret("s")])
    client.ask(SDS, "s")
    client.ack(SDS, *names(client, "s"))
    modified = [*OLD[:2], listener("l", "r", secrets=["s"]), OLD[3], secret("s")]
    assert client.publish(modified) == ["listener l", "route r", "secret s"]


def test_listeners_and_routes_wait_for_the_clusters_ack(kind: type[Client]) -> None:
    client = served(kind, OLD)
    both = [*OLD[:2], cluster("b"), endpoints("b", 1), listener("l", "r", port=1), routes("r", "a", "b")]
    assert client.publish(both) == ["cluster a b" if kind is SotwClient else "cluster b"]
    assert client.ask(EDS, *names(client, "a"), "b") == ["endpoint b"]
    client.ack(EDS, *names(client, "a", "b"))
    assert client.ack(CDS) == ["listener l", "route r"]


def test_a_caller_with_a_clock_can_end_the_wait_for_clusters(kind: type[Client]) -> None:
    client = served(kind, OLD)
    client.publish([*OLD[:3], cluster("b"), endpoints("b", 1), routes("r", "a", "b")])
    assert [one.type_url for one in client.stream.go_on()] == [RDS.value]


# -- removal, in its steps


def test_a_cluster_goes_when_no_route_names_it_any_more(kind: type[Client]) -> None:
    client = served(kind, OLD)
    everything, b, gone = (
        ("cluster a b", "endpoint b", "cluster b") if kind is SotwClient else ("cluster b", "endpoint b", "cluster -a")
    )
    assert client.publish(NEW) == [everything]
    assert client.ask(EDS, *names(client, "a"), "b") == [b]
    client.ack(EDS, *names(client, "a", "b"))
    assert client.ack(CDS) == ["route r"]
    assert not client.stream.in_sync
    assert client.ack(RDS, *names(client, "r")) == [gone]


def test_a_cluster_stays_while_routes_are_refused(kind: type[Client]) -> None:
    client = served(kind, OLD)
    client.publish(NEW)
    client.ack(CDS)
    assert client.ack(RDS, *names(client, "r"), error="invalid regex") == []
    assert client.stream.go_on() == []
    assert client.publish([*NEW[:3], routes("r", "b", prefix="/better")]) == ["route r"]
    assert client.ack(RDS, *names(client, "r")) == ["cluster b" if kind is SotwClient else "cluster -a"]


def test_a_cluster_stays_while_a_listener_waits_for_new_routes(kind: type[Client]) -> None:
    client = served(kind, OLD)
    client.publish([*NEW[:2], listener("l", "q"), routes("q", "b")])
    assert client.ack(CDS) == ["listener l"]
    assert client.ack(LDS) == []
    assert client.ask(RDS, *names(client, "r"), "q") == ["route q"]
    assert client.ack(RDS, *names(client, "r", "q"))[0] == ("cluster b" if kind is SotwClient else "cluster -a")


def test_a_cluster_goes_after_the_listener_that_used_it(kind: type[Client]) -> None:
    client = served(kind, OLD)
    assert client.publish(NEW[:2]) == ["cluster a b" if kind is SotwClient else "cluster b"]
    assert client.ack(CDS) == ["listener" if kind is SotwClient else "listener -l"]
    assert client.ack(LDS)[0] == ("cluster b" if kind is SotwClient else "cluster -a")


def test_endpoints_go_after_their_cluster() -> None:
    client = served(DeltaClient, OLD)
    client.publish([])
    assert client.ack(LDS) == ["cluster -a"]
    assert client.ack(CDS) == ["endpoint -a", "route -r"]


def test_in_state_of_the_world_a_listener_that_may_wait_for_a_secret_keeps_clusters() -> None:
    client = served(SotwClient, OLD)
    client.publish([*NEW[:2], listener("l", "r", secrets=["s"]), NEW[3]])
    client.ack(CDS)
    client.ask(SDS, "s")
    client.ack(RDS, "r")
    assert client.ack(LDS) == []
    assert client.show(client.stream.go_on()) == ["cluster b"]


def test_models_that_come_too_fast_lose_nothing_in_use(kind: type[Client]) -> None:
    client = served(kind, OLD)
    for n in range(20):
        client.publish([cluster(f"c{n}"), endpoints(f"c{n}", 1), NEW[2], routes("r", f"c{n}")])
    kept = {one.name for one in client.stream._there[CDS].values()}
    assert {"a", "c19"} < kept
    assert len(kept) == 9


# -- NACK


def test_a_nack_is_told_with_the_origin_of_what_it_names(kind: type[Client]) -> None:
    client = kind([*OLD[:2], listener("l", "r", origin=HERE), listener("m", "r"), OLD[3]])
    client.ask(LDS)
    assert client.ack(LDS, error=PARTLY) == []
    version = client.snapshot.versions[LDS]
    assert client.events[-1] == Nacked(LDS, version, PARTLY, (AtFault("l", HERE),))


def test_a_nack_that_names_nothing_is_of_all_that_was_new(kind: type[Client]) -> None:
    client = served(kind, OLD)
    client.publish([cluster("a", origin=HERE), cluster("b", origin=HERE), endpoints("b", 1), *OLD[1:]])
    client.ack(CDS, error="Proto constraint validation failed")
    assert isinstance(client.events[-1], Nacked)
    assert client.events[-1].at_fault == (AtFault("b", HERE),)


def test_what_was_refused_is_not_sent_again_without_another_model(kind: type[Client]) -> None:
    client = served(kind, OLD)
    bad = [*OLD[:3], routes("r", "a", prefix="/bad")]
    assert client.publish(bad) == ["route r"]
    assert client.ack(RDS, *names(client, "r"), error="bad") == []
    assert client.ack(EDS, *names(client, "a"), nonce="") in ([], ["endpoint a"])
    assert client.publish(bad) == []
    assert client.publish([*bad, secret("s")]) == []
    assert not client.stream.in_sync


def test_another_model_is_sent_after_a_nack(kind: type[Client]) -> None:
    client = served(kind, OLD)
    client.publish([*OLD[:3], routes("r", "a", prefix="/bad")])
    client.ack(RDS, *names(client, "r"), error="bad")
    assert client.publish(OLD) == ["route r"]
    client.ack(RDS, *names(client, "r"))
    assert client.stream.in_sync


def test_what_was_refused_along_with_the_culprit_comes_again_without_it() -> None:
    """Envoy refuses a response of clusters as a whole for one that violates a constraint."""
    client = served(DeltaClient, OLD)
    good, bad = cluster("a", connect_s=3), cluster("bad")
    client.publish([good, bad, endpoints("bad", 1), *OLD[1:]])
    client.ack(CDS, error="Proto constraint validation failed: name: 'bad'")
    assert client.publish([good, *OLD[1:]])[0] == "cluster a -bad"


def test_a_culprit_that_did_not_change_stays_out() -> None:
    client = served(DeltaClient, OLD)
    bad = [cluster("bad"), endpoints("bad", 1)]
    client.publish([*bad, *OLD])
    client.ack(CDS, error="Proto constraint validation failed: name: 'bad'")
    assert client.publish([*bad, *OLD, cluster("c"), endpoints("c", 1)]) == ["cluster c"]
    client.ack(CDS)
    assert client.publish([cluster("bad", connect_s=4), bad[1], *OLD, cluster("c"), endpoints("c", 1)]) == [
        "cluster bad"
    ]


def test_what_was_refused_is_not_kept_for_the_next_model(kind: type[Client]) -> None:
    """Else one invalid cluster, once taken back, would have every later response refused."""
    client = served(kind, OLD)
    client.publish([*OLD[:3], cluster("b"), endpoints("b", 1), routes("r", "b")])
    client.ack(CDS, error="Proto constraint validation failed")
    assert client.publish([*OLD, cluster("c"), endpoints("c", 1)])[0] == (
        "cluster a c" if kind is SotwClient else "cluster c -b"
    )


def test_of_a_refused_cluster_what_served_before_is_kept(kind: type[Client]) -> None:
    client = served(kind, OLD)
    client.publish([cluster("a", connect_s=99), *OLD[1:]])
    client.ack(CDS, error="Proto constraint validation failed")
    client.publish(NEW)
    kept = {one.name: one.version for one in client.stream._there[CDS].values()}
    assert kept == {"a": OLD[0].version, "b": NEW[0].version}


def test_a_refusal_of_an_older_model_is_followed_by_the_newer_one_at_once(kind: type[Client]) -> None:
    client = served(kind, OLD)
    better = [cluster("a", connect_s=5), *OLD[1:]]
    client.publish([*better, cluster("bad"), endpoints("bad", 1)])
    assert client.publish([*better, cluster("c"), endpoints("c", 1)]) == []
    sent = client.ack(CDS, error="Proto constraint validation failed")
    assert sent[0] == ("cluster a c" if kind is SotwClient else "cluster a c -bad")


def test_what_was_kept_and_is_refused_is_left_out_at_once(kind: type[Client]) -> None:
    client = served(kind, OLD)
    client.publish([cluster("a"), cluster("bad"), endpoints("bad", 1), *OLD[1:3], routes("r", "bad")])
    client.publish(OLD)
    again = client.ack(CDS, error="Proto constraint validation failed")
    assert "bad" not in " ".join(again).replace("-bad", "")


def test_a_cluster_that_was_removed_is_not_kept_for_what_it_was() -> None:
    client = served(SotwClient, OLD)
    client.publish(NEW)
    client.ask(EDS, "a", "b")
    client.ack(CDS)
    client.ack(RDS, "r")
    assert client.ack(CDS) == []
    client.publish([*NEW, cluster("a", connect_s=99), endpoints("a", 1)])
    client.ack(CDS, error="Proto constraint validation failed")
    assert client.publish([*NEW[:3], routes("r", "b", prefix="/x")])[0] == "cluster b"


def test_a_removal_that_was_refused_along_with_a_change_is_told_again() -> None:
    client = DeltaClient([*OLD, listener("m", "r")])
    client.ask(CDS)
    client.ack(CDS)
    client.ask(LDS)
    client.ack(LDS)
    assert client.publish([*OLD[:2], listener("l", "r", port=1), OLD[3]]) == ["listener l -m"]
    client.ack(LDS, error="duplicate name l found")
    assert client.publish([*OLD[:2], listener("l", "r", port=2), OLD[3]]) == ["listener l -m"]


def test_routes_wait_while_all_new_clusters_are_refused(kind: type[Client]) -> None:
    client = served(kind, OLD)
    client.publish([*OLD[:3], cluster("b"), endpoints("b", 1), routes("r", "b")])
    assert client.ack(CDS, error="Proto constraint validation failed") == []
    assert client.stream.go_on() == []
    assert (
        client.publish([*OLD[:3], cluster("b", connect_s=2), endpoints("b", 1), routes("r", "b")])[0][:7] == "cluster"
    )
    assert client.ack(CDS) == ["route r"]


def test_routes_go_on_while_one_cluster_is_refused(kind: type[Client]) -> None:
    client = served(kind, OLD)
    client.publish([*OLD[:3], cluster("b"), endpoints("b", 1), routes("r", "a", "b")])
    assert client.ack(CDS, error="Error adding/updating cluster(s) b: no") == ["route r"]


def test_taking_back_what_was_refused_sets_the_rest_free(kind: type[Client]) -> None:
    client = served(kind, OLD)
    client.publish([*OLD, cluster("b"), endpoints("b", 1)])
    client.ack(CDS, error="Proto constraint validation failed")
    sent = client.publish([*OLD[:3], routes("r", "a", prefix="/x")])
    assert "route r" in sent or "route r" in client.ack(CDS)


def test_a_nack_of_an_older_response_is_told_though_a_newer_one_is_under_way(kind: type[Client]) -> None:
    client = served(kind, OLD)
    client.publish([*OLD[:3], routes("r", "a", prefix="/bad")])
    older = client.got[RDS].nonce
    client.publish([*OLD[:3], routes("r", "a", prefix="/good")])
    client.ack(RDS, *names(client, "r"), error="bad", nonce=older)
    assert isinstance(client.events[-1], Nacked)
    client.ack(RDS, *names(client, "r"))
    assert client.stream.in_sync


def test_a_refused_name_that_envoy_drops_holds_nothing_up(kind: type[Client]) -> None:
    client = served(kind, OLD)
    client.publish([*OLD[:3], routes("r", "a", prefix="/bad")])
    client.ack(RDS, *names(client, "r"), error="bad")
    client.publish(OLD[:2])
    client.ack(LDS)
    if isinstance(client, DeltaClient):
        client.ask(RDS, drop=["r"])
        client.ack(RDS)
    else:
        client.ack(RDS)
    assert client.stream.in_sync


def test_keys_in_envoys_words_are_not_told(kind: type[Client]) -> None:
    client = kind([secret("s")])
    client.ask(SDS, "s")
    client.ack(SDS, *names(client, "s"), error='Proto constraint: name: "s"\nprivate_key {\n inline_bytes: "hidden"')
    assert isinstance(client.events[-1], Nacked)
    assert client.events[-1].message == 'Proto constraint: name: "s"\n[redacted]'


# -- an Envoy that connects again


def test_state_of_the_world_is_answered_in_full_whatever_the_version() -> None:
    client = SotwClient(OLD, version=Snapshot.of(OLD).versions[CDS])
    assert client.ask(CDS) == ["cluster a"]
    client.ack(CDS)
    assert client.ask(RDS, "r") == ["route r"]


def test_clusters_of_the_model_it_has_stay_until_it_has_the_routes() -> None:
    old = Snapshot.of(OLD)
    client = SotwClient(NEW, recent=[Snapshot.of(NEW), old], version=old.versions[CDS])
    assert client.ask(CDS) == ["cluster a b"]
    assert client.got[CDS].version_info == f"{client.snapshot.versions[CDS]}+{old.versions[CDS]}"
    client.ask(EDS, "a", "b")
    client.ack(CDS)
    client.ask(LDS)
    client.ask(RDS, "r")
    client.ack(LDS)
    assert client.ack(RDS, "r") == ["cluster b"]
    assert client.got[CDS].version_info == client.snapshot.versions[CDS]


def test_a_model_that_nobody_remembers_keeps_nothing() -> None:
    assert SotwClient(NEW, version="0123").ask(CDS) == ["cluster b"]


def test_incrementally_all_it_asks_for_comes_again_and_what_it_has_beyond_goes_last() -> None:
    client = DeltaClient(NEW)
    assert client.ask(CDS, has=[OLD[0], NEW[0]]) == ["cluster b"]
    assert client.ask(EDS, "a", "b", has=[OLD[1], NEW[1]]) == ["endpoint b -a"]
    assert client.ack(CDS) == []
    assert client.ask(LDS, has=[OLD[2]]) == ["listener l"]
    assert client.ask(RDS, "r", has=[OLD[3]]) == ["route r"]
    client.ack(LDS)
    assert client.ack(RDS) == ["cluster -a"]


def test_a_listener_that_is_gone_goes_at_once_when_it_connects_again() -> None:
    client = DeltaClient(NEW[:2])
    client.ask(CDS)
    client.ack(CDS)
    assert client.ask(LDS, has=[OLD[2]]) == ["listener -l"]


def test_what_it_does_not_say_that_it_has_goes_too() -> None:
    """It names nothing of a response that it refused in part, and kept in part."""
    client = DeltaClient(NEW, recent=[Snapshot.of([*OLD, listener("forgotten", "r")])])
    client.ask(CDS)
    client.ack(CDS)
    assert client.ask(LDS) == ["listener l -forgotten"]


def test_a_snapshot_that_is_the_same_is_not_sent_again(kind: type[Client]) -> None:
    client = served(kind, OLD)
    assert client.publish(reversed(OLD)) == []
    assert client.stream.version == client.snapshot.version
