import pytest

from authz.model.routing.gateway_ref import GatewayRef
from authz.model.routing.http_match import HttpMatch
from authz.model.routing.matching import Exact, NamedMatch, Prefix, Regex
from tests.support.routes import http, match


def test_every_field_is_read() -> None:
    found = match(
        "{name: n, uri: {prefix: /v1}, ignoreUriCase: true, scheme: {exact: https}, method: {regex: GET|PUT},"
        " authority: {exact: a.com}, headers: {x-a: {prefix: b}}, withoutHeaders: {x-c: {exact: d}},"
        " queryParams: {e: {exact: f}}, port: 80, gateways: [gw], sourceLabels: {app: g}, sourceNamespace: h,"
        " statPrefix: i}",
        gateways="[gw]",
    )
    assert found == HttpMatch(
        where=found.where,
        name="n",
        uri=Prefix("/v1"),
        ignore_uri_case=True,
        scheme=Exact("https"),
        method=Regex("GET|PUT"),
        authority=Exact("a.com"),
        headers=(NamedMatch("x-a", Prefix("b")),),
        without_headers=(NamedMatch("x-c", Exact("d")),),
        query_params=(NamedMatch("e", Exact("f")),),
        port=80,
        gateways=(GatewayRef("foo", "gw"),),
        source_labels=frozenset({("app", "g")}),
        source_namespace="h",
        stat_prefix="i",
    )
    assert str(found.where) == "a.yaml:4:56"


@pytest.mark.parametrize("text", ["{}", "{port: 0}", "{uri: {}}", "{ignoreUriCase: false, name: ''}"])
def test_what_asks_for_nothing_is_for_every_request(text: str) -> None:
    found = match(text)
    assert found == HttpMatch(found.where)


def test_a_route_may_have_several_matches_or_none() -> None:
    assert http("{redirect: {uri: /}}").matches == ()
    several = http("{match: [{uri: {exact: /a}}, {uri: {exact: /b}}], redirect: {uri: /}}").matches
    assert [one.uri for one in several] == [Exact("/a"), Exact("/b")]
