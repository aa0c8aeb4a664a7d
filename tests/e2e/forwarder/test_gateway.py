"""A gateway's edges on a real Envoy: who is asked about what, which certificates are good, what no client can say."""

from __future__ import annotations

import base64
import contextlib
import socket
import ssl
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from authz.forwarder.proxy import AuthorizerSettings, Proxy
from authz.forwarder.translate import translate
from authz.model.path import PathNormalization
from authz.model.routing.mesh_defaults import GatewayTopology, MeshDefaults
from authz.model.workload import parse_labels
from authz.resources.mesh_config import MeshConfig
from tests.e2e.support import http1
from tests.e2e.support.gateway import StaticGateway
from tests.e2e.support.noting_authorizer import NotingAuthorizer, noting_authorizer
from tests.e2e.support.origins import Origins
from tests.e2e.support.tokens import KEYS, bearer, issued
from tests.e2e.support.xds import Ads, envoy, free_port, until
from tests.support.gateways import PROXY, gateway, view, virtual_service
from tests.support.issuer import IssuerServer, answer
from tests.support.jwts import ISSUER
from tests.support.mesh import document
from tests.support.pki import Authority, Pair

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from authz.pb.auth import CheckRequest

pytestmark = pytest.mark.e2e

HTTP = "port: {number: 80, name: http, protocol: HTTP}, hosts: ['*']"
HTTPS = "port: {number: 443, name: https, protocol: HTTPS}, hosts: [web.test]"
TCP = "port: {number: 9000, name: tcp, protocol: TCP}, hosts: ['*']"
TLS = "port: {number: 443, name: tls, protocol: TLS}"
CLUSTER = "outbound|80||web.test"
WEB = document(
    "ServiceEntry",
    "{hosts: [web.test], location: MESH_INTERNAL, resolution: STATIC, "
    "ports: [{number: 80, name: http, protocol: HTTP}], endpoints: [{address: 127.0.0.1}]}",
)
TO = "route: [{destination: {host: web.test}}]"
REQUESTS = virtual_service(f"hosts: ['*'], http: [{{{TO}}}]")
BYTES = virtual_service(f"hosts: ['*'], tcp: [{{{TO}}}]", "bytes")
OTHER_NAME, MESH_NAME = "other.test", "outbound_.80_._.web.test"
CA, OTHER_CA = Authority("ca"), Authority("other")
NAME = "web.test"
SERVER = CA.issue(dns=[NAME, OTHER_NAME, MESH_NAME])
CLIENT_ID = "spiffe://partner.example/ns/a/sa/client"
CLIENT, STRANGER = CA.issue(CLIENT_ID), OTHER_CA.issue(CLIENT_ID)


def secret(name: str, **data: bytes) -> str:
    encoded = [f"{key.replace('_', '.')}: {base64.b64encode(value).decode()}" for key, value in data.items()]
    head = f"apiVersion: v1\nkind: Secret\nmetadata: {{name: {name}, namespace: istio-system}}\n"
    return f"{head}data: {{{', '.join(encoded)}}}\n"


PAIR = {"tls_crt": SERVER.certificate, "tls_key": SERVER.key}

OF_WORKLOAD = [
    {
        "name": "default",
        "tls_certificate": {
            "certificate_chain": {"inline_string": SERVER.certificate.decode()},
            "private_key": {"inline_string": SERVER.key.decode()},
        },
    },
    {"name": "ROOTCA", "validation_context": {"trusted_ca": {"inline_string": CA.certificate.decode()}}},
]


class Edge:
    """A gateway, whom it asks, and what is behind it."""

    def __init__(self, running: StaticGateway, authorizer: NotingAuthorizer, origins: Origins) -> None:
        self.running, self.authorizer, self.origins = running, authorizer, origins

    def get(self, target: str = "/", *headers: tuple[str, str], port: int = 80, **options: Any) -> http1.Reply:
        return http1.request(self.running.address_of(port), target, headers=headers, **options)

    def bytes_pass(
        self, sent: bytes = b"GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n", port: int = 9000
    ) -> bool:
        """Whether a request that is no more than bytes to the gateway is answered."""
        with contextlib.suppress(ConnectionError):
            return http1.exchange(self.running.address_of(port), sent).startswith(b"HTTP/1.1 200")
        return False


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Callable[..., Edge]]:
    with contextlib.ExitStack() as stack:

        def begin(
            *documents: str,
            proxy: Proxy = PROXY,
            mesh: MeshConfig | None = None,
            topology: GatewayTopology | None = None,
            authorizer_port: int | None = None,
            web: str = WEB,
        ) -> Edge:
            authorizer = stack.enter_context(noting_authorizer())
            origins = stack.enter_context(Origins(tmp_path, SERVER))
            found = view(web, *documents, mesh=mesh, defaults=MeshDefaults(topology=topology or GatewayTopology()))
            port = authorizer_port or authorizer.port
            running = StaticGateway(translate(found, proxy), proxy, origins, tmp_path, port, secrets=OF_WORKLOAD)
            stack.enter_context(running.envoy)
            return Edge(running, authorizer, origins)

        yield begin


def client(directory: Path, pair: Pair | None = None) -> ssl.SSLContext:
    context = ssl.create_default_context(cadata=CA.certificate.decode())
    if pair is not None:
        pair.write(directory, "client")
        context.load_cert_chain(directory / "client.crt", directory / "client.key")
    return context


def status_over_tls(edge: Edge, tls: ssl.SSLContext) -> int:
    """0 where there is no handshake."""
    with contextlib.suppress(ssl.SSLError, ConnectionError):
        return edge.get(port=443, tls=tls, sni=NAME).status
    return 0


def test_what_a_request_is_asked_about_with(start: Callable[..., Edge]) -> None:
    edge = start(gateway(HTTP), REQUESTS, proxy=replace(PROXY, service_account="ingress"))

    assert edge.get("/a?b=c", ("x-twice", "1"), ("x-twice", "2")).status == 200
    (question,) = edge.authorizer.questions
    attributes = question.request.attributes
    labels = "istio=ingressgateway"
    workload = {"namespace": "istio-system", "labels": labels, "role": "gateway", "service_account": "ingress"}
    assert question.metadata == {f"authz-{key.replace('_', '-')}": value for key, value in workload.items()}
    assert dict(attributes.context_extensions) == workload
    assert dict(attributes.destination.labels) == {"istio": "ingressgateway"}
    lines = [one.raw_value for one in attributes.request.http.header_map.headers if one.key == "x-twice"]
    assert lines == [b"1", b"2"]


def test_a_connection_is_asked_about_with_the_same_workload(start: Callable[..., Edge]) -> None:
    edge = start(gateway(TCP), BYTES)

    assert edge.bytes_pass()
    (question,) = edge.authorizer.questions
    assert question.metadata["authz-labels"] == "istio=ingressgateway"
    assert dict(question.request.attributes.destination.labels) == {"istio": "ingressgateway"}


def test_that_there_are_no_labels_is_said_too(start: Callable[..., Edge]) -> None:
    """Otherwise they would be unknown, and where a policy has a selector everything would be denied."""
    edge = start(gateway(HTTP, TCP, selector=""), REQUESTS, BYTES, proxy=replace(PROXY, labels=frozenset()))

    assert edge.get().status == 200
    assert edge.bytes_pass()
    assert [parse_labels(one.metadata["authz-labels"]) for one in edge.authorizer.questions] == [frozenset()] * 2


def test_a_label_is_said_as_it_is(start: Callable[..., Edge]) -> None:
    labels = frozenset({("share", "50%"), ("path", "%PATH%")})
    edge = start(gateway(HTTP, selector=""), REQUESTS, proxy=replace(PROXY, labels=labels))

    assert edge.get("/a").status == 200
    (question,) = edge.authorizer.questions
    assert parse_labels(question.metadata["authz-labels"]) == labels


def test_what_is_denied_goes_no_further(start: Callable[..., Edge]) -> None:
    edge = start(gateway(HTTP, TCP), REQUESTS, BYTES)
    edge.authorizer.denies = True

    assert edge.get().status == 403
    assert not edge.bytes_pass()
    assert len(edge.authorizer.questions) == 2
    assert edge.origins.seen() == {}


@pytest.mark.parametrize("status", [403, 503])
def test_where_nobody_can_be_asked_nothing_passes(start: Callable[..., Edge], status: int) -> None:
    proxy = replace(PROXY, authorizer=AuthorizerSettings(status_on_error=status))
    edge = start(gateway(HTTP, TCP), REQUESTS, BYTES, proxy=proxy, authorizer_port=free_port())

    assert edge.get().status == status
    assert not edge.bytes_pass()


def test_a_redirect_to_https_is_asked_about_too(start: Callable[..., Edge]) -> None:
    edge = start(gateway(f"{HTTP}, tls: {{httpsRedirect: true}}"), REQUESTS)

    assert edge.get(host="a.test").status == 301
    (question,) = edge.authorizer.questions
    assert question.metadata["authz-namespace"] == "istio-system"


def test_what_proxies_say_of_who_they_are_is_not_taken_from_clients(start: Callable[..., Edge]) -> None:
    edge = start(gateway(HTTP), REQUESTS)
    lies = [
        ("x-envoy-peer-metadata", "a"),
        ("x-envoy-peer-metadata-id", "b"),
        ("x-forwarded-client-cert", f"URI={CLIENT_ID}"),
    ]
    edge.get("/", *lies)

    ((seen,),) = edge.origins.seen().values()
    (question,) = edge.authorizer.questions
    asked = {one.key for one in question.request.attributes.request.http.header_map.headers}
    for name, _ in lies:
        assert name not in seen.headers
        assert name not in asked


@pytest.mark.parametrize(
    "mode, sent, expected",
    [
        (PathNormalization.NONE, "/a/../b", "/a/../b"),
        (PathNormalization.BASE, "/a/../b", "/b"),
        (PathNormalization.BASE, "/a//b%2Fc", "/a//b%2Fc"),
        (PathNormalization.MERGE_SLASHES, "/a//b%2Fc", "/a/b%2Fc"),
        (PathNormalization.DECODE_AND_MERGE_SLASHES, "/a//b%2Fc", "/a/b/c"),
    ],
)
def test_the_path_that_is_asked_about_is_the_one_that_is_routed_and_arrives(
    start: Callable[..., Edge], mode: PathNormalization, sent: str, expected: str
) -> None:
    only_this = virtual_service(f"hosts: ['*'], http: [{{match: [{{uri: {{exact: '{expected}'}}}}], {TO}}}]")
    edge = start(gateway(HTTP), only_this, mesh=MeshConfig(path_normalization=mode))

    assert edge.get(sent).status == 200
    ((seen,),) = edge.origins.seen().values()
    (question,) = edge.authorizer.questions
    assert (question.request.attributes.request.http.path, seen.target) == (expected, expected)


@pytest.mark.parametrize(
    "tls, secrets",
    [
        ("credentialName: web", [secret("web", **PAIR, ca_crt=CA.certificate)]),
        ("credentialName: web", [secret("web", **PAIR), secret("web-cacert", ca_crt=CA.certificate)]),
        (
            "credentialName: web, caCertCredentialName: clients",
            [secret("web", **PAIR), secret("clients", **PAIR, ca_crt=CA.certificate)],
        ),
    ],
    ids=["in one secret", "in a secret of their own", "named, beside a key pair"],
)
def test_mutual_tls_lets_clients_of_its_authorities_in_and_nobody_else(
    start: Callable[..., Edge], tmp_path: Path, tls: str, secrets: list[str]
) -> None:
    edge = start(gateway(f"{HTTPS}, tls: {{mode: MUTUAL, {tls}}}"), REQUESTS, *secrets)

    assert status_over_tls(edge, client(tmp_path)) == 0
    assert status_over_tls(edge, client(tmp_path, STRANGER)) == 0
    assert edge.authorizer.questions == []
    assert status_over_tls(edge, client(tmp_path, CLIENT)) == 200
    (question,) = edge.authorizer.questions
    assert question.request.attributes.source.principal == CLIENT_ID
    assert question.request.attributes.source.certificate
    assert question.request.attributes.tls_session.sni == NAME
    ((seen,),) = edge.origins.seen().values()
    assert f"URI={CLIENT_ID}" in seen.headers["x-forwarded-client-cert"][0]


def test_optional_mutual_tls_takes_no_certificate_and_good_ones(start: Callable[..., Edge], tmp_path: Path) -> None:
    tls = "{mode: OPTIONAL_MUTUAL, credentialName: web}"
    edge = start(gateway(f"{HTTPS}, tls: {tls}"), REQUESTS, secret("web", **PAIR, ca_crt=CA.certificate))

    found = [status_over_tls(edge, client(tmp_path, pair)) for pair in (None, CLIENT, STRANGER)]
    assert found == [200, 200, 0]


def test_names_of_clients_restrict_them(start: Callable[..., Edge], tmp_path: Path) -> None:
    tls = f"{{mode: MUTUAL, credentialName: web, subjectAltNames: ['{CLIENT_ID}']}}"
    edge = start(gateway(f"{HTTPS}, tls: {tls}"), REQUESTS, secret("web", **PAIR, ca_crt=CA.certificate))
    other = CA.issue("spiffe://partner.example/ns/a/sa/other")

    assert [status_over_tls(edge, client(tmp_path, pair)) for pair in (CLIENT, other)] == [200, 0]


@pytest.mark.parametrize("mode", ["MUTUAL", "OPTIONAL_MUTUAL"])
@pytest.mark.parametrize(
    "secrets",
    [
        [secret("web", **PAIR)],
        [secret("web", **PAIR), secret("web-cacert", **PAIR)],
        [secret("web", **PAIR, ca_crt=b"no certificate")],
        [secret("web", ca_crt=CA.certificate)],
        [],
    ],
    ids=["no authorities", "a key pair in their place", "bad authorities", "no certificate", "nothing"],
)
def test_without_authorities_or_a_certificate_there_is_no_handshake_and_the_rest_is_served(
    tmp_path: Path, mode: str, secrets: list[str]
) -> None:
    http, https = free_port(), free_port()
    servers = [f"{HTTP}, bind: 127.0.0.1", f"{HTTPS}, bind: 127.0.0.1, tls: {{mode: {mode}, credentialName: web}}"]
    proxy = replace(PROXY, port_map=((80, http), (443, https)), authorizer=None)
    answers = virtual_service("hosts: ['*'], http: [{directResponse: {status: 204}}]")
    found = translate(view(gateway(*servers), answers, *secrets), proxy)

    with Ads(found.snapshot) as ads, envoy("gateway", ads.port, tmp_path, protocol="delta"):
        until(lambda: http1_status(http) == 204, "plain HTTP is served")
        until(lambda: is_open(https), "the other port is listened to")
        for pair in (None, CLIENT, STRANGER):
            with contextlib.suppress(ssl.SSLError, ConnectionError):
                reply = http1.request(("127.0.0.1", https), tls=client(tmp_path, pair), sni=NAME)
                assert reply == http1.NO_REPLY


def http1_status(port: int) -> int:
    with contextlib.suppress(OSError):
        return http1.request(("127.0.0.1", port)).status
    return 0


def is_open(port: int) -> bool:
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
        return True
    return False


def test_bytes_of_tls_that_passes_through_are_asked_about_with_the_server_name(
    start: Callable[..., Edge], tmp_path: Path
) -> None:
    passing = virtual_service(f"hosts: [{OTHER_NAME}], tls: [{{match: [{{sniHosts: [{OTHER_NAME}]}}], {TO}}}]")
    edge = start(gateway(f"{TLS}, hosts: ['*'], tls: {{mode: PASSTHROUGH}}"), passing)

    assert edge.get(port=443, tls=client(tmp_path), sni=OTHER_NAME).status == 200
    (question,) = edge.authorizer.questions
    assert question.request.attributes.tls_session.sni == OTHER_NAME
    assert list(edge.origins.seen()) == [CLUSTER]


@pytest.mark.parametrize("alpn, passes", [(["istio"], True), (["h2", "http/1.1"], False), ([], False)])
def test_connections_of_the_mesh_pass_on_by_their_protocol_and_nobody_is_asked(
    start: Callable[..., Edge], tmp_path: Path, alpn: list[str], *, passes: bool
) -> None:
    in_mesh = WEB.replace("address: 127.0.0.1", "address: 127.0.0.1, serviceAccount: web").replace("name: a", "name: b")
    edge = start(gateway(f"{TLS}, hosts: ['*'], tls: {{mode: AUTO_PASSTHROUGH}}"), web=in_mesh)
    context = client(tmp_path)
    if alpn:
        context.set_alpn_protocols(alpn)
    reply = http1.NO_REPLY
    with contextlib.suppress(ssl.SSLError, ConnectionError):
        reply = edge.get(port=443, tls=context, sni=MESH_NAME)

    assert (reply.status == 200) is passes
    assert edge.authorizer.questions == []


def test_a_proxy_in_front_says_who_the_client_is_and_nobody_else_gets_in(start: Callable[..., Edge]) -> None:
    edge = start(gateway(HTTP), REQUESTS, topology=GatewayTopology(proxy_protocol=True))
    request = b"GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"

    assert not edge.bytes_pass(request, 80)
    assert edge.bytes_pass(b"PROXY TCP4 192.0.2.1 192.0.2.2 1234 80\r\n" + request, 80)
    (question,) = edge.authorizer.questions
    assert question.request.attributes.source.address.socket_address.address == "192.0.2.1"


def by_claims() -> str:
    """Requests for the group `beta` come to /beta, others to /other; without claims to /nobody."""
    routes = [
        f"{{match: [{{headers: {{'@request.auth.claims.groups': {{exact: beta}}}}}}], rewrite: {{uri: /beta}}, {TO}}}",
        f"{{match: [{{headers: {{'@request.auth.claims.sub': {{regex: '.+'}}}}}}], rewrite: {{uri: /other}}, {TO}}}",
        f"{{rewrite: {{uri: /nobody}}, {TO}}}",
    ]
    return virtual_service(f"hosts: ['*'], http: [{', '.join(routes)}]")


def authentication(keys: str) -> str:
    spec = f"{{jwtRules: [{{issuer: '{ISSUER}', {keys}}}]}}"
    return document("RequestAuthentication", spec, "name: a, namespace: istio-system", "security.istio.io/v1")


@pytest.mark.parametrize("fetched", [False, True], ids=["keys in the rule", "keys to be fetched"])
def test_routes_are_chosen_by_claims_of_good_tokens_and_every_token_comes_to_the_authorizer(
    start: Callable[..., Edge], *, fetched: bool
) -> None:
    with IssuerServer(answer(KEYS.encode())) as issuer:
        keys = f"jwksUri: 'http://127.0.0.1:{issuer.port}/keys'" if fetched else f"jwks: '{KEYS}'"
        edge = start(gateway(HTTP), by_claims(), authentication(keys))
        tokens = {
            issued(groups=["alpha", "beta"]): "/beta",
            issued(groups="beta"): "/beta",
            issued(groups=["alpha"]): "/other",
            issued("rsa2", {"kid": "k1"}, groups=["beta"]): "/nobody",
            issued(groups=["beta"], exp=1): "/nobody",
            issued(groups=["beta"], iss="https://other.example"): "/nobody",
        }
        for token, path in tokens.items():
            edge.authorizer.questions.clear()
            edge.origins.forget()
            assert edge.get("/", bearer(token)).status == 200
            ((seen,),) = edge.origins.seen().values()
            assert seen.target == path
            (question,) = edge.authorizer.questions
            assert header_of(question.request, "authorization") == f"Bearer {token}"
            assert seen.headers["authorization"] == [f"Bearer {token}"]
    edge.origins.forget()
    assert edge.get("/").status == 200
    ((seen,),) = edge.origins.seen().values()
    assert seen.target == "/nobody"


def header_of(request: CheckRequest, name: str) -> str:
    (found,) = [one for one in request.attributes.request.http.header_map.headers if one.key == name]
    return found.raw_value.decode()


def test_a_call_of_a_browser_becomes_one_of_grpc(start: Callable[..., Edge]) -> None:
    edge = start(gateway("port: {number: 80, name: web, protocol: GRPC-WEB}, hosts: ['*']"), REQUESTS)
    edge.get("/a.B/C", ("content-type", "application/grpc-web"), ("content-length", "0"), method="POST")

    ((seen,),) = edge.origins.seen().values()
    (question,) = edge.authorizer.questions
    assert header_of(question.request, "content-type") == "application/grpc-web"
    assert seen.headers["content-type"] == ["application/grpc"]


def test_a_server_name_in_capitals_is_the_same_name(start: Callable[..., Edge], tmp_path: Path) -> None:
    edge = start(gateway(f"{HTTPS}, tls: {{mode: SIMPLE, credentialName: web}}"), REQUESTS, secret("web", **PAIR))

    assert edge.get(port=443, tls=client(tmp_path), sni=NAME.upper()).status == 200
