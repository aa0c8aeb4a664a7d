"""Envoy's admin interface, over a unix socket or TCP."""

from __future__ import annotations

import contextlib
import http.client
import json
import socket
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

_TIMEOUT_S = 2.0
_CONNECTIONS = "server.total_connections"


class Admin:
    """The admin interface of one Envoy. Whoever reaches it can read the configuration and stop the proxy."""

    def __init__(self, address: Path | str) -> None:
        """`address`: a unix socket, or `HOST:PORT`."""
        self._address = address

    def get(self, target: str) -> tuple[int, str]:
        """Status and body. Raises OSError where nobody listens, HTTPException for what is no answer."""
        return self._ask("GET", target)

    def post(self, target: str) -> tuple[int, str]:
        """As `get`, for what changes something."""
        return self._ask("POST", target)

    def _ask(self, method: str, target: str) -> tuple[int, str]:
        with contextlib.closing(self._connection()) as connection:
            connection.request(method, target)
            response = connection.getresponse()
            return response.status, response.read().decode("utf-8", "replace")

    def _connection(self) -> http.client.HTTPConnection:
        if isinstance(self._address, str):
            return http.client.HTTPConnection(self._address, timeout=_TIMEOUT_S)
        return _SocketConnection(self._address)

    def is_ready(self) -> bool:
        """Whether it takes connections. Source: `/ready` is 200 once the server is LIVE, 503 before."""
        try:
            status, _ = self.get("/ready")
        except (OSError, http.client.HTTPException):
            return False
        return status == http.client.OK

    def connections(self) -> int:
        """How many connections of clients there are. Raises as `get`, and ValueError for what is no answer."""
        _, body = self.get(f"/stats?filter=^{_CONNECTIONS}$")
        return int(body.partition(": ")[2] or 0)

    def address_of(self, listener: str) -> tuple[str, int]:
        """Where a TCP listener really listens. Raises KeyError for one that is not there, and as `get`."""
        _, body = self.get("/listeners?format=json")
        for status in json.loads(body).get("listener_statuses", []):
            if status["name"] == listener:
                address = status["local_address"]["socket_address"]
                return address["address"], address["port_value"]
        raise KeyError(listener)


class _SocketConnection(http.client.HTTPConnection):
    """HTTP over a unix socket."""

    def __init__(self, path: Path) -> None:
        super().__init__("envoy-admin", timeout=_TIMEOUT_S)
        self._path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(self.timeout)
        self.sock.connect(str(self._path))
