"""Just enough HTTP/2 to send one request with any header fields and read its status and body.

Source: RFC 9113 (frames), RFC 7541 (HPACK). Header fields are sent as literals;
of those that come back only `:status` is read, which servers send first.
"""

from __future__ import annotations

import contextlib
import struct
from typing import TYPE_CHECKING

from tests.e2e.support.http1 import NO_REPLY, Address, Reply, connect

if TYPE_CHECKING:
    import socket
    import ssl
    from collections.abc import Iterator, Sequence

PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
DATA, HEADERS, RST_STREAM, SETTINGS, GOAWAY = 0, 1, 3, 4, 7
ACK = END_STREAM = 0x1
END_HEADERS = 0x4
NO_DYNAMIC_TABLE = struct.pack(">HI", 0x1, 0)

STATIC_STATUS = {8: 200, 9: 204, 10: 206, 11: 304, 12: 400, 13: 404, 14: 500}
HUFFMAN_DIGITS = {
    "00000": "0",
    "00001": "1",
    "00010": "2",
    "011001": "3",
    "011010": "4",
    "011011": "5",
    "011100": "6",
    "011101": "7",
    "011110": "8",
    "011111": "9",
}


def get(address: Address, path: str, *headers: tuple[str, str | bytes], tls: ssl.SSLContext | None = None) -> Reply:
    """GET a `:path` as it stands."""
    pseudo = [(":method", "GET"), (":scheme", "http"), (":authority", "web.test"), (":path", path)]
    return request(address, [*pseudo, *headers], tls)


def request(address: Address, headers: Sequence[tuple[str, str | bytes]], tls: ssl.SSLContext | None = None) -> Reply:
    """Send one request without a body; status 0 where stream or connection were ended instead of answered."""
    block = b"".join(b"\x00" + _string(name) + _string(value) for name, value in headers)
    with contextlib.closing(connect(address, tls)) as connection:
        connection.sendall(PREFACE + _frame(SETTINGS, 0, NO_DYNAMIC_TABLE))
        connection.sendall(_frame(HEADERS, END_HEADERS | END_STREAM, block, stream=1))
        try:
            return _read_reply(connection)
        except ConnectionError:
            return NO_REPLY


def _read_reply(connection: socket.socket) -> Reply:
    status, body = 0, b""
    for kind, flags, stream, payload in _frames(connection):
        if kind == SETTINGS and not flags & ACK:
            connection.sendall(_frame(SETTINGS, ACK, b""))
        if kind in {RST_STREAM, GOAWAY}:
            break
        if stream == 1 and kind == HEADERS:
            status = _status(payload)
        if stream == 1 and kind == DATA:
            body += payload
        if stream == 1 and kind in {HEADERS, DATA} and flags & END_STREAM:
            break
    return Reply(status, {}, body)


def _frames(connection: socket.socket) -> Iterator[tuple[int, int, int, bytes]]:
    with connection.makefile("rb") as file:
        while len(head := file.read(9)) == 9:
            length, kind, flags, stream = int.from_bytes(head[:3]), head[3], head[4], int.from_bytes(head[5:9])
            yield kind, flags, stream, file.read(length)


def _frame(kind: int, flags: int, payload: bytes, stream: int = 0) -> bytes:
    return len(payload).to_bytes(3) + bytes([kind, flags]) + stream.to_bytes(4) + payload


def _string(text: str | bytes) -> bytes:
    data = text.encode() if isinstance(text, str) else text
    if len(data) < 127:
        return bytes([len(data)]) + data
    rest, length = [], len(data) - 127
    while length > 127:
        rest.append(length & 127 | 128)
        length >>= 7
    return bytes([127, *rest, length]) + data


def _status(block: bytes) -> int:
    while block[0] & 0xE0 == 0x20:  # the size of the dynamic table, which is 0
        block = block[1:]
    if block[0] & 0x80:
        return STATIC_STATUS[block[0] & 0x7F]
    assert block[0] & 0x0F == 8, "the first field is not :status"
    length, text = block[1] & 0x7F, block[2:]
    if not block[1] & 0x80:
        return int(text[:length])
    bits = "".join(f"{byte:08b}" for byte in text[:length])
    digits = ""
    while len(digits) < 3:
        width = next(width for width in (5, 6) if bits[:width] in HUFFMAN_DIGITS)
        digits, bits = digits + HUFFMAN_DIGITS[bits[:width]], bits[width:]
    return int(digits)
