"""`authz forward` and `authz up` as people run them: a gateway whose files change, whose Envoy and authorizer die."""

from __future__ import annotations

import os
import signal
import socket
import ssl
import subprocess
import threading
import time
from base64 import b64encode
from typing import TYPE_CHECKING

import pytest

from tests.e2e.support.http1 import request
from tests.e2e.support.servers import tcp_echo
from tests.e2e.support.verbs import Running, free_ports, wait_for

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.e2e.conftest import Certificates

pytestmark = pytest.mark.e2e

MESH = """\
apiVersion: networking.istio.io/v1
kind: Gateway
metadata: {name: gw, namespace: istio-system}
spec:
  selector: {istio: ingressgateway}
  servers:
    - port: {number: 80, name: http, protocol: HTTP}
      hosts: [web.test]
    - port: {number: 443, name: https, protocol: HTTPS}
      hosts: [secure.test]
      tls: {mode: SIMPLE, credentialName: cert}
    - port: {number: 9000, name: tcp, protocol: TCP}
      hosts: ["*"]
---
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: web}
spec:
  hosts: [web.test, secure.test]
  gateways: [istio-system/gw]
  http:
    - match: [{uri: {prefix: /one}}]
      directResponse: {status: 201}
    - match: [{uri: {prefix: /admin}}]
      directResponse: {status: 202}
---
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: bytes}
spec:
  hosts: ["*"]
  gateways: [istio-system/gw]
  tcp: [{route: [{destination: {host: echo.test}}]}]
---
apiVersion: networking.istio.io/v1
kind: ServiceEntry
metadata: {name: echo}
spec:
  hosts: [echo.test]
  resolution: STATIC
  ports: [{number: 9000, name: tcp, protocol: TCP, targetPort: ECHO}]
  endpoints: [{address: 127.0.0.1}]
"""
POLICY = """\
apiVersion: security.istio.io/v1
kind: AuthorizationPolicy
metadata: {name: no-admin, namespace: istio-system}
spec:
  selector: {matchLabels: {istio: ingressgateway}}
  action: DENY
  rules: [{to: [{operation: {paths: ["/admin*"]}}]}]
"""


@pytest.fixture
def echo() -> Iterator[int]:
    with tcp_echo() as port:
        yield port


@pytest.fixture
def files(tmp_path: Path, echo: int) -> Path:
    directory = tmp_path / "mesh"
    directory.mkdir()
    (directory / "mesh.yaml").write_text(MESH.replace("ECHO", str(echo)))
    (directory / "policy.yaml").write_text(POLICY)
    return directory


@pytest.fixture
def run(files: Path) -> Iterator[Callable[..., Running]]:
    running: list[Running] = []

    def start(verb: str, *flags: str) -> Running:
        running.append(Running(files, verb, *flags))
        return running[-1]

    yield start
    for one in running:
        one.end()


def child(running: Running, word: str) -> int:
    """The process of a name that a verb has started."""
    found = subprocess.run(
        ["ps", "-o", "pid=,args=", "--ppid", str(running.process.pid)], capture_output=True, text=True, check=False
    )
    return next(int(line.split()[0]) for line in found.stdout.splitlines() if word in line)


def secret(certificates: Certificates, name: str) -> tuple[str, bytes]:
    """A document, and the certificate in it as a client is shown it."""
    pair = certificates.authority.issue(name, dns_names=["secure.test"])
    data = {"tls.crt": pair.certificate, "tls.key": pair.key}
    lines = "".join(f"  {key}: {b64encode(path.read_bytes()).decode()}\n" for key, path in data.items())
    head = "apiVersion: v1\nkind: Secret\nmetadata: {name: cert, namespace: istio-system}\ntype: kubernetes.io/tls\n"
    first = pair.certificate.read_text().split("-----END CERTIFICATE-----")[0] + "-----END CERTIFICATE-----"
    return f"{head}data:\n{lines}", ssl.PEM_cert_to_DER_cert(first)


class TestUp:
    """An authorizer and a gateway on one directory."""

    def test_requests_are_decided_and_routed(self, run: Callable[..., Running]) -> None:
        up = run("up")

        assert (up.get("/one"), up.get("/admin"), up.get("/nowhere"), up.get("/one", "other.test")) == (
            201,
            403,
            404,
            404,
        )
        assert up.reply("/admin").body == b"RBAC: access denied"
        assert up.stop() == 0
        assert up.get("/one") == 0

    def test_connections_are_decided_too(self, run: Callable[..., Running], files: Path) -> None:
        up = run("up")

        def answers() -> bytes:
            with socket.create_connection(up.address_of(9000), 5) as connection:
                connection.sendall(b"hello")
                connection.settimeout(5)
                try:
                    return connection.recv(100)
                except ConnectionError:
                    return b""

        assert answers() == b""  # the DENY policy has nothing but a path, which bytes cannot tell: it denies them all
        (files / "policy.yaml").write_text(POLICY.replace('paths: ["/admin*"]', 'ports: ["1"]'))
        wait_for(lambda: answers() == b"hello")

    def test_while_the_authorizer_is_dead_nothing_passes_and_then_it_is_back(self, run: Callable[..., Running]) -> None:
        up = run("up")
        assert up.get("/one") == 201
        os.kill(child(up, "serve"), signal.SIGKILL)

        assert up.get("/one") == 403
        wait_for(lambda: up.get("/one") == 201)
        assert "was ended by signal 9; starting it again" in up.text()

    def test_an_envoy_that_is_killed_comes_back_with_all_it_had(self, run: Callable[..., Running]) -> None:
        (door,) = free_ports(1)
        up = run("up", "--forward-http-listen", f"127.0.0.1:{door}")
        assert request(("127.0.0.1", door), "/readyz").status == 200
        os.kill(child(up, "envoy"), signal.SIGKILL)

        wait_for(lambda: request(("127.0.0.1", door), "/readyz").status == 503)
        wait_for(lambda: up.get("/one") == 201)
        assert up.get("/admin") == 403
        wait_for(lambda: request(("127.0.0.1", door), "/readyz").status == 200)
        assert b"\nauthz_envoy_restarts_total 1\n" in request(("127.0.0.1", door), "/metrics").body

    def test_a_bad_policy_at_the_start_is_told_and_nothing_runs(self, run: Callable[..., Running], files: Path) -> None:
        (files / "policy.yaml").write_text(POLICY.replace("action", "actoin"))
        up = run("up")

        assert up.process.wait(20) == 1
        assert "policy.yaml:6:3: AZ020 spec.actoin" in up.text()
        assert "the authorizer ended by itself with status 1" in up.text()


class TestForward:
    """A gateway alone."""

    def test_an_edit_changes_routes_and_no_request_fails_meanwhile(
        self, run: Callable[..., Running], files: Path
    ) -> None:
        forward = run("forward", "--no-authorizer")
        seen: list[int] = []
        stop = threading.Event()

        def load() -> None:
            while not stop.is_set():
                seen.append(forward.get("/one"))

        threads = [threading.Thread(target=load) for _ in range(3)]
        for thread in threads:
            thread.start()
        began = time.monotonic()
        text = (files / "mesh.yaml").read_text()
        for status in (203, 204, 205):
            (files / "mesh.yaml").write_text(text.replace("status: 201", f"status: {status}"))
            wait_for(lambda status=status: forward.get("/one") == status)  # type: ignore[misc]
        took = time.monotonic() - began
        stop.set()
        for thread in threads:
            thread.join()

        assert set(seen) == {201, 203, 204, 205}
        assert took < 3 * 3  # each within a second or so, but for a busy machine

    def test_a_bad_edit_is_told_of_and_the_last_good_set_stays(self, run: Callable[..., Running], files: Path) -> None:
        forward = run("forward", "--no-authorizer")
        good = (files / "mesh.yaml").read_text()
        (files / "mesh.yaml").write_text(good.replace("prefix: /one", "prefx: /one"))

        wait_for(lambda: "mesh.yaml:22:22: AZ020" in forward.text())
        assert "the last good set stays in force" in forward.text()
        assert forward.get("/one") == 201
        (files / "mesh.yaml").write_text(good.replace("status: 201", "status: 209"))
        wait_for(lambda: forward.get("/one") == 209)

    def test_without_an_authorizer_that_answers_nothing_passes(self, run: Callable[..., Running]) -> None:
        forward = run("forward", "--authorizer", "127.0.0.1:1", "--status-on-error", "503")

        assert forward.get("/one") == 503

    def test_to_ask_nobody_has_to_be_said_and_is_warned_of(self, run: Callable[..., Running]) -> None:
        forward = run("forward", "--no-authorizer")

        assert forward.get("/admin") == 202
        assert "no authorizer: every request that has a route passes, whoever sends it" in forward.text()

    def test_a_secret_that_comes_later_and_changes_is_used(
        self, run: Callable[..., Running], files: Path, certificates: Certificates
    ) -> None:
        forward = run("forward", "--no-authorizer")
        assert "there is no Secret istio-system/cert" in forward.text()

        def shown() -> bytes | None:
            try:
                with (
                    socket.create_connection(forward.address_of(443), 5) as plain,
                    certificates.client().wrap_socket(plain, server_hostname="secure.test") as tls,
                ):
                    return tls.getpeercert(binary_form=True)
            except OSError:
                return None

        assert shown() is None
        for name in ("first", "second"):
            document, certificate = secret(certificates, name)
            (files / "secret.yaml").write_text(document)
            wait_for(lambda certificate=certificate: shown() == certificate)  # type: ignore[misc]
        assert forward.get("/one") == 201
        assert "PRIVATE" not in forward.text()

    def test_it_says_what_is_wrong_at_the_start(self, run: Callable[..., Running], files: Path) -> None:
        (files / "mesh.yaml").write_text(MESH.replace("protocol: HTTP}", "protocol: HTPT}"))
        forward = run("forward", "--no-authorizer")

        assert forward.process.wait(20) == 1
        assert "mesh.yaml:7:48: AZ" in forward.text()
        assert "Traceback" not in forward.text()

    def test_envoys_that_others_run_are_told_too(self, run: Callable[..., Running], tmp_path: Path) -> None:
        forward = run("forward", "--no-authorizer", "--xds-listen", f"unix:{tmp_path}/xds")

        assert f"serving configuration on unix:{tmp_path}/xds" in forward.text()
        assert forward.get("/one") == 0
        assert forward.stop() == 0
