"""A whole translation: all that one gateway is told, and what of it is not done as it is written."""

from __future__ import annotations

from dataclasses import replace

from authz.forwarder.proxy import Proxy
from authz.forwarder.references import TypeUrl
from authz.forwarder.translate import Translation, translate
from tests.support.gateways import HTTP, HTTPS, PROXY, SIMPLE, gateway, view, virtual_service
from tests.support.mesh import document, kubernetes

WEB = kubernetes("Service", "{ports: [{port: 80, name: http}]}", "name: web, namespace: istio-system")
CLUSTER = "outbound|80||web.istio-system.svc.cluster.local"
TO_WEB = "http: [{route: [{destination: {host: web}}]}]"
MESH = (
    gateway(f"{HTTP}, hosts: [a.com]", f"{HTTPS}, hosts: [a.com], {SIMPLE}"),
    WEB,
    virtual_service(f"hosts: [a.com], {TO_WEB}"),
)


def names(found: Translation, type_url: TypeUrl) -> list[str]:
    return list(found.snapshot.of_type(type_url))


def test_a_gateway_is_told_listeners_their_routes_and_the_clusters() -> None:
    found = translate(view(*MESH), PROXY)

    assert names(found, TypeUrl.LISTENER) == ["0.0.0.0_443", "0.0.0.0_80"]
    assert names(found, TypeUrl.ROUTE) == ["http.80", "https.443.https.g.istio-system"]
    assert CLUSTER in names(found, TypeUrl.CLUSTER)
    assert names(found, TypeUrl.SECRET) == []


def test_of_what_is_named_only_the_authorizer_and_secrets_may_be_missing() -> None:
    missing = translate(view(*MESH), PROXY).snapshot.dangling_references()

    assert {one.missing.name for one in missing} == {"authz", "kubernetes://cert"}
    assert all(one.answers for one in missing)


def test_a_secret_that_is_missing_is_told_of_where_its_server_is_written() -> None:
    (remark,) = translate(view(*MESH), PROXY).remarks

    assert remark.text.startswith("kubernetes://cert: there is no Secret istio-system/cert")


def test_remarks_of_all_parts_are_in_order_and_each_once() -> None:
    late = gateway(f"{HTTPS}, hosts: [a.com], {SIMPLE}", name="late")
    lost = virtual_service("hosts: [b.com], http: [{route: [{destination: {host: nowhere}}]}]", "lost")
    found = translate(view(*MESH, late, lost), PROXY).remarks

    assert list(found) == sorted(set(found))
    texts = [remark.text for remark in found]
    for part in ("of Gateway istio-system/late is not served", "none of its hosts is one of a server", "no Secret"):
        assert any(part in text for text in texts)


def test_a_proxy_that_no_gateway_selects_listens_to_nothing() -> None:
    found = translate(view(*MESH), Proxy("istio-system"))

    assert names(found, TypeUrl.LISTENER) == []
    assert names(found, TypeUrl.ROUTE) == []


def test_routes_of_a_listener_that_is_not_there_are_not_told() -> None:
    passed = "port: {number: 443, name: tls, protocol: TLS}, tls: {mode: PASSTHROUGH}, hosts: ['*.com']"
    passing = virtual_service(
        "hosts: [a.com], tls: [{match: [{sniHosts: [a.com]}], route: [{destination: {host: web}}]}]",
        gateways="istio-system/a",
    )
    ended = gateway(f"{HTTPS}, hosts: [a.com], {SIMPLE}", name="b")
    found = translate(view(gateway(passed, name="a"), ended, passing, WEB), PROXY)

    assert names(found, TypeUrl.LISTENER) == ["0.0.0.0_443"]
    assert names(found, TypeUrl.ROUTE) == []


def test_clusters_of_the_mesh_are_there_where_connections_pass_on_to_it() -> None:
    of_mesh = "port: {number: 15443, name: tls, protocol: TLS}, tls: {mode: AUTO_PASSTHROUGH}, hosts: ['*.local']"
    passes_on = f"outbound_.80_._.{CLUSTER.rpartition('|')[2]}"

    assert passes_on in names(translate(view(WEB, gateway(of_mesh)), PROXY), TypeUrl.CLUSTER)
    assert passes_on not in names(translate(view(*MESH), PROXY), TypeUrl.CLUSTER)


def test_a_memo_changes_nothing_but_time() -> None:
    first = translate(view(*MESH), PROXY)
    more = (*MESH, virtual_service(f"hosts: [a.com], {TO_WEB}", "more"))
    again = translate(view(*more), PROXY, first.memo)

    assert again.snapshot.version == translate(view(*more), PROXY).snapshot.version
    assert again.snapshot.version != first.snapshot.version


def test_endpoints_change_neither_listeners_nor_routes() -> None:
    def told(address: str) -> Translation:
        endpoint = document(
            "ServiceEntry",
            "{hosts: [b.com], resolution: STATIC, ports: [{number: 80, name: http, protocol: HTTP}], "
            f"endpoints: [{{address: {address}}}]}}",
        )
        return translate(view(*MESH, endpoint), PROXY)

    first, second = told("10.0.0.1").snapshot.versions, told("10.0.0.2").snapshot.versions

    assert {type_url for type_url in TypeUrl if first[type_url] != second[type_url]} == {TypeUrl.ENDPOINT}


def test_without_an_authorizer_no_part_of_it_is_named() -> None:
    found = translate(view(*MESH), replace(PROXY, authorizer=None)).snapshot

    assert not [resource for resource in found if b"ext_authz" in resource.packed]
    assert [resource for resource in translate(view(*MESH), PROXY).snapshot if b"ext_authz" in resource.packed]


BY_CLAIMS = virtual_service(
    "hosts: [b.com], http: [{match: [{headers: {'@request.auth.claims.group': {exact: beta}}}], "
    "route: [{destination: {host: web}}]}]",
    "by-claims",
)
TOKENS = document(
    "RequestAuthentication",
    "{jwtRules: [{issuer: a, jwksUri: 'https://keys.example/'}]}",
    "name: a, namespace: istio-system",
    "security.istio.io/v1",
)
TWO = gateway(f"{HTTP}, hosts: [b.com]", f"{HTTPS}, hosts: [a.com], {SIMPLE}")


def test_where_no_token_is_read_a_route_by_claims_is_told_of() -> None:
    found = translate(view(gateway(f"{HTTP}, hosts: [b.com]"), WEB, BY_CLAIMS), PROXY)

    (remark,) = found.remarks
    assert remark.text.startswith("no RequestAuthentication that is for this proxy has keys")


def test_tokens_are_read_before_the_authorizer_is_asked_where_a_route_asks_for_claims_and_not_elsewhere() -> None:
    snapshot = translate(view(TWO, WEB, BY_CLAIMS, TOKENS), PROXY).snapshot
    listeners = snapshot.of_type(TypeUrl.LISTENER)
    packed = listeners["0.0.0.0_80"].packed

    assert 0 < packed.index(b"http.jwt_authn.v3") < packed.index(b"http.ext_authz.v3")
    assert b"jwt_authn" not in listeners["0.0.0.0_443"].packed


def test_the_cluster_of_keys_is_told_with_its_authorities_and_is_no_cluster_of_the_mesh() -> None:
    found = translate(view(TWO, WEB, BY_CLAIMS, TOKENS), PROXY)

    assert "jwks|443|https|keys.example" in names(found, TypeUrl.CLUSTER)
    assert "file-root:system" in names(found, TypeUrl.SECRET)
    assert {one.missing.name for one in found.snapshot.dangling_references()} == {"authz", "kubernetes://cert"}


def test_where_no_route_asks_for_claims_nothing_of_tokens_is_told() -> None:
    found = translate(view(*MESH, TOKENS), PROXY).snapshot

    assert found.version == translate(view(*MESH), PROXY).snapshot.version
