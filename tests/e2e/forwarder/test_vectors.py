"""What a real Envoy does with requests when it is told what is translated: the vectors of routing at gateways."""

from __future__ import annotations

import base64
import contextlib
import json
import ssl
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest

from authz.forwarder.references import TypeUrl
from authz.forwarder.translate import Translation, translate
from authz.forwarder.translate.sds import CA_SUFFIX, KUBERNETES
from tests.e2e.support import http1
from tests.e2e.support.gateway import StaticGateway
from tests.e2e.support.noting_authorizer import NotingAuthorizer, noting_authorizer
from tests.e2e.support.origins import Origins, Seen
from tests.support.pki import Authority
from tests.support.routing_vectors import VECTORS, Vector, proxy_of, view_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = pytest.mark.e2e

MANY = 40
FAILED = http1.NO_REPLY
NOTHING_WRONG = {None, "-", "URX"}  # URX: retries as often as wanted, none of them better


def mesh_of(vector: Vector) -> str:
    return json.dumps([vector["proxy"], vector["resources"]], sort_keys=True)


RUN = sorted(
    [
        one
        for one in VECTORS
        if one["role"] == "gateway" and not one["expect"].get("rejected") and one["expect"].get("tcp") != "refused"
    ],
    key=mesh_of,
)
AUTHORITY = Authority()
NAMES = sorted({one["request"]["tls_sni"] for one in RUN if "tls_sni" in one["request"]})
PAIR = AUTHORITY.issue(dns=["localhost", *NAMES])


@dataclass
class Running:
    """A gateway that plays the mesh of a vector, and those whom it asks and sends to."""

    mesh: str
    gateway: StaticGateway
    origins: Origins
    authorizer: NotingAuthorizer
    stack: contextlib.ExitStack


class Gateways:
    """One Envoy at a time: for one mesh after the other."""

    def __init__(self, tmp_path_factory: pytest.TempPathFactory) -> None:
        self._directories = tmp_path_factory
        self._running: Running | None = None

    def running(self, vector: Vector) -> Running:
        if self._running is None or self._running.mesh != mesh_of(vector):
            self.stop()
            self._running = started(vector, self._directories.mktemp("gateway"))
        self._running.origins.forget()
        self._running.authorizer.questions.clear()
        return self._running

    def stop(self) -> None:
        if self._running is not None:
            self._running.stack.close()


def started(vector: Vector, directory: Path) -> Running:
    with contextlib.ExitStack() as stack:
        origins = stack.enter_context(Origins(directory, PAIR))
        authorizer = stack.enter_context(noting_authorizer())
        gateway = StaticGateway(translated(vector), proxy_of(vector), origins, directory, authorizer.port)
        stack.enter_context(gateway.envoy)
        return Running(mesh_of(vector), gateway, origins, authorizer, stack.pop_all())


def translated(vector: Vector) -> Translation:
    """A translation, with a secret of each name that it needs."""
    proxy = proxy_of(vector)
    missing = translate(view_of(vector), proxy).snapshot.dangling_references()
    named = [one.missing.name for one in missing if one.missing.type_url is TypeUrl.SECRET]
    found = translate(view_of(vector, *[secret(name, proxy.namespace) for name in named]), proxy)
    assert not [one for one in found.snapshot.dangling_references() if one.missing.type_url is TypeUrl.SECRET]
    return found


def secret(name: str, namespace: str) -> dict[str, Any]:
    data = (
        {"ca.crt": AUTHORITY.certificate}
        if name.endswith(CA_SUFFIX)
        else {"tls.crt": PAIR.certificate, "tls.key": PAIR.key}
    )
    return {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {"name": name.removeprefix(KUBERNETES), "namespace": namespace},
        "data": {key: base64.b64encode(value).decode() for key, value in data.items()},
    }


@pytest.fixture(scope="module")
def gateways(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gateways]:
    found = Gateways(tmp_path_factory)
    yield found
    found.stop()


def send(running: Running, request: dict[str, Any]) -> http1.Reply:
    """What the caller gets; no reply where the connection fails, in whichever way."""
    query = f"?{request['query']}" if "query" in request else ""
    tls = ssl.create_default_context(cadata=AUTHORITY.certificate.decode()) if request.get("tls") else None
    try:
        return http1.request(
            running.gateway.address_of(request["listener_port"]),
            request.get("path", "/") + query,
            method=request.get("method", "GET"),
            headers=[(name, str(value)) for name, value in request.get("headers", {}).items()],
            host=request.get("host", "localhost"),
            tls=tls,
            sni=request.get("tls_sni", "localhost"),
        )
    except (ssl.SSLError, ConnectionError):
        return FAILED


@pytest.mark.parametrize("vector", RUN, ids=[one["name"] for one in RUN])
def test_vector(gateways: Gateways, vector: Vector) -> None:
    running = gateways.running(vector)
    expected = vector["expect"]
    if "weights" in expected:
        check_shares(running, vector)
        return
    reply = send(running, vector["request"])
    if "tcp" in expected:
        check_connection(running, expected, reply)
        return
    assert reply.status == expected["status"]
    (access,) = running.gateway.accesses(1)
    assert access["flags"] in ({expected["flag"]} if "flag" in expected else NOTHING_WRONG)
    check_reply(reply, expected)
    check_upstream(running, expected)
    check_questions(running, expected)


def check_connection(running: Running, expected: dict[str, Any], reply: http1.Reply) -> None:
    """Of what does not come to requests at the gateway: it fails, or the server behind has answered itself."""
    assert (reply != FAILED) is (expected["tcp"] == "proxied")
    assert list(running.origins.seen()) == ([expected["cluster"]] if expected["tcp"] == "proxied" else [])
    assert len(running.authorizer.questions) == int(expected["tcp"] == "proxied")


def check_shares(running: Running, vector: Vector) -> None:
    """Each cluster with a weight gets some of many requests, and no other; a cluster that is not there fails them."""
    expected = vector["expect"]
    statuses = {send(running, vector["request"]).status for _ in range(MANY)}

    assert statuses == set(expected.get("statuses", [expected.get("status")]))
    there = {one["name"] for one in running.gateway.config["static_resources"]["clusters"]}
    assert set(running.origins.seen()) == {name for name in expected["weights"] if name in there}
    assert len(running.authorizer.questions) == MANY


def check_reply(reply: http1.Reply, expected: dict[str, Any]) -> None:
    for name, value in expected.get("response_headers", {}).items():
        assert reply.headers[name] == value
    assert [name for name in expected.get("response_headers_removed", ()) if name in reply.headers] == []
    assert reply.headers.get("location") == expected.get("redirect_location")
    if "body" in expected:
        assert reply.body.decode() == expected["body"]


def check_upstream(running: Running, expected: dict[str, Any]) -> None:
    """What reached servers: that which is expected, in the cluster that is expected."""
    mirrored = [one["cluster"] for one in expected.get("mirrors", ())]
    wait_for(lambda: set(running.origins.seen()) >= set(mirrored))
    seen = running.origins.seen()
    reached = expected.get("upstream_called", "cluster" in expected and expected.get("flag") not in {"NC", "UH"})
    if not reached:
        assert seen == {}
        return
    assert set(seen) == {expected["cluster"], *mirrored}
    assert [len(requests) for requests in seen.values()] == [expected.get("attempts", 1)] * len(seen)
    for request in (requests[0] for requests in seen.values()):
        check_seen(request, expected)


def check_seen(seen: Seen, expected: dict[str, Any]) -> None:
    if "rewritten_path" in expected:
        assert seen.target == expected["rewritten_path"]
    if "upstream_host" in expected:
        assert seen.headers["host"] == [expected["upstream_host"]]
    if "mirrors" in expected:
        assert seen.headers["host"] == ["app.example.com"]
    for name, values in expected.get("headers_added", {}).items():
        assert seen.headers[name] == values
    assert [name for name in expected.get("headers_removed", ()) if name in seen.headers] == []


def check_questions(running: Running, expected: dict[str, Any]) -> None:
    """Everything that has a route is asked about once, whatever its answer is then; nothing else is."""
    questions = running.authorizer.questions
    assert len(questions) == int(expected.get("ext_authz_check", expected.get("flag") != "NR"))
    for question in questions:
        assert question.metadata["authz-role"] == "gateway"
        assert question.metadata["authz-namespace"] == "istio-system"


def wait_for(happens: Any) -> None:
    ends = time.monotonic() + http1.TIMEOUT_S
    while not happens():
        assert time.monotonic() < ends
        time.sleep(0.01)


def test_vectors_of_every_sort_are_run() -> None:
    assert len(RUN) > 55
    assert {one["expect"].get("flag") for one in RUN} >= {"NR", "NC", "UH", "UT", "FI", None}
    assert {one["expect"].get("tcp") for one in RUN} >= {"reset", "proxied", "handshake-failure", None}
