"""An ADS server, and Envoys that get all they have from it."""

from __future__ import annotations

import contextlib
import http.client
import http.server
import itertools
import json
import os
import socket
import threading
import time
from collections import Counter
from typing import TYPE_CHECKING, Any, Self

from authz.forwarder.servicer import AdsServer, AdsSettings
from authz.forwarder.snapshot import Snapshot
from authz.forwarder.supervisor import Envoy
from authz.runtime.quickstart.envoy_config import cluster, socket_address
from tests.e2e.support import http1

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from pathlib import Path

    from authz.forwarder.ads import Event
    from authz.forwarder.snapshot import Resource
    from authz.forwarder.stream_status import StreamStatus
    from authz.pb.core import Node

LOCALHOST = "127.0.0.1"
WITHIN_S = 30.0
XDS_CLUSTER = "xds"


_ports = itertools.count(20_000 + os.getpid() % 1_000 * 10)


def free_port() -> int:
    """A port that nobody listens on, and that no connection is given by chance: below the range for those."""
    for port in _ports:
        with socket.socket() as probe, contextlib.suppress(OSError):
            probe.bind((LOCALHOST, port))
            return port
    raise AssertionError("no port is free")


def until(happens: Callable[[], Any], what: str, within_s: float = WITHIN_S) -> None:
    """Wait for something that Envoy does when it is ready to."""
    ends = time.monotonic() + within_s
    while not happens():
        assert time.monotonic() < ends, f"{what}: not within {within_s:g} s"
        time.sleep(0.02)


class Ads:
    """A server of one snapshot for all; a new one takes over the port."""

    def __init__(self, resources: Iterable[Resource], port: int = 0, patience_s: float = 20.0) -> None:
        self.snapshot = Snapshot.of(resources)
        assert all(one.answers for one in self.snapshot.dangling_references())
        self.events: list[tuple[str, Event]] = []
        settings = AdsSettings(f"{LOCALHOST}:{port}", patience_s=patience_s)
        self.server = AdsServer(lambda _node: self.snapshot, settings, observe=self._note)
        self.port = int(self.server.address.rpartition(":")[2])
        self.server.start()

    def _note(self, node: Node, event: Event) -> None:
        self.events.append((node.id, event))

    def publish(self, resources: Iterable[Resource]) -> None:
        self.snapshot = Snapshot.of(resources)
        self.server.publish()

    def status(self, node: str) -> StreamStatus:
        return next(one for one in self.server.statuses() if one.node == node)

    def in_sync(self) -> bool:
        here = [one for one in self.server.statuses() if one.left_at is None and one.node]
        return all(one.in_sync and one.version == self.snapshot.version for one in here)

    def settled(self, resources: Iterable[Resource] | None = None) -> None:
        """Publish, and wait until every Envoy has it and nothing else."""
        if resources is not None:
            self.publish(resources)
        until(self.in_sync, f"in sync: {self.server.statuses()}")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.server.stop()


def bootstrap(node: str, port: int, *, protocol: str) -> dict[str, Any]:
    by_ads = {"ads": {}, "resource_api_version": "V3", "initial_fetch_timeout": "0s"}
    return {
        "node": {"id": node, "cluster": "test"},
        "static_resources": {"clusters": [cluster(XDS_CLUSTER, socket_address(LOCALHOST, port), http2=True)]},
        "dynamic_resources": {
            "ads_config": {
                "api_type": {"sotw": "GRPC", "delta": "DELTA_GRPC"}[protocol],
                "transport_api_version": "V3",
                "set_node_on_first_message_only": True,
                "grpc_services": [{"envoy_grpc": {"cluster_name": XDS_CLUSTER}}],
            },
            "cds_config": by_ads,
            "lds_config": by_ads,
        },
    }


def envoy(node: str, port: int, directory: Path, *, protocol: str) -> Envoy:
    """An Envoy to be started."""
    options = ("--concurrency", "1", "--log-level", "warning", "--drain-time-s", "1")
    return Envoy(
        bootstrap(node, port, protocol=protocol), name=node, log_path=directory / f"{node}.log", options=options
    )


def dumped(proxy: Envoy, resource: str) -> list[dict[str, Any]]:
    """Resources of a kind in Envoy's own words, such as `dynamic_active_clusters`."""
    _, body = proxy.admin(f"/config_dump?resource={resource}")
    configs: list[dict[str, Any]] = json.loads(body).get("configs", [])
    return configs


def cluster_names(proxy: Envoy) -> set[str]:
    return {one["cluster"]["name"] for one in dumped(proxy, "dynamic_active_clusters")}


@contextlib.contextmanager
def says(word: str) -> Iterator[int]:
    """A server that answers every GET with a word; gives its port."""

    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Length", str(len(word)))
            self.end_headers()
            self.wfile.write(word.encode())

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with http.server.ThreadingHTTPServer((LOCALHOST, 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        try:
            yield server.server_address[1]
        finally:
            server.shutdown()
            thread.join()


def get(port: int, path: str = "/") -> tuple[int, str]:
    """Status and body; status 0 where nobody listens or answers."""
    try:
        reply = http1.request((LOCALHOST, port), path)
    except (OSError, http.client.HTTPException):
        return 0, ""
    return reply.status, reply.body.decode()


class Relay:
    """A way to a port that can be cut, and mended: meanwhile nobody gets through."""

    def __init__(self, to: int) -> None:
        self._to = to
        self._listening = socket.create_server((LOCALHOST, 0))
        self.port: int = self._listening.getsockname()[1]
        self._ends: list[socket.socket] = []
        self._through = True
        self._thread = threading.Thread(target=self._accept)

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                near, _ = self._listening.accept()
                if not self._through:
                    near.close()
                    continue
                far = socket.create_connection((LOCALHOST, self._to))
                self._ends += [near, far]
                for source, sink in ((near, far), (far, near)):
                    threading.Thread(target=_copy, args=(source, sink), daemon=True).start()

    def cut(self) -> None:
        self._through = False
        for end in self._ends:
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
            end.close()
        self._ends.clear()

    def mend(self) -> None:
        self._through = True

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.cut()
        self._listening.shutdown(socket.SHUT_RDWR)
        self._listening.close()
        self._thread.join()


def _copy(source: socket.socket, sink: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while data := source.recv(65536):
            sink.sendall(data)
    with contextlib.suppress(OSError):
        sink.shutdown(socket.SHUT_RDWR)


class Traffic:
    """A caller that goes on asking, and counts the answers."""

    def __init__(self, *ports: int) -> None:
        self.answers: Counter[tuple[int, str]] = Counter()
        self._ports = ports
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run)

    def _run(self) -> None:
        while not self._stop.wait(0.002):
            for port in self._ports:
                self.answers[get(port)] += 1

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()
