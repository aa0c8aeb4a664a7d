from __future__ import annotations

import io
import signal
import socket
import subprocess
import sys
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import grpc
import pytest

from authz.config import Settings, apply_flags
from authz.model.errors import ListenError, PolicyError, SettingsError, TlsFileError
from authz.model.request import Request
from authz.pb import CheckResponse, HealthCheckRequest, HealthCheckResponse
from authz.runtime.serve import Serving, ready_line, serve, start
from tests.support.collector import Collector, counts, texts
from tests.support.pki import WEB, Authority
from tests.support.proxy import check_request
from tests.support.reading import with_spec

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import FrameType

CHECK = "/envoy.service.auth.v3.Authorization/Check"
HEALTH = "/grpc.health.v1.Health/Check"
ONLY_PUBLIC = with_spec("{rules: [{to: [{operation: {paths: [/public]}}]}]}")


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    monkeypatch.chdir(tmp_path)  # socket paths have at most 107 characters
    Path("a.yaml").write_text(ONLY_PUBLIC)
    return apply_flags(Settings(), {"policies": "a.yaml", "listen": "127.0.0.1:0", "workload": "foo/"})


@contextmanager
def started(settings: Settings) -> Iterator[Serving]:
    serving = start(lambda: settings)
    try:
        yield serving
    finally:
        serving.stop(0)


def call(address: str, method: str, request: bytes) -> bytes:
    with closing(grpc.insecure_channel(address)) as channel:
        answer: bytes = channel.unary_unary(method)(request, timeout=10)
        return answer


def status(address: str, path: str) -> int:
    return CheckResponse.FromString(call(address, CHECK, check_request(Request(path=path)))).status.code


@pytest.mark.parametrize("listen", ["127.0.0.1:0", "localhost:0", "[::1]:0", "unix:socket"])
def test_it_decides_by_the_policies_on_every_kind_of_address(settings: Settings, listen: str) -> None:
    with started(apply_flags(settings, {"listen": listen})) as serving:
        address = serving.server.address
        assert (status(address, "/public"), status(address, "/private")) == (0, 7)
        health = HealthCheckResponse.FromString(call(address, HEALTH, HealthCheckRequest().SerializeToString()))
        assert health.status == HealthCheckResponse.SERVING


def test_the_ready_line_says_where_and_what(settings: Settings) -> None:
    with started(settings) as serving:
        digest = serving.policies.status().digest
        assert ready_line(serving) == f"authz ready: listening on {serving.server.address}, 1 policy, digest {digest}\n"
        assert not serving.server.address.endswith(":0")


def test_a_port_in_use_is_said_and_the_first_server_goes_on(settings: Settings) -> None:
    with started(settings) as first:
        address = first.server.address
        with pytest.raises(ListenError, match=f"cannot listen on {address}: the address is in use"):
            start(lambda: apply_flags(settings, {"listen": address}))
        assert status(address, "/public") == 0


def test_a_socket_that_a_dead_server_left_is_replaced_and_removed_at_the_end(settings: Settings) -> None:
    with closing(socket.socket(socket.AF_UNIX)) as dead:
        dead.bind("socket")
    with started(apply_flags(settings, {"listen": "unix:socket"})):
        assert status("unix:socket", "/public") == 0
    assert not Path("socket").exists()


def test_a_socket_of_a_living_server_is_not_taken_from_it(settings: Settings) -> None:
    on_socket = apply_flags(settings, {"listen": "unix:socket"})
    with started(on_socket):
        with pytest.raises(ListenError, match="unix:socket: the address is in use"):
            start(lambda: on_socket)
        assert status("unix:socket", "/public") == 0


@pytest.mark.parametrize("make", [Path.touch, Path.mkdir])
def test_a_file_of_another_kind_is_not_removed_for_a_socket(settings: Settings, make: object) -> None:
    assert callable(make)
    make(Path("precious"))
    with pytest.raises(ListenError, match="it is a file that is no socket"):
        start(lambda: apply_flags(settings, {"listen": "unix:precious"}))
    assert Path("precious").exists()


def test_without_policies_nothing_is_served() -> None:
    with pytest.raises(SettingsError, match="say where the policies are"):
        start(Settings)


def test_a_set_with_a_problem_is_not_served(settings: Settings) -> None:
    Path("a.yaml").write_text("a: [")
    with pytest.raises(PolicyError, match="AZ003"):
        start(lambda: apply_flags(settings, {"listen": "unix:socket"}))
    assert not Path("socket").exists()


def test_an_address_beyond_this_machine_has_to_be_meant(settings: Settings) -> None:
    beyond = apply_flags(settings, {"listen": "0.0.0.0:0"})
    with pytest.raises(SettingsError, match="--insecure-listen if that is meant"):
        start(lambda: beyond)
    with started(replace(beyond, insecure_listen=True)) as serving:
        assert serving.server.address.startswith("0.0.0.0:")


@pytest.fixture
def tls(settings: Settings) -> Settings:
    ca = Authority()
    ca.issue().write(Path())
    Path("ca.crt").write_bytes(ca.certificate)
    ca.issue(WEB).write(Path(), "proxy")
    return apply_flags(settings, {"tls.certificate": "tls.crt", "tls.key": "tls.key", "tls.clientCa": "ca.crt"})


def test_with_listed_proxies_it_may_listen_beyond_this_machine(tls: Settings) -> None:
    beyond = apply_flags(tls, {"listen": "0.0.0.0:0"})
    with pytest.raises(SettingsError, match=r"by callers who are not checked; set tls with .* allowedSpiffeIds"):
        start(lambda: beyond)
    with started(apply_flags(beyond, {"tls.allowedSpiffeIds": (WEB,)})) as serving:
        port = serving.server.address.rpartition(":")[2]
        shown = grpc.ssl_channel_credentials(*[Path(f).read_bytes() for f in ("ca.crt", "proxy.key", "proxy.crt")])
        with closing(grpc.secure_channel(f"localhost:{port}", shown)) as channel:
            answer = channel.unary_unary(CHECK)(check_request(Request(path="/public")), timeout=10)
        assert CheckResponse.FromString(answer).status.code == 0


def test_sighup_looks_at_certificates_too(tls: Settings) -> None:
    with started(tls) as serving:
        assert serving.certificates is not None
        serving.look_now()
        assert serving.certificates.status().rejected is None


@pytest.mark.parametrize("name", ["tls.crt", "tls.key", "ca.crt"])
def test_with_a_broken_certificate_nothing_is_served(tls: Settings, name: str) -> None:
    Path(name).write_text("broken")
    with pytest.raises(TlsFileError, match=f"^{name}: holds no "):
        start(lambda: apply_flags(tls, {"listen": "unix:socket"}))
    assert not Path("socket").exists()


@pytest.mark.parametrize("traces", ["off", "parent"])
def test_spans_and_metrics_arrive_where_they_were_sent(settings: Settings, traces: str) -> None:
    parent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
    with Collector() as collector:
        on = apply_flags(settings, {"telemetry.otlpEndpoint": collector.endpoint, "telemetry.metrics": True})
        with started(apply_flags(on, {"telemetry.traces": traces})) as serving:
            request = check_request(Request(path="/public", headers=(("traceparent", parent),)))
            assert CheckResponse.FromString(call(serving.server.address, CHECK, request)).status.code == 0
            assert status(serving.server.address, "/public") == 0
        assert counts(collector.metrics["authz_decisions"])["allow_rule", "allowed"] == 2
        told = [texts(span.attributes)["authz.workload.namespace"] for span in collector.spans]
        assert told == ([] if traces == "off" else ["foo"])


def test_telemetry_beyond_this_machine_in_plain_text_is_told_of(
    settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    flags = {"telemetry.otlpEndpoint": "http://collector.invalid:4317", "telemetry.traces": "parent"}
    with started(apply_flags(settings, flags)):
        assert "telemetry goes to http://collector.invalid:4317 in plain text" in caplog.messages


def test_without_the_extra_telemetry_is_an_error(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "authz.observability.otel", None)
    with pytest.raises(SettingsError, match=r"telemetry: needs the extra authz\[otel\], which is not installed"):
        start(lambda: apply_flags(settings, {"telemetry.metrics": True}))


def test_without_telemetry_nothing_of_opentelemetry_is_imported() -> None:
    program = "import sys, authz.runtime.serve, authz.cli.main; print([m for m in sys.modules if 'opentelemetry' in m])"
    run = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert run.stdout == "[]\n"


class ToldToStop(io.StringIO):
    """Whoever reads the ready line sends a signal."""

    def __init__(self, number: int) -> None:
        super().__init__()
        self._number = number

    def flush(self) -> None:
        signal.raise_signal(self._number)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_it_and_signals_are_left_as_they_were(settings: Settings, number: int) -> None:
    before = [signal.getsignal(one) for one in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)]
    out = ToldToStop(number)
    serve(lambda: apply_flags(settings, {"listen": "unix:socket"}), out)
    assert out.getvalue().startswith("authz ready: listening on unix:socket, 1 policy, digest sha256:")
    assert [signal.getsignal(one) for one in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)] == before
    assert not Path("socket").exists()


class ToldToStopAgainAndAgain(io.StringIO):
    """Signals at the next calls and returns, so also in the midst of beginning to wait."""

    def flush(self) -> None:
        moments = iter(range(10))

        def profile(frame: FrameType, event: str, argument: object) -> None:
            if next(moments, None) is None:
                sys.setprofile(None)
            else:
                signal.raise_signal(signal.SIGTERM)

        sys.setprofile(profile)


@pytest.mark.timeout(20)
def test_a_signal_may_come_at_any_moment(settings: Settings) -> None:
    before = sys.getprofile()
    try:
        serve(lambda: settings, ToldToStopAgainAndAgain())
    finally:
        sys.setprofile(before)


def test_after_the_end_nobody_is_answered(settings: Settings) -> None:
    with started(settings) as serving:
        address = serving.server.address
    with pytest.raises(grpc.RpcError, match="UNAVAILABLE"):
        call(address, CHECK, b"")
