"""A real Envoy gets its configuration from us, in both protocols: changed, refused, rotated, lost and found."""

from __future__ import annotations

import contextlib
import hashlib
import socket
import ssl
from random import Random
from typing import TYPE_CHECKING

import pytest

from authz.forwarder.ads import Nacked
from authz.forwarder.snapshot import Resource, TypeUrl
from authz.model.where import Where
from authz.pb.cluster import Cluster
from authz.pb.route import Route, RouteAction, RouteConfiguration, RouteMatch, VirtualHost
from tests.e2e.support.xds import (
    LOCALHOST,
    Ads,
    Relay,
    Traffic,
    cluster_names,
    dumped,
    envoy,
    free_port,
    get,
    says,
    until,
)
from tests.support.pki import Authority, Pair
from tests.support.xds import by_ads, cluster, duration, endpoints, listener, routes, secret

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

pytestmark = pytest.mark.e2e

HERE = Where("routes.yaml", 4, 3)
CA = Authority()
EDITS = 50


@pytest.fixture(params=["sotw", "delta"])
def protocol(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="module")
def ports() -> Iterator[tuple[int, int]]:
    """Of two backends, `one` and `two`."""
    with says("one") as one, says("two") as two:
        yield one, two


def serving(name: str, backend: int, port: int) -> list[Resource]:
    return [cluster(name), endpoints(name, backend), listener("l", "r", port), routes("r", name)]


def test_it_is_started_changed_and_emptied(protocol: str, ports: tuple[int, int], tmp_path: Path) -> None:
    port = free_port()
    with Ads(serving("a", ports[0], port)) as ads, envoy("n", ads.port, tmp_path, protocol=protocol) as proxy:
        assert get(port) == (200, "one")
        ads.settled()
        assert ads.status("n").is_ready
        with Traffic(port) as traffic:
            ads.settled(serving("b", ports[1], port))
            assert get(port) == (200, "two")
            ads.settled(serving("a", ports[0], port))
        assert cluster_names(proxy) == {"a"}
        ads.settled([])
        until(lambda: get(port) == (0, ""), "the listener closes")
        until(lambda: cluster_names(proxy) == set(), "the clusters go")
    assert set(traffic.answers) <= {(200, "one"), (200, "two")}
    assert {type(event) for _, event in ads.events}.isdisjoint({Nacked})


def test_endpoints_change_under_way(protocol: str, ports: tuple[int, int], tmp_path: Path) -> None:
    port = free_port()
    with (
        Ads(serving("a", ports[0], port)) as ads,
        envoy("n", ads.port, tmp_path, protocol=protocol),
        Traffic(port) as traffic,
    ):
        ads.settled(serving("a", ports[1], port))
        until(lambda: get(port) == (200, "two"), "the new endpoint")
    assert set(traffic.answers) <= {(200, "one"), (200, "two")}


def test_a_modified_cluster_does_not_stay_warming(protocol: str, ports: tuple[int, int], tmp_path: Path) -> None:
    port = free_port()
    resources = serving("a", ports[0], port)
    with Ads(resources) as ads, envoy("n", ads.port, tmp_path, protocol=protocol) as proxy:
        for connect_s in (2, 3):
            ads.settled([cluster("a", connect_s=connect_s), *resources[1:]])
            assert dumped(proxy, "dynamic_warming_clusters") == []
            (active,) = dumped(proxy, "dynamic_active_clusters")
            assert active["cluster"]["connect_timeout"] == f"{connect_s}s"
        assert get(port) == (200, "one")


def test_a_modified_listener_does_not_stay_warming(protocol: str, ports: tuple[int, int], tmp_path: Path) -> None:
    """It waits for the routes that the one before it already has."""
    port, other = free_port(), free_port()
    resources = serving("a", ports[0], port)
    with Ads(resources) as ads, envoy("n", ads.port, tmp_path, protocol=protocol):
        ads.settled([*resources[:2], listener("l", "r", other, wait_s=14), resources[3]])
        until(lambda: get(other) == (200, "one"), "the listener at its new port", within_s=5)


def test_told_that_what_it_uses_is_removed_it_keeps_it(ports: tuple[int, int], tmp_path: Path) -> None:
    """So a name that is missing can be told at once, for those that wait for it."""
    port = free_port()
    resources = serving("a", ports[0], port)
    with (
        Ads(resources, patience_s=0.2) as ads,
        envoy("n", ads.port, tmp_path, protocol="delta") as proxy,
    ):
        ads.settled()
        ads.settled([resources[0], resources[2]])
        assert dumped(proxy, "dynamic_route_configs")
        assert get(port) == (200, "one")
        ads.settled(serving("a", ports[1], port))
        until(lambda: get(port) == (200, "two"), "what comes back is taken")


def twice_the_same_domain(name: str, cluster: str) -> Resource:
    route = Route(match=RouteMatch(prefix="/"), route=RouteAction(cluster=cluster))
    hosts = [VirtualHost(name=host, domains=["*"], routes=[route]) for host in ("x", "y")]
    return Resource.of(RouteConfiguration(name=name, virtual_hosts=hosts), HERE)


def test_refused_routes_leave_the_last_good_ones(protocol: str, ports: tuple[int, int], tmp_path: Path) -> None:
    port = free_port()
    good = serving("a", ports[0], port)
    with Ads(good) as ads, envoy("n", ads.port, tmp_path, protocol=protocol) as proxy, Traffic(port) as traffic:
        ads.settled()
        ads.publish([*serving("b", ports[1], port)[:3], twice_the_same_domain("r", "b")])
        until(lambda: ads.status("n").types[TypeUrl.ROUTE].refused, "the refusal")
        refused = ads.status("n").types[TypeUrl.ROUTE].refused
        assert refused
        assert "Only a single wildcard domain is permitted" in refused.message
        assert [(one.name, one.origin) for one in refused.at_fault] == [("r", HERE)]
        assert get(port) == (200, "one")
        assert cluster_names(proxy) == {"a", "b"}
        ads.settled(serving("b", ports[1], port))
        assert get(port) == (200, "two")
        assert cluster_names(proxy) == {"b"}
    assert set(traffic.answers) <= {(200, "one"), (200, "two")}


def out_of_range(name: str) -> Resource:
    """A cluster that violates a constraint of its message."""
    ring = Cluster.RingHashLbConfig()
    ring.minimum_ring_size.value = 2**32
    eds = Cluster.EdsClusterConfig(eds_config=by_ads())
    made = Cluster(
        name=name, type=Cluster.EDS, eds_cluster_config=eds, lb_policy=Cluster.RING_HASH, ring_hash_lb_config=ring
    )
    return Resource.of(made, HERE)


def not_possible(name: str) -> Resource:
    """A cluster that is well-formed and makes no sense."""
    made = Cluster(name=name, type=Cluster.STATIC, lb_policy=Cluster.CLUSTER_PROVIDED, connect_timeout=duration(1))
    return Resource.of(made, HERE)


@pytest.mark.parametrize("bad", [out_of_range, not_possible])
def test_one_refused_cluster_holds_up_no_other_for_longer_than_it_is_there(
    bad: Callable[[str], Resource], protocol: str, ports: tuple[int, int], tmp_path: Path
) -> None:
    port = free_port()
    first, second = serving("a", ports[0], port), serving("b", ports[1], port)
    with Ads(first) as ads, envoy("n", ads.port, tmp_path, protocol=protocol) as proxy, Traffic(port) as traffic:
        ads.settled()
        ads.publish([*second, bad("bad"), endpoints("bad", 1)])
        until(lambda: ads.status("n").types[TypeUrl.CLUSTER].nacks, "the refusal")
        refused = ads.status("n").types[TypeUrl.CLUSTER].refused
        assert refused
        assert ("bad", HERE) in [(one.name, one.origin) for one in refused.at_fault]
        ads.settled(second)
        assert get(port) == (200, "two")
        assert cluster_names(proxy) == {"b"}
    assert set(traffic.answers) <= {(200, "one"), (200, "two")}


def over_tls(port: int) -> str:
    """The digest of the certificate that is shown; empty where the handshake fails."""
    context = ssl.create_default_context(cadata=CA.certificate.decode())
    try:
        with (
            socket.create_connection((LOCALHOST, port), 5) as plain,
            context.wrap_socket(plain, server_hostname="localhost") as connection,
        ):
            return hashlib.sha256(connection.getpeercert(binary_form=True) or b"").hexdigest()
    except OSError:
        return ""


def digest(pair: Pair) -> str:
    return hashlib.sha256(ssl.PEM_cert_to_DER_cert(pair.certificate.decode())).hexdigest()


def test_a_secret_is_missing_then_there_then_another(protocol: str, ports: tuple[int, int], tmp_path: Path) -> None:
    port, plain = free_port(), free_port()
    resources = [
        *serving("a", ports[0], plain),
        listener("tls", "r", port, secrets=["kubernetes://cert"], wait_s=1),
    ]
    first, second = CA.issue(), CA.issue()
    with Ads(resources) as ads, envoy("n", ads.port, tmp_path, protocol=protocol):
        until(lambda: get(plain) == (200, "one"), "the other listener")
        assert over_tls(port) == ""
        ads.settled([*resources, secret("kubernetes://cert", first.certificate, first.key)])
        until(lambda: over_tls(port) == digest(first), "the secret")
        context = ssl.create_default_context(cadata=CA.certificate.decode())
        with (
            socket.create_connection((LOCALHOST, port), 5) as raw,
            context.wrap_socket(raw, server_hostname="localhost") as connection,
        ):
            ads.settled([*resources, secret("kubernetes://cert", second.certificate, second.key)])
            until(lambda: over_tls(port) == digest(second), "the rotation")
            connection.sendall(b"GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
            assert connection.recv(12) == b"HTTP/1.1 200"
        ads.publish([*resources, secret("kubernetes://cert", first.certificate, second.key)])
        until(lambda: ads.status("n").types[TypeUrl.SECRET].refused, "the refusal")
        assert over_tls(port) == digest(second)


def test_our_restart_is_not_noticed_and_what_changed_meanwhile_arrives(
    protocol: str, ports: tuple[int, int], tmp_path: Path
) -> None:
    port = free_port()
    with contextlib.ExitStack() as stack:
        first = stack.enter_context(Ads(serving("a", ports[0], port)))
        proxy = stack.enter_context(envoy("n", first.port, tmp_path, protocol=protocol))
        first.settled()
        with Traffic(port) as traffic:
            first.server.stop()
            second = stack.enter_context(Ads(serving("b", ports[1], port), port=first.port))
            until(lambda: any(one.in_sync for one in second.server.statuses()), "the new connection")
            assert get(port) == (200, "two")
            until(lambda: cluster_names(proxy) == {"b"}, "what is gone goes")
    answers = {status for status, _ in traffic.answers}
    assert (
        answers == {200} if protocol == "delta" else answers <= {200, 503}
    )  # by version alone a new server knows no old cluster


def test_a_lost_connection_is_not_noticed(protocol: str, ports: tuple[int, int], tmp_path: Path) -> None:
    port = free_port()
    with contextlib.ExitStack() as stack:
        ads = stack.enter_context(Ads(serving("a", ports[0], port)))
        relay = stack.enter_context(Relay(ads.port))
        proxy = stack.enter_context(envoy("n", relay.port, tmp_path, protocol=protocol))
        ads.settled()
        with Traffic(port) as traffic:
            for name, backend in (("b", ports[1]), ("a", ports[0]), ("b", ports[1])):
                relay.cut()
                until(lambda: ads.status("n").left_at, "the loss is seen")
                ads.publish(serving(name, backend, port))
                relay.mend()
                until(lambda: ads.status("n").left_at is None and ads.status("n").in_sync, "it is back")
                assert cluster_names(proxy) == {name}
        assert get(port) == (200, "two")
    assert set(traffic.answers) == {(200, "one"), (200, "two")}


def test_a_restarted_envoy_gets_everything_again(protocol: str, ports: tuple[int, int], tmp_path: Path) -> None:
    port = free_port()
    with Ads(serving("a", ports[0], port)) as ads:
        with envoy("n", ads.port, tmp_path, protocol=protocol) as proxy:
            proxy.process.kill()
        ads.publish(serving("b", ports[1], port))
        with envoy("n", ads.port, tmp_path, protocol=protocol) as proxy:
            until(lambda: get(port) == (200, "two"), "the new process serves")
            ads.settled()
            assert cluster_names(proxy) == {"b"}
    assert ads.status("n").left_at is not None


def edit(random: Random, backends: Sequence[int], listeners: Sequence[int]) -> list[Resource]:
    """A complete model: some clusters, all listeners, routes to clusters that are there."""
    names = random.sample(["a", "b", "c", "d"], random.randint(1, 4))
    made = [cluster(name, connect_s=random.choice([1, 2])) for name in names]
    made += [endpoints(name, random.choice(backends)) for name in names]
    made += [listener(f"l{n}", f"r{n}", port) for n, port in enumerate(listeners)]
    for n in range(len(listeners)):
        named = random.sample(names, random.randint(1, len(names)))
        made.append(routes(f"r{n}", *named, prefix="/"))
    return made


def test_several_envoys_stay_consistent_through_many_edits(ports: tuple[int, int], tmp_path: Path) -> None:
    random = Random(1)
    listeners = {f"n{n}": [free_port(), free_port()] for n in range(4)}
    with contextlib.ExitStack() as stack:
        servers = {node: stack.enter_context(Ads(edit(random, ports, mine))) for node, mine in listeners.items()}
        proxies = {
            node: stack.enter_context(envoy(node, servers[node].port, tmp_path, protocol=["sotw", "delta"][n % 2]))
            for n, node in enumerate(listeners)
        }
        traffic = stack.enter_context(Traffic(*(port for mine in listeners.values() for port in mine)))
        for n in range(EDITS):
            for node, ads in servers.items():
                ads.publish(edit(random, ports, listeners[node]))
            if n % 3 == 0:
                for ads in servers.values():
                    ads.settled()
        for node, ads in servers.items():
            ads.settled()
            assert cluster_names(proxies[node]) == set(ads.snapshot.of_type(TypeUrl.CLUSTER))
            assert dumped(proxies[node], "dynamic_warming_clusters") == []
        events = [event for ads in servers.values() for _, event in ads.events]
    assert set(traffic.answers) == {(200, "one"), (200, "two")}
    assert not [event for event in events if isinstance(event, Nacked)]
