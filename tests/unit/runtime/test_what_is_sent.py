"""From files on disk to what an Envoy that has all is sent after a change of them: what has changed, and no more."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from authz.config import read_settings
from authz.forwarder.ads import DeltaStream
from authz.forwarder.references import TypeUrl
from authz.observability.counters import Counters
from authz.pb.discovery import DeltaDiscoveryRequest, DeltaDiscoveryResponse
from authz.runtime.live_set import Following
from authz.runtime.routing import LiveRouting
from authz.sources.watch import Patience
from tests.support.gateway_files import service_entry, write_files

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

QUICK = Patience(quiet=0.0, between_looks=0.0)
SETTINGS = "policies: mesh\nforward: {labels: istio=ingressgateway, authorizer: none}\n"
OTHER_PORT = """\
apiVersion: networking.istio.io/v1
kind: Gateway
metadata: {name: other, namespace: istio-system}
spec:
  selector: {istio: ingressgateway}
  servers: [{port: {number: 8081, name: http, protocol: HTTP}, hosts: ["*.other.com"]}]
---
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: other, namespace: istio-system}
spec:
  hosts: [a.other.com]
  gateways: [other]
  http: [{timeout: 7s, route: [{destination: {host: entry0.example.net}}]}]
"""
ENTRY_0, SERVICE_0 = "outbound|80||entry0.example.net", "outbound|80||service0.ns0.svc.cluster.local"


class FullEnvoy:
    """Asks for everything there is and accepts it, as Envoy does, in the incremental protocol."""

    def __init__(self, routing: LiveRouting) -> None:
        self.sent: list[str] = []
        self._routing = routing
        self._stream = DeltaStream(routing.snapshot_for)
        snapshot = routing.own().snapshot
        for type_url in (TypeUrl.CLUSTER, TypeUrl.ENDPOINT, TypeUrl.LISTENER, TypeUrl.ROUTE):
            wildcard = type_url in {TypeUrl.CLUSTER, TypeUrl.LISTENER}
            self.ask(type_url, () if wildcard else snapshot.of_type(type_url))
        assert self._stream.in_sync

    def ask(self, type_url: TypeUrl, names: Iterable[str]) -> None:
        self._request(DeltaDiscoveryRequest(type_url=type_url.value, resource_names_subscribe=names))

    def look(self) -> list[str]:
        """The type and name of each resource that it is sent since the files have changed; removed ones with a `-`."""
        self.sent.clear()
        self._routing.look()
        self._take(self._stream.publish(self._routing.own().snapshot))
        return self.sent

    def _request(self, request: DeltaDiscoveryRequest) -> None:
        responses, _ = self._stream.receive(request)
        self._take(responses)

    def _take(self, responses: Iterable[DeltaDiscoveryResponse]) -> None:
        for response in responses:
            type_url = TypeUrl(response.type_url)
            self.sent += [f"{type_url.name.lower()} {one.name}" for one in response.resources]
            self.sent += [f"-{type_url.name.lower()} {name}" for name in response.removed_resources]
            self._request(DeltaDiscoveryRequest(type_url=response.type_url, response_nonce=response.nonce))


@pytest.fixture
def mesh(tmp_path: Path) -> Path:
    """40 hosts with 200 routes, and 20 services with 100 endpoints; on another port a host alone."""
    directory = tmp_path / "mesh"
    directory.mkdir()
    write_files(directory, hosts=40, entries=10, services=10)
    (directory / "other.yaml").write_text(OTHER_PORT)
    (tmp_path / "authz.yaml").write_text(SETTINGS)
    return directory


@pytest.fixture
def envoy(mesh: Path) -> FullEnvoy:
    settings = mesh.parent / "authz.yaml"
    return FullEnvoy(LiveRouting(lambda: read_settings(settings), Counters(), Following(QUICK)))


def edit(file: Path, before: str, after: str) -> None:
    text = file.read_text()
    assert before in text
    file.write_text(text.replace(before, after, 1))


def test_an_envoy_is_first_sent_everything_once(envoy: FullEnvoy) -> None:
    kinds = [one.partition(" ")[0] for one in envoy.sent]

    assert {kind: kinds.count(kind) for kind in kinds} == {"cluster": 21, "endpoint": 20, "listener": 2, "route": 2}


@pytest.mark.parametrize(
    ("file", "edited", "sent"),
    [
        ("service-entries-0.yaml", ("address: 10.0.0.1", "address: 10.9.9.9"), [f"endpoint {ENTRY_0}"]),
        (
            "service-entries-0.yaml",
            ("    - address: 10.0.0.1\n      labels: {version: v1}\n", ""),
            [f"endpoint {ENTRY_0}"],
        ),
        ("workload-entries-0.yaml", ("address: 11.0.0.1", "address: 11.9.9.9"), [f"endpoint {SERVICE_0}"]),
        ("workload-entries-0.yaml", ("app: service0,", "app: nothing,"), [f"endpoint {SERVICE_0}"]),
        ("virtual-services-0.yaml", ("timeout: 1s", "timeout: 9s"), ["route http.80"]),
        ("virtual-services-0.yaml", ("web0.example.com", "new.example.com"), ["route http.80"]),
        ("other.yaml", ("timeout: 7s", "timeout: 9s"), ["route http.8081"]),
        ("other.yaml", ("metadata:", "# nothing new\nmetadata:"), []),
    ],
)
def test_a_change_on_disk_sends_what_it_changes_and_no_more(
    envoy: FullEnvoy, mesh: Path, file: str, edited: tuple[str, str], sent: list[str]
) -> None:
    edit(mesh / file, *edited)

    assert envoy.look() == sent


def test_an_endpoint_that_moves_back_is_sent_again_alone(envoy: FullEnvoy, mesh: Path) -> None:
    file = mesh / "service-entries-0.yaml"
    for before, after in (("10.0.0.1", "10.9.9.9"), ("10.9.9.9", "10.0.0.1")):
        edit(file, f"address: {before}\n", f"address: {after}\n")
        assert envoy.look() == [f"endpoint {ENTRY_0}"]


def test_a_service_that_comes_is_one_cluster_and_its_endpoints_and_goes_as_such(envoy: FullEnvoy, mesh: Path) -> None:
    name = "outbound|80||entry99.example.net"
    (mesh / "new.yaml").write_text(service_entry(99))
    assert envoy.look() == [f"cluster {name}"]
    envoy.ask(TypeUrl.ENDPOINT, [name])
    assert envoy.sent == [f"cluster {name}", f"endpoint {name}"]

    (mesh / "new.yaml").unlink()
    assert envoy.look() == [f"-cluster {name}", f"-endpoint {name}"]


def test_resources_that_move_to_another_file_are_not_sent(envoy: FullEnvoy, mesh: Path) -> None:
    moved = mesh / "service-entries-0.yaml"
    moved.rename(mesh / "0-first.yaml")

    assert envoy.look() == []
