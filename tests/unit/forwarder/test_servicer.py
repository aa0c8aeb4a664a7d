"""authz.forwarder.servicer: streams over gRPC, from any thread. The client is ours; a real Envoy is in tests/e2e."""

import logging
import queue
import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime

import grpc
import pytest

from authz.forwarder.ads import Acked, Event, Nacked
from authz.forwarder.servicer import DELTA_METHOD, SOTW_METHOD, AdsServer, AdsSettings
from authz.forwarder.snapshot import Resource, Snapshot, TypeUrl
from authz.model.errors import ListenError, SettingsError
from authz.model.where import Where
from authz.pb.core import Node
from authz.pb.discovery import DeltaDiscoveryRequest, DeltaDiscoveryResponse, DiscoveryRequest, DiscoveryResponse
from authz.pb.rpc import Status
from tests.support.pki import Authority
from tests.support.xds import cluster, endpoints

WITHIN_S = 10
AT = datetime(2026, 1, 1, tzinfo=UTC)
CDS = TypeUrl.CLUSTER.value
OLD, NEW = [cluster("a"), endpoints("a", 1)], [cluster("a", connect_s=2), endpoints("a", 1)]


class World:
    """A server and what it serves."""

    def __init__(self, settings: AdsSettings | None = None, credentials: grpc.ServerCredentials | None = None) -> None:
        self.snapshots = {"n": Snapshot.of(OLD)}
        self.events: list[tuple[str, Event]] = []
        self.server = AdsServer(
            lambda node: self.snapshots.get(node.id),
            settings,
            credentials,
            observe=lambda node, event: self.events.append((node.id, event)),
            now=lambda: AT,
        )
        self.server.start()

    def publish(self, resources: list[Resource], node: str = "n") -> None:
        self.snapshots[node] = Snapshot.of(resources)
        self.server.publish()


@pytest.fixture
def world() -> Iterator[World]:
    made = World()
    yield made
    made.server.stop(0)


class Client:
    """A stream: what is put is sent, what comes is taken in turn."""

    def __init__(self, world: World, method: str = SOTW_METHOD, channel: grpc.Channel | None = None) -> None:
        self._sent: queue.Queue[bytes | None] = queue.Queue()
        options = [("grpc.enable_http_proxy", 0)]
        self._channel = channel or grpc.insecure_channel(world.server.address, options=options)
        self.call = self._channel.stream_stream(method)(iter(self._sent.get, None), timeout=WITHIN_S)

    def put(self, request: DiscoveryRequest | DeltaDiscoveryRequest | bytes) -> None:
        self._sent.put(request if isinstance(request, bytes) else request.SerializeToString())

    def sotw(self, node: str = "", nonce: str = "", error: str = "", type_url: str = CDS) -> None:
        request = DiscoveryRequest(type_url=type_url, response_nonce=nonce)
        if node:
            request.node.CopyFrom(Node(id=node))
        if error:
            request.error_detail.CopyFrom(Status(message=error))
        self.put(request)

    def next(self) -> DiscoveryResponse:
        return DiscoveryResponse.FromString(next(self.call))

    def close(self) -> None:
        self._sent.put(None)
        self.call.cancel()
        self._channel.close()


@pytest.fixture
def client(world: World) -> Iterator[Client]:
    made = Client(world)
    yield made
    made.close()


def until(happens: Callable[[], object]) -> None:
    ends = time.monotonic() + WITHIN_S
    while not happens():
        assert time.monotonic() < ends
        time.sleep(0.005)


def test_a_stream_gets_what_its_node_is_to_have(world: World, client: Client) -> None:
    client.sotw("n")
    response = client.next()
    assert response.version_info == world.snapshots["n"].versions[TypeUrl.CLUSTER]
    assert [one.SerializeToString() for one in response.resources] == [OLD[0].packed]


def test_what_is_published_reaches_those_that_are_connected(world: World, client: Client) -> None:
    client.sotw("n")
    client.sotw(nonce=client.next().nonce)
    until(lambda: world.events[1:])
    world.publish(NEW)
    assert client.next().resources[0].SerializeToString() == NEW[0].packed


def test_nodes_have_snapshots_of_their_own(world: World, client: Client) -> None:
    world.snapshots["other"] = Snapshot.of([])
    other = Client(world)
    client.sotw("n")
    other.sotw("other")
    assert len(client.next().resources) == 1
    assert len(other.next().resources) == 0
    other.close()


def test_a_node_that_has_no_snapshot_yet_gets_it_when_it_is_there(world: World, client: Client) -> None:
    client.sotw("late")
    until(lambda: [one.node for one in world.server.statuses()] == ["late"])
    world.publish(OLD, "late")
    assert len(client.next().resources) == 1


def test_a_snapshot_that_is_gone_takes_nothing_away(world: World, client: Client) -> None:
    client.sotw("n")
    client.sotw(nonce=client.next().nonce)
    del world.snapshots["n"]
    world.server.publish()
    world.publish(NEW)
    assert client.next().resources[0].SerializeToString() == NEW[0].packed


def test_the_incremental_protocol_is_spoken_too(world: World) -> None:
    client = Client(world, DELTA_METHOD)
    client.put(DeltaDiscoveryRequest(type_url=CDS, node=Node(id="n")))
    response = DeltaDiscoveryResponse.FromString(next(client.call))
    assert [(one.name, one.version) for one in response.resources] == [("a", OLD[0].version)]
    assert world.server.statuses()[0].protocol == "delta"
    client.close()


def test_what_envoy_says_is_known(world: World, client: Client, caplog: pytest.LogCaptureFixture) -> None:
    world.snapshots["n"] = Snapshot.of([cluster("a", origin=Where("a.yaml", 3, 1)), OLD[1]])
    client.sotw("n")
    nonce = client.next().nonce
    with caplog.at_level(logging.WARNING):
        client.sotw(nonce=nonce, error="Error adding/updating cluster(s) a: no")
        until(lambda: len(world.events) == 2)
    node, event = world.events[-1]
    assert node == "n"
    assert isinstance(event, Nacked)
    until(lambda: world.server.statuses()[0].types[TypeUrl.CLUSTER].refused == event)
    (status,) = world.server.statuses()
    assert (status.node, status.since, status.in_sync, status.types[TypeUrl.CLUSTER].refused_at) == ("n", AT, False, AT)
    assert [record.message for record in caplog.records] == [
        "n refuses cluster: a (a.yaml:3:1): Error adding/updating cluster(s) a: no"
    ]


def test_an_envoy_that_accepts_is_in_sync(world: World, client: Client) -> None:
    client.sotw("n")
    client.sotw(nonce=client.next().nonce)
    until(lambda: world.server.statuses()[0].in_sync)
    assert world.events[-1] == ("n", Acked(TypeUrl.CLUSTER, world.snapshots["n"].versions[TypeUrl.CLUSTER]))
    assert world.server.statuses()[0].version == world.snapshots["n"].version


def test_an_envoy_that_left_is_remembered_until_it_is_back(world: World, client: Client) -> None:
    client.sotw("n")
    client.next()
    client.close()
    until(lambda: world.server.statuses()[0].left_at == AT)
    back = Client(world)
    back.sotw("n")
    back.next()
    (status,) = world.server.statuses()
    assert status.left_at is None
    back.close()


def test_what_is_no_request_ends_the_stream_and_no_other(world: World, client: Client) -> None:
    bad = Client(world)
    bad.put(b"\xff")
    with pytest.raises(grpc.RpcError) as caught:
        next(bad.call)
    assert caught.value.code() is grpc.StatusCode.INVALID_ARGUMENT
    client.sotw("n")
    assert client.next().resources
    bad.close()


def test_a_mistake_of_ours_ends_the_stream_and_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    def fail(_node: Node) -> Snapshot:
        raise ZeroDivisionError

    server = AdsServer(fail)
    server.start()
    channel = grpc.insecure_channel(server.address, options=[("grpc.enable_http_proxy", 0)])
    call = channel.stream_stream(SOTW_METHOD)(iter([DiscoveryRequest(type_url=CDS).SerializeToString()]))
    with pytest.raises(grpc.RpcError) as caught:
        next(call)
    assert (caught.value.code(), caught.value.details()) == (
        grpc.StatusCode.INTERNAL,
        "authz has failed; its log says how",
    )
    assert "ZeroDivisionError" in caplog.text
    channel.close()
    server.stop(0)


def test_more_streams_than_are_allowed_are_refused() -> None:
    world = World(AdsSettings(streams=1))
    first = Client(world)
    first.sotw("n")
    first.next()
    second = Client(world)
    second.sotw("n")
    with pytest.raises(grpc.RpcError) as caught:
        next(second.call)
    assert caught.value.code() is grpc.StatusCode.RESOURCE_EXHAUSTED
    first.close()
    second.close()
    world.server.stop(0)


def test_an_envoy_that_says_nothing_is_waited_for_so_long_and_no_longer() -> None:
    """It has not accepted the clusters, and gets its listeners all the same."""
    world = World(AdsSettings(patience_s=0.05))
    client = Client(world)
    client.sotw("n")
    client.next()
    client.sotw(type_url=TypeUrl.LISTENER.value)
    assert client.next().type_url == TypeUrl.LISTENER.value
    client.close()
    world.server.stop(0)


def test_other_methods_are_not_there(world: World) -> None:
    client = Client(world, "/envoy.service.discovery.v3.AggregatedDiscoveryService/Other")
    with pytest.raises(grpc.RpcError) as caught:
        next(client.call)
    assert caught.value.code() is grpc.StatusCode.UNIMPLEMENTED
    client.close()


def test_publishing_from_many_threads_ends_with_the_last(world: World, client: Client) -> None:
    client.sotw("n")
    client.next()
    models = [[cluster("a", connect_s=n + 1), OLD[1]] for n in range(20)]
    threads = [threading.Thread(target=world.publish, args=(one,)) for one in models]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    world.publish(NEW)
    nonce = "1"
    while True:
        client.sotw(nonce=nonce)
        response = client.next()
        if response.resources[0].SerializeToString() == NEW[0].packed:
            break
        nonce = response.nonce


def test_stopping_ends_the_streams(world: World, client: Client) -> None:
    client.sotw("n")
    client.next()
    started = time.monotonic()
    world.server.stop(grace_s=5)
    assert time.monotonic() - started < 4
    with pytest.raises((StopIteration, grpc.RpcError)):
        next(client.call)


@pytest.mark.parametrize("listen", ["0.0.0.0:0", "[::]:0", "example.com:0"])
def test_beyond_this_machine_it_takes_tls_or_a_word(listen: str) -> None:
    with pytest.raises(
        SettingsError, match="can be reached from other machines, and whoever asks is told private keys"
    ):
        AdsServer(lambda _node: None, AdsSettings(listen))


def test_the_word_is_taken() -> None:
    server = AdsServer(lambda _node: None, AdsSettings("0.0.0.0:0", insecure=True))
    assert server.address.startswith("0.0.0.0:")
    server.start()
    server.stop(0)


def test_an_address_in_use_is_said(world: World) -> None:
    with pytest.raises(ListenError, match=f"cannot listen on {world.server.address}"):
        AdsServer(lambda _node: None, AdsSettings(world.server.address))


def test_over_tls_only_certificates_of_our_authority_are_served() -> None:
    ours, theirs = Authority(), Authority()
    pair = ours.issue()
    world = World(
        AdsSettings("0.0.0.0:0"),
        grpc.ssl_server_credentials([(pair.key, pair.certificate)], ours.certificate, require_client_auth=True),
    )
    address = f"localhost:{world.server.address.rpartition(':')[2]}"
    for issuer, served in ((ours, True), (theirs, False)):
        own = issuer.issue()
        credentials = grpc.ssl_channel_credentials(ours.certificate, own.key, own.certificate)
        client = Client(world, channel=grpc.secure_channel(address, credentials, [("grpc.enable_http_proxy", 0)]))
        client.sotw("n")
        if served:
            assert client.next().resources
        else:
            with pytest.raises(grpc.RpcError):
                client.next()
        client.close()
    world.server.stop(0)
