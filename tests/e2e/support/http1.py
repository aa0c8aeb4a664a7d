"""An HTTP/1.1 client that sends what it is told, byte for byte, however odd."""

from __future__ import annotations

import http.client
import socket
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import ssl
    from collections.abc import Mapping, Sequence

Address = tuple[str, int]
TIMEOUT_S = 10.0


@dataclass(frozen=True, slots=True)
class Reply:
    """What came back; `status` 0 means that the connection ended without a word. Header names are in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes


NO_REPLY = Reply(0, {}, b"")


def get(address: Address, target: str | bytes, *headers: tuple[str, str | bytes], host: str | None = "web.test") -> int:
    """GET a request target as it stands, and give the status. `host` None: no Host header."""
    return request(address, target, headers=headers, host=host).status


def request(
    address: Address,
    target: str | bytes = "/",
    *,
    method: str = "GET",
    headers: Sequence[tuple[str, str | bytes]] = (),
    host: str | None = "web.test",
    tls: ssl.SSLContext | None = None,
    sni: str = "localhost",
) -> Reply:
    """Send one request and read its answer. Text is sent as UTF-8, bytes as they are. `sni`: as in `connect`."""
    first = [("Host", host)] if host is not None else []
    lines = [b" ".join([method.encode(), _bytes(target), b"HTTP/1.1"])]
    lines += [b": ".join([name.encode(), _bytes(value)]) for name, value in [*first, *headers, ("Connection", "close")]]
    with connect(address, tls, sni) as connection:
        try:
            connection.sendall(b"\r\n".join([*lines, b"", b""]))
            return _read_reply(connection, method)
        except (ConnectionError, http.client.RemoteDisconnected):
            return NO_REPLY


def _read_reply(connection: socket.socket, method: str) -> Reply:
    with http.client.HTTPResponse(connection, method=method) as response:
        response.begin()
        headers = {name.lower(): value for name, value in response.getheaders()}
        return Reply(response.status, headers, response.read())


def exchange(address: Address, sent: bytes) -> bytes:
    """Send bytes and give all that comes back, until the other side closes."""
    with connect(address) as connection:
        connection.sendall(sent)
        return b"".join(iter(lambda: connection.recv(65536), b""))


def connect(address: Address, tls: ssl.SSLContext | None = None, sni: str = "localhost") -> socket.socket:
    """Open a connection, with TLS to the server of a name where a context is given.

    Raises ssl.SSLError or ConnectionError where the handshake fails.
    """
    plain = socket.create_connection(address, TIMEOUT_S)
    if tls is None:
        return plain
    try:
        return tls.wrap_socket(plain, server_hostname=sni)
    except BaseException:
        plain.close()
        raise


def _bytes(text: str | bytes) -> bytes:
    return text.encode() if isinstance(text, str) else text
