"""The gateway and its authorizer: `authz up` as a child process, as a user would start it, and what it needs of a mesh.

The policies are served from where they lie. What a cluster would have beside
them, and nobody would write into a file, is made in a directory of its own: the
Secret of the Gateway, the Service of my-app and a WorkloadEntry for each version.
"""

from __future__ import annotations

import base64
import json
import re
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self

from authz.forwarder.supervisor import LoggedProcess, Surroundings
from authz.runtime.quickstart.certificates import write_private
from authz.runtime.quickstart.scenario import NAMESPACE

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path
    from types import TracebackType

    from authz.runtime.quickstart.certificates import KeyPair

UP = (sys.executable, "-m", "authz", "up")
HOST_NAME = "my-app.example.com"  # policies/quickstart/gateway.yaml
GATEWAY_NAMESPACE = "istio-system"
GATEWAY_LABELS = "istio=ingressgateway"
GATEWAY_PORT = 443

_CREDENTIAL = "my-app-cert"
_LOCALHOST = "127.0.0.1"
_READY_WITHIN_S = 40.0
_STOP_WITHIN_S = 10.0
_READY = re.compile(
    r"^authz ready: forwarding on .+, asking (?P<address>\S+), (?P<resources>\d+) resources, version (?P<version>\S+)$",
    re.MULTILINE,
)


@dataclass(frozen=True, slots=True)
class Ready:
    """What the ready line says. `authorizer`: where it listens. `resources`, `version`: of what routes by."""

    authorizer: str
    resources: int
    version: str


def parse_ready(log: str) -> Ready | None:
    """Find the ready line in what `authz up` has written; None where it is not there yet."""
    found = _READY.search(log)
    return None if found is None else Ready(found["address"], int(found["resources"]), found["version"])


def write_mesh(directory: Path, server: KeyPair, ports: Mapping[str, int]) -> Path:
    """Write what the routing resources name into `directory`. `ports`: those of my-app's proxies, by version."""
    directory.mkdir(mode=0o700)
    secret = {
        "tls.crt": base64.b64encode(server.certificate.read_bytes()).decode(),
        "tls.key": base64.b64encode(server.key.read_bytes()).decode(),
    }
    port = {"name": "http", "port": 80, "targetPort": 8080}
    documents = {
        "secret": _resource("v1", "Secret", _CREDENTIAL, GATEWAY_NAMESPACE, type="kubernetes.io/tls", data=secret),
        "service": _resource("v1", "Service", "my-app", spec={"selector": {"app": "my-app"}, "ports": [port]}),
        **{f"my-app-{version}": _workload(version, number) for version, number in ports.items()},
    }
    for name, document in documents.items():
        write_private(directory / f"{name}.json", json.dumps(document, indent=2).encode())
    return directory


def _workload(version: str, port: int) -> dict[str, Any]:
    spec = {
        "address": _LOCALHOST,
        "ports": {"http": port},
        "labels": {"app": "my-app", "version": version},
        "serviceAccount": "my-app",
    }
    return _resource("networking.istio.io/v1", "WorkloadEntry", f"my-app-{version}", spec=spec)


def _resource(api_version: str, kind: str, name: str, namespace: str = NAMESPACE, **fields: Any) -> dict[str, Any]:
    return {"apiVersion": api_version, "kind": kind, "metadata": {"name": name, "namespace": namespace}, **fields}


class UpProcess:
    """A running `authz up`. Its two streams, and those of what it runs, go to one log file."""

    def __init__(
        self, arguments: Sequence[str], log_path: Path, *, command: Sequence[str] = UP, surroundings: Surroundings
    ) -> None:
        """Start it and wait for its ready line. Raises ProcessFailedError, and leaves nothing running then."""
        self.process = LoggedProcess("authz up", [*command, *arguments], log_path, surroundings)
        try:
            self.ready = self.process.wait_until(lambda: parse_ready(self.process.log()), _READY_WITHIN_S)
        except BaseException:
            self.stop()
            raise

    def stop(self) -> int:
        """End it as an orchestrator would, and give its status."""
        return self.process.stop(_STOP_WITHIN_S)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.stop()
