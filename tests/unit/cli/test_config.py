"""`authz config print`, and that flags and keys of the settings file are the same."""

from __future__ import annotations

import argparse
import json
from dataclasses import replace
from pathlib import Path

import pytest

from authz.cli import config
from authz.cli.main import main
from authz.config import SETTINGS, Settings, read_settings

FULL = """\
policies: policies
mesh: "mesh.yaml"
trustBundles: [ca.pem, "other.example=/etc/other.pem"]
crls: [revoked.pem]
requireCertificate: false
skipValidateTrustDomain: true
xfccFrom: ["spiffe://cluster.local/ns/gw/*", 10.0.0.0/8]
listen: 127.0.0.1:0
httpListen: "[::1]:9193"
workload: foo/b=c,a=b
allowEmpty: true
insecureListen: true
tls:
  certificate: "on"
  key: key.pem
  clientCa: ca.pem
  allowedSpiffeIds: ["spiffe://cluster.local/ns/a/sa/b", "spiffe://cluster.local/ns/b/sa/*"]
drainDelaySeconds: 3
drainSeconds: 4
logLevel: error
logFormat: json
log:
  directory: decisions
  stdout: true
  whenFull: deny
  queueRecords: 10
  queueMiB: 2
  segmentMiB: 3
  segmentSeconds: 60
  keepDays: 4
  keepMiB: 5
  compress: false
  fsync: never
  fsyncMs: 100
  signingKey: log.key
  hashKey: hash.key
  sampleAllowed: 0.5
  sampleDenied: 0.25
  headers: [x-tenant]
  claims: [groups, "[realm_access][roles]"]
  query: true
  mask: ["header:x-api-key=hash", "path:/reset/*=mask"]
telemetry:
  otlpEndpoint: http://127.0.0.1:4317
  traces: ratio
  tracesRatio: 0.00001
  tracePaths: true
  metrics: true
jwks:
  refreshSeconds: 60
  keepSeconds: 86400
  unknownKidCooldownSeconds: 30
  allowHttp: true
  allowPrivateAddresses: true
  allowLoopback: true
  blockedCidrs: [10.0.0.0/8, "fd00::/8"]
  proxy: http://proxy.example:3128
  caFile: ca.pem
bareRequestPrincipals: subject
forward:
  role: sidecar
  namespace: edge
  labels: "istio=ingressgateway"
  serviceAccount: gateway
  clusterDomain: example.org
  portMap: "80=8080,443=8443"
  authorizer: none
  authorizerTimeoutMs: 250
  statusOnError: 503
  admin: 127.0.0.1:15000
  xdsListen: unix:/run/xds
  httpListen: 127.0.0.1:9194
  maxConnections: 9
  envoyDrainSeconds: 7
  envoyLog: info
  envoyCertificate: chain.pem
  envoyKey: mine.key
  envoyRoot: roots.pem
"""


@pytest.fixture(autouse=True)
def _in_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def printed(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    assert main(["config", "print", *arguments]) == 0
    return capsys.readouterr().out


def reread(text: str) -> Settings:
    Path("again.yaml").write_text(text)
    return replace(read_settings(Path("again.yaml")), file=None)


def test_every_setting_has_a_flag_and_a_key_and_there_are_no_others() -> None:
    verbs = argparse.ArgumentParser().add_subparsers()
    config.add_parser(verbs)
    (things,) = [one for one in verbs.choices["config"]._actions if isinstance(one, argparse._SubParsersAction)]
    flags = {flag for action in things.choices["print"]._actions for flag in action.option_strings}
    flags = {flag for flag in flags if not flag.startswith("--no-")} - {"-h", "--help", "--config", "--output"}
    assert flags == {setting.flag for setting in SETTINGS}
    assert len(flags) == len({setting.key for setting in SETTINGS}) == len(SETTINGS)


def test_the_file_of_these_tests_has_every_key() -> None:
    Path("authz.yaml").write_text(FULL)
    assert set(read_settings(Path("authz.yaml")).origins) == {setting.key for setting in SETTINGS}


def test_what_is_printed_is_a_settings_file_that_means_the_same(capsys: pytest.CaptureFixture[str]) -> None:
    Path("authz.yaml").write_text(FULL)
    before = replace(read_settings(Path("authz.yaml").absolute()), file=None)
    assert reread(printed(capsys, "--config", "authz.yaml")) == before


def test_without_a_word_the_defaults_are_printed(capsys: pytest.CaptureFixture[str]) -> None:
    text = printed(capsys)
    assert reread(text) == Settings()
    origins = [line.rpartition("  # ")[2] for line in text.splitlines() if not line.endswith(":")]
    assert origins == ["default"] * len(SETTINGS)


def test_each_value_says_where_it_is_from(capsys: pytest.CaptureFixture[str]) -> None:
    Path("authz.yaml").write_text("drainSeconds: 3\nlisten: unix:a\ntls:\n  key: k\nallowEmpty: true\n")
    text = printed(capsys, "--config", "authz.yaml", "--listen", "unix:b", "--no-allow-empty", "--policies", "p")
    lines = {line.partition(":")[0].strip(): " ".join(line.split()) for line in text.splitlines()}
    here = Path.cwd()
    assert lines["policies"] == f"policies: {here}/p # flag --policies"
    assert lines["listen"] == "listen: unix:b # flag --listen" or lines["listen"] == 'listen: "unix:b" # flag --listen'
    assert lines["drainSeconds"] == "drainSeconds: 3 # authz.yaml:1"
    assert lines["key"] == f"key: {here}/k # authz.yaml:4"
    assert lines["allowEmpty"] == "allowEmpty: false # flag --allow-empty"
    assert lines["# mesh"] == "# mesh: # default"
    assert lines["logLevel"] == "logLevel: info # default"


def test_machines_read_value_and_origin(capsys: pytest.CaptureFixture[str]) -> None:
    Path("authz.yaml").write_text(FULL)
    found = json.loads(printed(capsys, "--config", "authz.yaml", "--drain-delay", "5", "--output", "json"))
    assert set(found) == {setting.key for setting in SETTINGS}
    assert found["drainDelaySeconds"] == {"value": 5, "origin": "flag --drain-delay"}
    assert found["tls.allowedSpiffeIds"]["value"][1] == "spiffe://cluster.local/ns/b/sa/*"
    assert found["workload"] == {"value": "foo/a=b,b=c", "origin": "authz.yaml:10"}


@pytest.mark.parametrize("name", ["a b", "on", "No", "é", "#x", 'q"', "a\\b", "1e3", "a: b", "{x}"])
def test_no_name_changes_when_it_is_printed(capsys: pytest.CaptureFixture[str], name: str) -> None:
    assert reread(printed(capsys, "--policies", name)).policies == (Path.cwd() / name,)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--drain-seconds", "3601"], "drainSeconds: expected a number from 0 to 3600, found '3601'"),
        (["--drain-delay", "-1"], "drainDelaySeconds: expected a number from 0 to 3600, found '-1'"),
        (["--drain-delay", "1s"], "drainDelaySeconds: expected a number from 0 to 3600, found '1s'"),
        (["--http-listen", "unix:a"], "httpListen: expected HOST:PORT or [IPv6]:PORT, found 'unix:a'"),
        (["--http-listen", "9193"], "httpListen: expected HOST:PORT, [IPv6]:PORT or unix:PATH, found '9193'"),
        (["--config", "gone.yaml"], "gone.yaml: cannot be read: No such file or directory"),
    ],
)
def test_what_cannot_be_used_is_not_printed(
    capsys: pytest.CaptureFixture[str], arguments: list[str], words: str
) -> None:
    assert main(["config", "print", *arguments]) == 1
    out, err = capsys.readouterr()
    assert (out, err) == ("", f"authz: {words}\n")


@pytest.mark.parametrize(
    "arguments", [["--log-level", "loud"], ["--log-format", "xml"], ["--bare-request-principals", ""]]
)
def test_a_word_that_is_none_is_a_wrong_command_line(arguments: list[str]) -> None:
    with pytest.raises(SystemExit, match="2"):
        main(["config", "print", *arguments])
