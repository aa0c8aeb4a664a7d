"""What becomes of a request: held against the vectors of routing, which a real Envoy has answered."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from authz.forwarder.load import RoutingFiles, RoutingLoader
from authz.forwarder.lookup import Asked, Found, Outcome, look_up
from authz.forwarder.lookup.view import weighted_clusters
from authz.forwarder.proxy import Proxy
from authz.forwarder.translate import Translation, translate
from authz.resources.documents import SourceFile
from tests.support.gateways import HTTP, HTTPS, PROXY, SIMPLE, TCP, gateway, view, virtual_service

Row = dict[str, Any]

_ALL = yaml.safe_load((Path(__file__).parents[3] / "data" / "routing-vectors.yaml").read_text())
ROWS = [
    row
    for row in (*_ALL["vectors"], *_ALL["more_vectors"])
    if row["role"] == "gateway" and "host" in row.get("request", {}) and "rejected" not in row["expect"]
]
TO_A = "route: [{destination: {host: a.default.svc.cluster.local, port: {number: 80}}}]"


def translated(row: Row) -> Translation:
    files = tuple([SourceFile(f"{n}.json", json.dumps(one).encode()) for n, one in enumerate(row["resources"])])
    loaded = RoutingLoader().load(RoutingFiles("row", files))
    proxy = Proxy(row["proxy"]["namespace"], frozenset(row["proxy"].get("labels", {}).items()))
    return translate(loaded.good_view, proxy)


def asked(request: Row) -> Asked:
    query = f"?{request['query']}" if request.get("query") else ""
    headers = tuple([(name, str(value)) for name, value in (request.get("headers") or {}).items()])
    target = request.get("path", "/") + query
    method, sni = request.get("method", "GET"), request.get("tls_sni", "")
    return Asked(request["listener_port"], request["host"], target, method, headers, sni)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row["name"])
def test_row(row: Row) -> None:
    expect = row["expect"]
    found = look_up(translated(row), asked(row["request"]))

    if expect.get("tcp") in {"refused", "reset"}:
        assert found.outcome in {Outcome.NO_LISTENER, Outcome.NO_CHAIN}
    if expect.get("status") == 404:
        assert found.outcome in {Outcome.NO_HOST, Outcome.NO_ROUTE}
    if "cluster" in expect:
        assert found.message is not None
        assert expect["cluster"] in dict(weighted_clusters(found.message))
    if "weights" in expect:
        assert found.message is not None
        assert dict(weighted_clusters(found.message)).keys() == {*expect["weights"]} - {
            name for name, weight in expect["weights"].items() if not weight
        }


def test_there_are_rows() -> None:
    assert len(ROWS) == 61


def look(*documents: str, port: int = 80, host: str = "a.com", target: str = "/", **more: Any) -> Found:
    return look_up(translate(view(*documents), PROXY), Asked(port, host, target, **more))


def test_nothing_listens_where_there_is_no_gateway() -> None:
    assert look().outcome is Outcome.NO_LISTENER


def test_a_port_may_be_asked_for_as_it_is_listened_on() -> None:
    documents = gateway(f"{HTTP}, hosts: [a.com]"), virtual_service(f"hosts: [a.com], http: [{{{TO_A}}}]")
    translation = translate(view(*documents), Proxy("istio-system", PROXY.labels, port_map=((80, 8080),)))

    assert look_up(translation, Asked(80, "a.com")).outcome is Outcome.ROUTED
    assert look_up(translation, Asked(8080, "a.com")).outcome is Outcome.ROUTED
    assert look_up(translation, Asked(8081, "a.com")).outcome is Outcome.NO_LISTENER


def test_the_name_in_the_handshake_picks_the_server() -> None:
    documents = (
        gateway(f"{HTTPS}, hosts: [a.com], {SIMPLE}"),
        virtual_service(f"hosts: [a.com], http: [{{{TO_A}}}]"),
    )

    assert look(*documents, port=443, sni="b.com").outcome is Outcome.NO_CHAIN
    assert look(*documents, port=443, sni="a.com").outcome is Outcome.ROUTED
    assert look(*documents, port=443, sni="a.com", host="b.com").outcome is Outcome.NO_HOST


def test_a_redirect_to_https_comes_before_routes() -> None:
    assert look(gateway(f"{HTTP}, hosts: [a.com], tls: {{httpsRedirect: true}}")).outcome is Outcome.TO_HTTPS


def test_bytes_have_no_requests_in_them() -> None:
    route = "hosts: [a.com], tcp: [{route: [{destination: {host: a}}]}]"

    assert look(gateway(f"{TCP}, hosts: ['*']"), virtual_service(route), port=9000).outcome is Outcome.BYTES


def test_what_a_request_has_passed_by_is_told() -> None:
    first = f"{{match: [{{uri: {{exact: /x}}}}], {TO_A}}}"
    found = look(gateway(f"{HTTP}, hosts: [a.com]"), virtual_service(f"hosts: [a.com], http: [{first}, {{{TO_A}}}]"))

    assert found.outcome is Outcome.ROUTED
    assert len(found.passed_by) == 1
    assert look(gateway(f"{HTTP}, hosts: [a.com]"), virtual_service(f"hosts: [a.com], http: [{first}]")).outcome is (
        Outcome.NO_ROUTE
    )


def test_lines_of_one_header_are_joined() -> None:
    wants = f"{{match: [{{headers: {{x-a: {{exact: 'b,c'}}}}}}], {TO_A}}}"
    documents = gateway(f"{HTTP}, hosts: [a.com]"), virtual_service(f"hosts: [a.com], http: [{wants}]")

    assert look(*documents, headers=(("X-A", "b"), ("x-a", "c"))).outcome is Outcome.ROUTED
    assert look(*documents, headers=(("X-A", "b"),)).outcome is Outcome.NO_ROUTE


def test_a_route_for_claims_is_for_nobody_here() -> None:
    wants = f"{{match: [{{headers: {{'@request.auth.claims.sub': {{exact: me}}}}}}], {TO_A}}}"

    assert (
        look(gateway(f"{HTTP}, hosts: [a.com]"), virtual_service(f"hosts: [a.com], http: [{wants}]")).outcome
        is Outcome.NO_ROUTE
    )
