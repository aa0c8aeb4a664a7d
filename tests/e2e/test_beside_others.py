"""authz lives beside someone's xds-protos and OpenTelemetry in one process."""

import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

PROGRAM = """
from envoy.service.auth.v3 import external_auth_pb2
from opentelemetry.exporter.otlp.proto.grpc.metric_exporter import OTLPMetricExporter
from opentelemetry.exporter.otlp.proto.grpc.trace_exporter import OTLPSpanExporter

import authz.pb
from authz.pb import CheckRequest, CheckResponse, HttpStatus

theirs = external_auth_pb2.CheckRequest()
theirs.attributes.source.address.socket_address.address = "10.0.0.1"
theirs.attributes.source.address.socket_address.port_value = 443
theirs.attributes.request.http.headers["x-a"] = "1"
theirs.attributes.request.time.FromSeconds(5)
theirs.attributes.metadata_context.filter_metadata["jwt"]["sub"] = "me"
theirs.attributes.metadata_context.typed_filter_metadata["not.ours"].type_url = "kept"

ours = CheckRequest.FromString(theirs.SerializeToString())
assert ours.attributes.source.address.socket_address.port_value == 443
assert dict(ours.attributes.request.http.headers) == {"x-a": "1"}
assert ours.attributes.request.time.ToSeconds() == 5
assert ours.attributes.metadata_context.filter_metadata["jwt"]["sub"] == "me"
assert external_auth_pb2.CheckRequest.FromString(ours.SerializeToString()) == theirs
assert ours.DESCRIPTOR.file.pool is not theirs.DESCRIPTOR.file.pool

answer = CheckResponse()
answer.status.code = 7
answer.denied_response.status.CopyFrom(HttpStatus(code=403))
answer.dynamic_metadata["reason"] = "no rule"
back = external_auth_pb2.CheckResponse.FromString(answer.SerializeToString())
assert (back.status.code, back.denied_response.status.code) == (7, 403)
assert back.dynamic_metadata["reason"] == "no rule"

for exporter in (OTLPSpanExporter(insecure=True), OTLPMetricExporter(insecure=True)):
    exporter.shutdown()
print("fine")
"""


@pytest.fixture
def python(tmp_path: Path) -> Iterator[str]:
    """The interpreter of a throw-away environment; it is about 100 MB, so pytest shall not keep it."""
    run(sys.executable, "-m", "venv", str(tmp_path / "venv"))
    yield str(tmp_path / "venv" / "bin" / "python")
    shutil.rmtree(tmp_path / "venv")


@pytest.mark.e2e
@pytest.mark.timeout(300)
def test_authz_xds_protos_and_an_otlp_exporter_share_a_process(python: str, tmp_path: Path) -> None:
    wheel = build_wheel(tmp_path / "dist")
    # xds-protos first: it brings an old opentelemetry/proto of its own, which OpenTelemetry's has to replace
    pip_install(python, "xds-protos")
    pip_install(python, "opentelemetry-exporter-otlp-proto-grpc")
    pip_install(python, str(wheel))
    assert run(python, "-I", "-W", "error", "-c", PROGRAM) == "fine\n"


def build_wheel(directory: Path) -> Path:
    """Build the project's wheel with the backend of this environment; nothing is fetched."""
    pip = (sys.executable, "-m", "pip", "--disable-pip-version-check", "wheel", "--quiet")
    run(*pip, "--no-deps", "--no-build-isolation", "--wheel-dir", str(directory), str(ROOT))
    (wheel,) = directory.glob("authz-*.whl")
    return wheel


def pip_install(python: str, requirement: str) -> None:
    run(python, "-m", "pip", "--disable-pip-version-check", "install", "--quiet", requirement)


def run(*command: str) -> str:
    """Run a command and return what it prints, or fail the test with what it says."""
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        pytest.fail(f"{' '.join(command)[:300]}\nended with {done.returncode}:\n{done.stderr[-4000:]}", pytrace=False)
    return done.stdout
