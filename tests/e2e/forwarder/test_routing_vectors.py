"""What a real Envoy does with the requests of `tests/data/routing-vectors.yaml`, told what gateways are told.

One Envoy has the gateways of all vectors, each with clusters of its own. Requests over TLS and raw connections apart,
which are tried beside certificates.
"""

from __future__ import annotations

import contextlib
import json
import threading
import time
from collections import defaultdict
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import pytest
import yaml

from authz.forwarder.proxy import Proxy
from authz.forwarder.static import static_configuration
from authz.forwarder.supervisor import Envoy
from authz.forwarder.translate import translate
from authz.mesh.routing_view import RoutingView
from authz.model.problem import Problems
from authz.resources.collection import join_files, read_file
from authz.resources.documents import SourceFile
from authz.runtime.quickstart.access_log import FLUSH_OPTIONS
from tests.e2e.support.http1 import Address, Reply, request

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.e2e

DATA = yaml.safe_load((Path(__file__).parents[2] / "data" / "routing-vectors.yaml").read_text(encoding="utf-8"))
PLAIN: dict[str, dict[str, Any]] = {
    vector["name"]: vector
    for vector in DATA["vectors"] + DATA["more_vectors"]
    if vector["role"] == "gateway"
    and {"status", "statuses"} & vector["expect"].keys()
    and not vector["request"].get("tls")
}
ONE_ANSWER = [name for name, vector in PLAIN.items() if "status" in vector["expect"]]
FIRST_PORT = 20_000  # only in names: Envoy picks the real ones
LOGGED_WITHIN_S = 10.0
VECTOR = "x-vector"


@dataclass
class Seen:
    """What the workloads have seen, request by request."""

    by_vector: dict[str, list[dict[str, Any]]] = field(default_factory=lambda: defaultdict(list))
    lock: threading.Lock = field(default_factory=threading.Lock)


def workload(seen: Seen) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def answer(self) -> None:
            headers: dict[str, list[str]] = {}
            for name, value in self.headers.items():
                headers.setdefault(name.lower(), []).append(value)
            path = self.requestline.split()[1]  # `self.path` has no two slashes at its beginning
            with seen.lock:
                seen.by_vector[self.headers[VECTOR]].append({"path": path, "headers": headers})
            time.sleep(float(self.headers.get("x-sleep", "0")))
            self.send_response(int(self.headers.get("x-want-status", "200")))
            self.send_header("x-up", "1")
            self.send_header("content-length", "0")
            self.end_headers()

        do_GET = do_POST = do_OPTIONS = answer  # noqa: N815 - http.server's names

        def log_message(self, *_: object) -> None:
            pass

    return Handler


def endpoints(service: dict[str, Any], ports: dict[str, int]) -> list[dict[str, Any]]:
    """One endpoint per port and version; `ports`: where they are, by version."""
    metadata, spec = service["metadata"], service["spec"]
    documents = []
    for version, number in ports.items():
        name = f"{metadata['name']}-{version}"
        labels = spec["selector"] | {"version": version}
        documents.append(
            {
                "apiVersion": "networking.istio.io/v1",
                "kind": "WorkloadEntry",
                "metadata": metadata | {"name": name, "labels": labels},
                "spec": {"address": "127.0.0.1", "ports": {port["name"]: number for port in spec["ports"]}},
            }
        )
    return documents


def as_entry(service: dict[str, Any]) -> dict[str, Any]:
    """A Service as a ServiceEntry, whose workloads may have ports of their own."""
    metadata, spec = service["metadata"], service["spec"]
    host = f"{metadata['name']}.{metadata.get('namespace', 'default')}.svc.cluster.local"
    ports = [{"number": port["port"], "name": port["name"], "protocol": "HTTP"} for port in spec["ports"]]
    selector = {"labels": spec["selector"]}
    of_entry = {"hosts": [host], "ports": ports, "resolution": "STATIC", "location": "MESH_INTERNAL"}
    return {
        "apiVersion": "networking.istio.io/v1",
        "kind": "ServiceEntry",
        "metadata": metadata,
        "spec": of_entry | {"workloadSelector": selector},
    }


def configuration(index: int, vector: dict[str, Any], ports: dict[str, int]) -> dict[str, Any]:
    """The static configuration of one vector, its listener and clusters under names of their own."""
    documents = []
    for resource in vector["resources"]:
        is_service = resource["kind"] == "Service"
        documents += [as_entry(resource), *endpoints(resource, ports)] if is_service else [resource]
    files = [SourceFile(f"{n}.yaml", json.dumps(one).encode()) for n, one in enumerate(documents)]
    view = RoutingView(join_files(map(read_file, files), Problems()))
    labels = frozenset(vector["proxy"].get("labels", {}).items())
    port_map = ((vector["request"]["listener_port"], FIRST_PORT + index),)
    proxy = Proxy(vector["proxy"]["namespace"], labels, port_map=port_map, authorizer=None)
    text = json.dumps(static_configuration(translate(view, proxy).snapshot, proxy, None))
    made: dict[str, Any] = json.loads(text.replace('"outbound|', f'"{index}~outbound|'))
    return made


def with_log(listener: dict[str, Any], path: Path) -> None:
    """Listen at the loop, on any port, and log what became of each request."""
    listener["address"]["socket_address"] = {"address": "127.0.0.1", "port_value": 0}
    line = {
        "vector": f"%REQ({VECTOR})%",
        "flags": "%RESPONSE_FLAGS%",
        "cluster": "%UPSTREAM_CLUSTER_RAW%",
        "status": "%RESPONSE_CODE%",
    }
    log = {
        "name": "log",
        "typed_config": {
            "@type": "type.googleapis.com/envoy.extensions.access_loggers.file.v3.FileAccessLog",
            "path": str(path),
            "log_format": {"json_format": line},
        },
    }
    for chain in listener["filter_chains"]:
        chain["filters"][-1]["typed_config"]["access_log"] = [log]


def everything(configurations: list[dict[str, Any]], log: Path) -> dict[str, Any]:
    """All of them as one, with the settings of the first."""
    parts = [one["static_resources"] for one in configurations]
    for part in parts:
        for listener in part["listeners"]:
            with_log(listener, log)
    clusters = {cluster["name"]: cluster for part in parts for cluster in part["clusters"]}
    listeners = [listener for part in parts for listener in part["listeners"]]
    static = {"listeners": listeners, "clusters": list(clusters.values())}
    return configurations[0] | {"static_resources": static}


@dataclass(frozen=True)
class Gateways:
    """The Envoy that plays all of them."""

    addresses: dict[str, Address]
    log: Path
    seen: Seen

    def ask(self, name: str) -> Reply:
        """Send the request of a vector."""
        sent = PLAIN[name]["request"]
        query = f"?{sent['query']}" if "query" in sent else ""
        headers = [*sent.get("headers", {}).items(), (VECTOR, quote(name))]
        return request(
            self.addresses[name],
            sent["path"] + query,
            method=sent.get("method", "GET"),
            headers=headers,
            host=sent["host"],
        )

    def logged(self, name: str, count: int = 1) -> dict[str, Any]:
        """What the access log says of the last of some requests of a vector."""
        deadline = time.monotonic() + LOGGED_WITHIN_S
        while time.monotonic() < deadline:
            text = self.log.read_text(encoding="utf-8") if self.log.exists() else ""
            lines = [json.loads(line) for line in text.splitlines(keepends=True) if line.endswith("\n")]
            found = [line for line in lines if line["vector"] == quote(name)]
            if len(found) >= count:
                last: dict[str, Any] = found[-1]
                return last
            time.sleep(0.02)
        raise AssertionError(f"{name} is not in the access log")


@pytest.fixture(scope="module")
def gateways(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gateways]:
    directory = tmp_path_factory.mktemp("vectors")
    seen, log = Seen(), directory / "access.log"
    with contextlib.ExitStack() as stack:
        ports = {version: stack.enter_context(serving(seen)) for version in ("v1", "v2")}
        made = [configuration(index, vector, ports) for index, vector in enumerate(PLAIN.values())]
        options = ["--concurrency", "1", "--log-level", "warning", "--skip-deprecated-logs", *FLUSH_OPTIONS]
        config = everything(made, log)
        envoy = stack.enter_context(Envoy(config, log_path=directory / "envoy.log", options=options))
        addresses = {name: envoy.address_of(f"0.0.0.0_{FIRST_PORT + index}") for index, name in enumerate(PLAIN)}
        yield Gateways(addresses, log, seen)


@contextlib.contextmanager
def serving(seen: Seen) -> Iterator[int]:
    with ThreadingHTTPServer(("127.0.0.1", 0), workload(seen)) as server:
        server.daemon_threads = True
        thread = threading.Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        try:
            yield server.server_address[1]
        finally:
            server.shutdown()
            thread.join()


@pytest.mark.parametrize("name", ONE_ANSWER)
def test_a_request_gets_what_is_expected(name: str, gateways: Gateways) -> None:
    wanted = PLAIN[name]["expect"]
    reply = gateways.ask(name)
    logged = gateways.logged(name)

    assert reply.status == wanted["status"]
    if "flag" in wanted:
        assert logged["flags"] == wanted["flag"]
    if "body" in wanted:
        assert reply.body.decode() == wanted["body"]
    if "redirect_location" in wanted:
        assert reply.headers["location"] == wanted["redirect_location"]
    for header, value in wanted.get("response_headers", {}).items():
        assert reply.headers[header] == value
    assert not set(wanted.get("response_headers_removed", ())) & reply.headers.keys()
    if "cluster" in wanted and wanted.get("flag") != "NC":
        assert logged["cluster"].partition("~")[2] == wanted["cluster"]
    check_what_workloads_saw(wanted, gateways.seen.by_vector[quote(name)])


def check_what_workloads_saw(wanted: dict[str, Any], seen: list[dict[str, Any]]) -> None:
    if "upstream_called" in wanted:
        assert bool(seen) is wanted["upstream_called"]
    if "attempts" in wanted:
        assert len(seen) == wanted["attempts"]
    if "rewritten_path" in wanted:
        assert seen[0]["path"] == wanted["rewritten_path"]
    if "upstream_host" in wanted:
        assert seen[0]["headers"]["host"] == [wanted["upstream_host"]]
    for header, values in wanted.get("headers_added", {}).items():
        assert seen[0]["headers"][header] == values
    for header in wanted.get("headers_removed", ()):
        assert header not in seen[0]["headers"]


def test_a_mirror_gets_a_copy_for_the_same_host(gateways: Gateways) -> None:
    name = "mirror-default-100"
    before = len(gateways.seen.by_vector[name])
    gateways.ask(name)
    deadline = time.monotonic() + LOGGED_WITHIN_S
    while len(gateways.seen.by_vector[name]) < before + 2 and time.monotonic() < deadline:
        time.sleep(0.02)
    hosts = [one["headers"]["host"] for one in gateways.seen.by_vector[name]]
    assert len(hosts) >= before + 2
    assert {host for one in hosts for host in one} == {PLAIN[name]["request"]["host"]}


def test_unknown_clusters_have_their_share_and_the_rest_works(gateways: Gateways) -> None:
    name = "weighted-share-of-unknown-subset"
    statuses = {gateways.ask(name).status for _ in range(60)}
    assert statuses == set(PLAIN[name]["expect"]["statuses"])
