"""Envoy asks over mutual TLS; certificates change while it does."""

from __future__ import annotations

import contextlib
import ssl
import threading
from collections import Counter
from typing import TYPE_CHECKING, Any, Self

import grpc
import pytest
from cryptography import x509

from authz.model.request import Request
from authz.model.workload import parse_workload
from authz.runtime.quickstart.envoy_config import typed
from tests.e2e.support import http1
from tests.e2e.support.authorizer import policy, start_authorizer, to
from tests.e2e.support.config import HttpListener, authorizer_cluster
from tests.support.pki import WEB, Authority, Pair
from tests.support.proxy import check_request, read_answer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from tests.e2e.conftest import StartEnvoy

pytestmark = pytest.mark.e2e

POLICIES = [policy("open", "ALLOW", "web", to(paths=["/open"]))]
CHECK = "/envoy.service.auth.v3.Authorization/Check"
OPEN = check_request(Request(path="/open", workload=parse_workload("default/app=web")))
CA = Authority()
ROTATIONS = 8
CALLERS = 3
WITHIN_S = 10.0
Json = dict[str, Any]


@pytest.fixture
def files(tmp_path: Path) -> Path:
    (tmp_path / "tls").mkdir()
    (tmp_path / "tls" / "ca.crt").write_bytes(CA.certificate)
    CA.issue().write(tmp_path / "tls")
    CA.issue(WEB).write(tmp_path, "proxy")
    return tmp_path / "tls"


def flags(files: Path, *allowed: str) -> list[str]:
    listed = [part for one in allowed or (WEB,) for part in ("--tls-allow-spiffe-id", one)]
    return [
        *("--tls-cert", str(files / "tls.crt"), "--tls-key", str(files / "tls.key")),
        *("--tls-client-ca", str(files / "ca.crt"), *listed),
    ]


def tls_cluster(name: str, address: tuple[str, int], files: Path, client: str | None = "proxy") -> Json:
    """Ask over TLS, as `client`; a new connection every 20 requests."""
    made = authorizer_cluster(address, name)
    options = next(iter(made["typed_extension_protocol_options"].values()))
    options["common_http_protocol_options"] = {"max_requests_per_connection": 20}
    own = {
        "certificate_chain": {"filename": str(files.parent / f"{client}.crt")},
        "private_key": {"filename": str(files.parent / f"{client}.key")},
    }
    made["transport_socket"] = typed(
        "envoy.transport_sockets.tls",
        "transport_sockets.tls.v3.UpstreamTlsContext",
        sni="localhost",
        common_tls_context={
            "tls_certificates": [own] if client else [],
            "validation_context": {
                "trusted_ca": {"filename": str(files / "ca.crt")},
                "match_typed_subject_alt_names": [{"san_type": "DNS", "matcher": {"exact": "localhost"}}],
            },
        },
    )
    return made


def test_envoy_with_a_listed_certificate_is_answered_and_without_one_nobody_is(
    start_envoy: StartEnvoy, files: Path, tmp_path: Path
) -> None:
    with start_authorizer(tmp_path, POLICIES, flags=flags(files)) as authorizer:
        address = authorizer.ready.address
        clusters = [
            tls_cluster("listed", address, files),
            tls_cluster("nobody", address, files, None),
            authorizer_cluster(address, "plain"),
        ]
        listeners = [HttpListener(one["name"], {"app": "web"}, authorizer=one["name"]) for one in clusters]
        reached = start_envoy(listeners, *clusters)
        answers = {name: [http1.get(reached[name], path) for path in ("/open", "/closed")] for name in reached}
    assert answers == {"listed": [200, 403], "nobody": [403, 403], "plain": [403, 403]}


def test_a_proxy_that_fails_open_lets_nothing_pass_with_a_certificate_that_is_not_listed(
    start_envoy: StartEnvoy, files: Path, tmp_path: Path
) -> None:
    CA.issue(WEB + "-2").write(tmp_path, "stranger")
    with start_authorizer(tmp_path, POLICIES, flags=flags(files)) as authorizer:
        cluster = tls_cluster("stranger", authorizer.ready.address, files, "stranger")
        fails_open = HttpListener("web", {"app": "web"}, authorizer="stranger", ext_authz={"failure_mode_allow": True})
        address = start_envoy([fails_open], cluster)["web"]
        reply = http1.request(address, "/open")
    assert (reply.status, reply.body) == (403, b"RBAC: access denied")


class Calls:
    """Callers that go on asking, and count how they were answered."""

    def __init__(self, asks: Sequence[Callable[[], str]]) -> None:
        self.answers: Counter[str] = Counter()
        self._stop = threading.Event()
        self._threads = [threading.Thread(target=self._run, args=(ask,)) for ask in asks]

    def __enter__(self) -> Self:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *exception: object) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join()

    def _run(self, ask: Callable[[], str]) -> None:
        while not self._stop.is_set():
            self.answers[ask()] += 1

    def go_on(self, more: int = 50) -> None:
        """Wait until so many more answers have come."""
        wanted = self.answers.total() + more
        for _ in range(1000):
            if self.answers.total() >= wanted:
                return
            self._stop.wait(WITHIN_S / 1000)
        pytest.fail("no more answers came")


def asks_envoy(address: tuple[str, int]) -> str:
    return f"envoy {http1.get(address, '/open')}"


def asks_directly(address: tuple[str, int], proxy: Pair) -> str:
    """A new connection, and three calls over it."""
    credentials = grpc.ssl_channel_credentials(CA.certificate, proxy.key, proxy.certificate)
    options = [("grpc.use_local_subchannel_pool", 1), ("grpc.ssl_target_name_override", "localhost")]
    with grpc.secure_channel(f"{address[0]}:{address[1]}", credentials, options) as channel:
        try:
            call = channel.unary_unary(CHECK)
            return f"direct {[read_answer(call(OPEN, timeout=WITHIN_S)).allowed for _ in range(3)]}"
        except grpc.RpcError as error:
            return f"direct {error.code()} {error.details()}"


def serial_shown(address: tuple[str, int]) -> int:
    pem = ssl.get_server_certificate(address, timeout=WITHIN_S)
    return x509.load_pem_x509_certificate(pem.encode()).serial_number


def swap(files: Path, pair: Pair) -> None:
    """Both files at once, as Kubernetes does."""
    fresh = files / f"..{x509.load_pem_x509_certificate(pair.certificate).serial_number}"
    fresh.mkdir()
    pair.write(fresh)
    (files / "..data_tmp").symlink_to(fresh.name)
    (files / "..data_tmp").replace(files / "..data")
    for name in ("tls.crt", "tls.key"):
        if not (files / name).is_symlink():
            (files / name).unlink()
            (files / name).symlink_to(f"..data/{name}")


def overwrite(files: Path, pair: Pair) -> None:
    """One after the other, and broken for a moment."""
    (files / "tls.key").write_bytes(b"broken")
    pair.write(files)


def wait_until_shown(address: tuple[str, int], pair: Pair) -> None:
    serial = x509.load_pem_x509_certificate(pair.certificate).serial_number
    pause = threading.Event()
    for _ in range(200):
        if serial_shown(address) == serial:
            return
        pause.wait(WITHIN_S / 200)
    pytest.fail("the new certificate was not shown")


@pytest.fixture
def under_load(start_envoy: StartEnvoy, files: Path, tmp_path: Path) -> Iterator[tuple[Calls, tuple[str, int]]]:
    with contextlib.ExitStack() as stack:
        authorizer = stack.enter_context(start_authorizer(tmp_path, POLICIES, flags=flags(files)))
        direct = authorizer.ready.address
        envoy = start_envoy([HttpListener("web", {"app": "web"}, authorizer="tls")], tls_cluster("tls", direct, files))[
            "web"
        ]
        proxy = CA.issue(WEB)
        asks = [lambda: asks_envoy(envoy), *[lambda: asks_directly(direct, proxy)] * CALLERS]
        yield stack.enter_context(Calls(asks)), direct


@pytest.mark.parametrize("change", [overwrite, swap])
def test_a_certificate_is_rotated_under_load_and_no_call_fails(
    under_load: tuple[Calls, tuple[str, int]], files: Path, change: Callable[[Path, Pair], None]
) -> None:
    calls, address = under_load
    for _ in range(ROTATIONS):
        calls.go_on()
        pair = CA.issue()
        change(files, pair)
        wait_until_shown(address, pair)
    calls.go_on()
    assert set(calls.answers) == {"envoy 200", "direct [True, True, True]"}, calls.answers


def test_the_client_ca_is_rotated_under_load_and_no_listed_call_fails(
    under_load: tuple[Calls, tuple[str, int]], files: Path
) -> None:
    calls, address = under_load
    fresh = Authority("fresh")
    newcomer, pause = fresh.issue(WEB), threading.Event()
    assert "UNAVAILABLE" in asks_directly(address, newcomer)
    (files / "ca.crt").write_bytes(CA.certificate + fresh.certificate)
    for _ in range(200):
        if "True" in asks_directly(address, newcomer):
            break
        pause.wait(WITHIN_S / 200)
    calls.go_on()
    assert "True" in asks_directly(address, newcomer)
    assert set(calls.answers) == {"envoy 200", "direct [True, True, True]"}, calls.answers
