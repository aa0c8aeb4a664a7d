"""An Envoy that has a whole translation as one file, with servers of the test behind all of its clusters."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING, Any

from authz.forwarder.static import static_configuration
from authz.forwarder.supervisor import Envoy
from authz.runtime.quickstart.envoy_config import typed

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from authz.forwarder.proxy import Proxy
    from authz.forwarder.translate import Translation
    from tests.e2e.support.origins import Origins

LOCALHOST = "127.0.0.1"
_OPTIONS = ("--concurrency", "1", "--log-level", "warning", "--file-flush-interval-msec", "20")
_MANAGER = "envoy.filters.network.http_connection_manager"
_OF_MESH = "outbound"
_WITHIN_S = 10.0


class StaticGateway:
    """`envoy` is to be entered. `authorizer`: the port of one on loopback. `secrets`: those that nobody has written."""

    def __init__(
        self,
        translation: Translation,
        proxy: Proxy,
        origins: Origins,
        directory: Path,
        authorizer: int,
        *,
        secrets: Sequence[dict[str, Any]] = (),
    ) -> None:
        config: dict[str, Any] = static_configuration(
            translation.snapshot, proxy, f"{LOCALHOST}:{authorizer}", with_keys=True
        )
        config["static_resources"]["secrets"].extend(secrets)
        self._log = directory / "access.log"
        self._read = 0
        self.config: dict[str, Any] = _on_loopback(config, origins, self._log)
        self.envoy = Envoy(self.config, log_path=directory / "envoy.log", options=_OPTIONS)

    def address_of(self, port: int) -> tuple[str, int]:
        """Where a port of the translation is listened on."""
        return self.envoy.address_of(f"0.0.0.0_{port}")

    def accesses(self, wanted: int) -> list[dict[str, Any]]:
        """The next entries of the access log, of which at least so many will come."""
        ends = time.monotonic() + _WITHIN_S
        while True:
            lines = self._log.read_text(encoding="utf-8").splitlines() if self._log.exists() else []
            if len(lines) - self._read >= wanted:
                found, self._read = lines[self._read :], len(lines)
                return [json.loads(line) for line in found]
            assert time.monotonic() < ends, f"{wanted} entries of the access log: not within {_WITHIN_S:g} s"
            time.sleep(0.01)


def _on_loopback(config: dict[str, Any], origins: Origins, log: Path) -> dict[str, Any]:
    """The same with free ports, servers of the test as endpoints, and an access log; nothing else is changed."""
    changed: dict[str, Any] = json.loads(json.dumps(config))
    static = changed["static_resources"]
    for listener in static["listeners"]:
        listener["address"] = {"socket_address": {"address": LOCALHOST, "port_value": 0}}
        for chain in listener["filter_chains"]:
            for one in chain["filters"]:
                if one["name"] == _MANAGER:
                    one["typed_config"]["access_log"] = [_access_log(log)]
    for cluster in static["clusters"]:
        if cluster["name"].startswith(_OF_MESH):
            for place in cluster.get("load_assignment", {}).get("endpoints", ()):
                for endpoint in place.get("lb_endpoints", ()):
                    port = origins.port_of(cluster["name"])
                    endpoint["endpoint"]["address"] = {"socket_address": {"address": LOCALHOST, "port_value": port}}
    return changed


def _access_log(path: Path) -> dict[str, Any]:
    fields = {"flags": "%RESPONSE_FLAGS%", "cluster": "%UPSTREAM_CLUSTER%", "route": "%ROUTE_NAME%"}
    return typed(
        "envoy.access_loggers.file",
        "access_loggers.file.v3.FileAccessLog",
        path=str(path),
        log_format={"json_format": fields},
    )
