"""Sending one row of the table to a proxy, exactly as written."""

from __future__ import annotations

import contextlib
import http.client
import json
import socket
import ssl
from dataclasses import dataclass
from typing import TYPE_CHECKING

from authz.runtime.quickstart.backend import USER_HEADER
from authz.runtime.quickstart.gateway import HOST_NAME
from authz.runtime.quickstart.scenario import GATEWAY

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from authz.runtime.quickstart.certificates import KeyPair
    from authz.runtime.quickstart.scenario import Caller, Row

TIMEOUT_S = 10.0


@dataclass(frozen=True, slots=True)
class Credentials:
    """What the callers hold. Who has a certificate calls over TLS, everybody else in plain text."""

    tokens: Mapping[Caller, str]
    certificates: Mapping[Caller, KeyPair]
    ca: Path


@dataclass(frozen=True, slots=True)
class Reply:
    """What the caller saw; `request_id` finds the request in Envoy's access log."""

    status: int
    request_id: str
    body: str

    def said_by_my_app(self, what: str) -> str | None:
        """Read what my-app says of itself or of its caller; None where Envoy answered."""
        try:
            said = json.loads(self.body)
        except ValueError:
            return None
        return said.get(what) if isinstance(said, dict) else None


def ask(row: Row, address: tuple[str, int], credentials: Credentials) -> Reply:
    """Send the request of `row` to `address`. Raises OSError or HTTPException where no whole answer comes."""
    token = credentials.tokens.get(row.caller)
    headers = {"authorization": f"Bearer {token}"} if token else {}
    if row.claimed_user:
        headers[USER_HEADER] = row.claimed_user
    if row.host:
        headers["host"] = row.host
    with contextlib.closing(_connection(row, address, credentials)) as connection:
        connection.request(row.method, row.path, headers=headers)
        response = connection.getresponse()
        body = response.read().decode("utf-8", "replace")
        return Reply(response.status, response.getheader("x-request-id", ""), body)


def _connection(row: Row, address: tuple[str, int], credentials: Credentials) -> http.client.HTTPConnection:
    if row.at == GATEWAY:
        return _to_gateway(address, credentials.ca)
    certificate = credentials.certificates.get(row.caller)
    if certificate is None:
        return http.client.HTTPConnection(*address, timeout=TIMEOUT_S)
    context = ssl.create_default_context(cafile=str(credentials.ca))
    context.load_cert_chain(certificate.certificate, certificate.key)
    return http.client.HTTPSConnection(*address, timeout=TIMEOUT_S, context=context)


def _to_gateway(address: tuple[str, int], ca: Path) -> http.client.HTTPConnection:
    """Go to an address as if DNS had it for the gateway's host, and have the certificate prove that name."""
    context = ssl.create_default_context(cafile=str(ca))
    connection = http.client.HTTPSConnection(HOST_NAME, timeout=TIMEOUT_S)
    plain = socket.create_connection(address, TIMEOUT_S)
    try:
        connection.sock = context.wrap_socket(plain, server_hostname=HOST_NAME)
    except OSError:
        plain.close()
        raise
    return connection
