"""Generated clusters in a real Envoy: all of them become active, and none sends plain text where TLS is wanted."""

from __future__ import annotations

import contextlib
import http.server
import ssl
import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pytest

from authz.forwarder.ads import Nacked
from authz.forwarder.proxy import Proxy
from authz.forwarder.references import TypeUrl
from authz.forwarder.snapshot import Resource
from authz.forwarder.translate.clusters import translate_clusters
from authz.forwarder.translate.secrets import translate_secrets
from authz.mesh.routing_view import RoutingView
from authz.model.routing.locality import parse_locality
from authz.pb.core import DataSource
from authz.pb.tls import CertificateValidationContext, Secret
from tests.e2e.support import http1
from tests.e2e.support.xds import LOCALHOST, Ads, cluster_names, dumped, envoy, free_port, until
from tests.support.cluster_variants import SMALL, entry, rule
from tests.support.mesh import kubernetes, mesh_resources
from tests.support.pki import Authority, Pair
from tests.support.xds import listener, routes, secret

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = pytest.mark.e2e

CA, OTHER_CA = Authority("ca"), Authority("other")
SERVER_ID, CLIENT_ID = "spiffe://cluster.local/ns/ns/sa/server", "spiffe://cluster.local/ns/ns/sa/client"
HOST = "localhost"


@pytest.mark.parametrize("protocol", ["sotw", "delta"])
def test_every_shape_of_cluster_becomes_active_though_secrets_are_missing(tmp_path: Path, protocol: str) -> None:
    view = RoutingView(mesh_resources(*SMALL))
    found = translate_clusters(view, Proxy("ns", locality=parse_locality("r1/z1/s1")))
    wanted = {one.name for one in found.resources if one.type_url is TypeUrl.CLUSTER}
    with Ads(found.resources) as ads, envoy("n", ads.port, tmp_path, protocol=protocol) as proxy:
        until(lambda: cluster_names(proxy) >= wanted, "every cluster is active")
        assert dumped(proxy, "dynamic_warming_clusters") == []
    assert not [event for _, event in ads.events if isinstance(event, Nacked)]


@dataclass
class Backend:
    """A server, and what has reached it: requests, and the first bytes of what was no handshake."""

    port: int
    requests: list[str] = field(default_factory=list)


@contextlib.contextmanager
def backend(tls: ssl.SSLContext | None = None) -> Iterator[Backend]:
    found = Backend(0)

    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            found.requests.append(self.path)
            self.send_response(200)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    class Server(http.server.ThreadingHTTPServer):
        def handle_error(self, *_: object) -> None:
            """A handshake that fails is what some of the tests are about."""

    with Server((LOCALHOST, 0), Handler) as server:
        if tls is not None:
            server.socket = tls.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
        found.port = server.server_address[1]
        thread = threading.Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        try:
            yield found
        finally:
            server.shutdown()
            thread.join()


def server_context(directory: Path, pair: Pair, client_authority: Authority | None = None) -> ssl.SSLContext:
    pair.write(directory, "server")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(directory / "server.crt", directory / "server.key")
    if client_authority is not None:
        context.verify_mode = ssl.CERT_REQUIRED
        context.load_verify_locations(cadata=client_authority.certificate.decode())
    return context


def status_of(
    directory: Path, port: int, *documents: str, policy: str = "", endpoint: str = "", more: tuple[Resource, ...] = ()
) -> int:
    """What a GET gets by way of a service that is on a port here, with a policy. `endpoint`: more of its endpoint."""
    listening = free_port()
    spec = (
        f"location: MESH_INTERNAL, resolution: STATIC, "
        f"endpoints: [{{address: {LOCALHOST}, ports: {{http: {port}}}{endpoint}}}]"
    )
    texts = [entry("a.b", spec, "[{number: 80, name: http, protocol: HTTP}]"), *documents]
    if policy:
        texts.append(rule("a.b", f"trafficPolicy: {{{policy}}}"))
    view, proxy = RoutingView(mesh_resources(*texts)), Proxy("ns")
    clusters = translate_clusters(view, proxy).resources
    secrets = [one for one, _ in translate_secrets(view, proxy, clusters) if one is not None]
    served = [*clusters, *secrets, *more, listener("l", "r", listening), routes("r", "outbound|80||a.b")]
    with Ads(served) as ads, envoy("n", ads.port, directory, protocol="delta"):
        until(lambda: http1.request((LOCALHOST, listening), "/", host=HOST).status != 404, "routes")
        return http1.request((LOCALHOST, listening), "/", host=HOST).status


def test_plain_text_reaches_who_wants_it(tmp_path: Path) -> None:
    with backend() as server:
        assert status_of(tmp_path, server.port) == 200


@pytest.mark.parametrize(
    ("policy", "expected"),
    [
        ("mode: SIMPLE, caCertificates: {ca}", 200),
        ("mode: SIMPLE, caCertificates: {ca}, subjectAltNames: [localhost]", 200),
        ("mode: SIMPLE, caCertificates: {ca}, subjectAltNames: [other.example.com]", 503),
        ("mode: SIMPLE, caCertificates: {ca}, sni: other.example.com, subjectAltNames: [localhost]", 200),
        ("mode: SIMPLE, caCertificates: {other}", 503),
        ("mode: SIMPLE", 503),
        ("mode: SIMPLE, insecureSkipVerify: true", 200),
        ("mode: SIMPLE, credentialName: roots", 200),
        ("mode: SIMPLE, credentialName: missing", 503),
        ("mode: SIMPLE, caCertificates: {ca}.missing", 503),
        ("mode: DISABLE", 503),
    ],
)
def test_a_server_is_verified_by_what_the_rule_says(tmp_path: Path, policy: str, expected: int) -> None:
    for name, authority in (("ca", CA), ("other", OTHER_CA)):
        (tmp_path / name).write_bytes(authority.certificate)
    certificate = CA.certificate.decode().replace("\n", "\\n")
    roots = kubernetes("Secret", "{}", "name: roots, namespace: ns").replace("spec: {}\nstatus: {}\n", "")
    roots += f'stringData: {{ca.crt: "{certificate}"}}\n'
    written = policy.format(ca=tmp_path / "ca", other=tmp_path / "other")
    with backend(server_context(tmp_path, CA.issue(dns=(HOST,)))) as server:
        assert status_of(tmp_path, server.port, roots, policy=f"tls: {{{written}}}") == expected
        assert bool(server.requests) is (expected == 200)


def test_the_host_of_a_request_has_to_be_in_the_servers_certificate(tmp_path: Path) -> None:
    (tmp_path / "ca").write_bytes(CA.certificate)
    with backend(server_context(tmp_path, CA.issue(dns=("other.example.com",)))) as server:
        policy = f"tls: {{mode: SIMPLE, caCertificates: {tmp_path / 'ca'}}}"
        assert status_of(tmp_path, server.port, policy=policy) == 503


@pytest.mark.parametrize(
    "policy",
    [
        "mode: MUTUAL, credentialName: missing",
        "mode: SIMPLE, credentialName: missing",
        "mode: MUTUAL, clientCertificate: /missing, privateKey: /missing",
        "mode: SIMPLE, credentialName: 'configmap://ns/missing'",
        "mode: ISTIO_MUTUAL",
    ],
)
def test_without_its_secret_no_request_is_sent_in_plain_text(tmp_path: Path, policy: str) -> None:
    with backend() as server:
        assert status_of(tmp_path, server.port, policy=f"tls: {{{policy}}}") == 503
        assert server.requests == []


def identity(authority: Authority) -> tuple[Resource, ...]:
    """What a workload has of a mesh."""
    pair = CA.issue(CLIENT_ID, dns=())
    roots = CertificateValidationContext(trusted_ca=DataSource(inline_bytes=authority.certificate))
    return (
        secret("default", pair.certificate, pair.key),
        Resource.of(Secret(name="ROOTCA", validation_context=roots)),
    )


@pytest.mark.parametrize("policy", ["", "tls: {mode: ISTIO_MUTUAL}"])
@pytest.mark.parametrize(
    ("account", "authority", "expected"),
    [("server", CA, 200), ("other", CA, 503), ("server", OTHER_CA, 503), ("server", None, 503)],
)
def test_endpoints_that_take_it_get_mutual_tls_of_the_mesh_and_nothing_else(
    tmp_path: Path, policy: str, account: str, authority: Authority | None, expected: int
) -> None:
    """`account`: who may serve. `authority`: of the mesh; None: the workload has nothing of it."""
    context = server_context(tmp_path, CA.issue(SERVER_ID, dns=()), client_authority=CA)
    with backend(context) as server:
        endpoint = f", serviceAccount: {account}"
        more = () if authority is None else identity(authority)
        assert status_of(tmp_path, server.port, policy=policy, endpoint=endpoint, more=more) == expected


def test_who_is_marked_gets_no_plain_text_for_lack_of_a_certificate(tmp_path: Path) -> None:
    with backend() as server:
        assert status_of(tmp_path, server.port, endpoint=", serviceAccount: server") == 503
        assert server.requests == []
