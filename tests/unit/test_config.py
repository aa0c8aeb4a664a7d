from __future__ import annotations

from pathlib import Path

import pytest

from authz.config import Settings, apply_flags, check_listen, is_loopback, read_settings
from authz.decision.engine import EngineSettings
from authz.model.errors import SettingsError
from authz.model.settings import BareRequestPrincipals, DecidingSettings
from authz.model.workload import LABELS_UNKNOWN, Workload


def read(tmp_path: Path, content: str, name: str = "authz.yaml") -> Settings:
    file = tmp_path / name
    file.write_text(content)
    return read_settings(file)


def refusal(tmp_path: Path, content: str) -> list[str]:
    """Each problem without the name of the file."""
    with pytest.raises(SettingsError) as caught:
        read(tmp_path, content)
    return [line.removeprefix(f"{tmp_path / 'authz.yaml'}:") for line in str(caught.value).splitlines()]


@pytest.mark.parametrize("content", ["", "# nothing", "{}", "---\n"])
def test_without_a_word_the_defaults_hold(tmp_path: Path, content: str) -> None:
    assert read(tmp_path, content) == Settings(file=tmp_path / "authz.yaml")


def test_nothing_permissive_is_a_default() -> None:
    settings = Settings()
    assert (settings.allow_empty, settings.insecure_listen) == (False, False)
    assert settings.deciding.bare_request_principals is BareRequestPrincipals.ISTIO
    assert is_loopback(settings.transport.listen)
    assert settings.workload is None


def test_every_key_is_read(tmp_path: Path) -> None:
    settings = read(
        tmp_path,
        "policies: policies\nmesh: ../mesh.yaml\nlisten: 127.0.0.1:0\nworkload: foo/a=b\nallowEmpty: true\n"
        "insecureListen: true\ndrainSeconds: 0\nbareRequestPrincipals: subject\n",
    )
    assert settings.policies == (tmp_path / "policies",)
    assert settings.mesh == tmp_path / "../mesh.yaml"
    assert settings.transport.listen == "127.0.0.1:0"
    assert settings.workload == Workload("foo", frozenset({("a", "b")}))
    assert (settings.allow_empty, settings.insecure_listen, settings.drain_seconds) == (True, True, 0)
    assert settings.deciding == DecidingSettings(BareRequestPrincipals.SUBJECT)
    assert settings.engine == EngineSettings(settings.deciding, settings.workload)


def test_an_absolute_path_stays_and_a_relative_one_is_relative_to_the_file(tmp_path: Path) -> None:
    (tmp_path / "etc").mkdir()
    settings = read(tmp_path, "policies: /srv/policies\nmesh: mesh.yaml", "etc/authz.yaml")
    assert (settings.policies, settings.mesh) == ((Path("/srv/policies"),), tmp_path / "etc/mesh.yaml")


def test_settings_may_be_json(tmp_path: Path) -> None:
    assert read(tmp_path, '{"drainSeconds": 7}', "authz.json").drain_seconds == 7


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ("- a", "1:1: AZ021 expected a mapping, found a list"),
        ("policy: a", "1:1: AZ020 policy: there is no such field; did you mean 'policies'?"),
        ("allow_empty: true", "1:1: AZ020 allow_empty: there is no such field; did you mean 'allowEmpty'?"),
        ("policies: a\n---\nmesh: b", "3:1: AZ301 a settings file is one document"),
        ("policies: a\npolicies: b", "2:1: AZ005 the key 'policies' stands here again; first in line 1"),
        ("policies: {a: b}", "1:11: AZ021 policies: expected a list of strings, found a mapping"),
        ("policies: ''", "1:11: AZ025 policies: expected a path, found nothing; remove the field or name a file"),
        ("mesh: ''", "1:7: AZ025 mesh: expected a path, found nothing; remove the field or name a file"),
        ("mesh:", "1:6: AZ021 mesh: expected a string, found nothing; remove the field or give it a value"),
        ("allowEmpty: 'true'", "1:13: AZ021 allowEmpty: expected true or false, found 'true'"),
        ("insecureListen: 1", "1:17: AZ021 insecureListen: expected true or false, found the number 1"),
        ("drainSeconds: 3601", "1:15: AZ026 drainSeconds: expected a number from 0 to 3600, found 3601"),
        ("drainSeconds: -1", "1:15: AZ021 drainSeconds: expected a whole number, found the number -1"),
        ("drainSeconds: 1.5", "1:15: AZ021 drainSeconds: expected a whole number, found the number 1.5"),
        ("drainSeconds: 10s", "1:15: AZ021 drainSeconds: expected a whole number, found '10s'"),
        (
            "bareRequestPrincipals: Subject",
            "1:24: AZ026 bareRequestPrincipals: expected one of istio, subject, found 'Subject'",
        ),
        (
            "\nlisten: 127.0.0.1",
            "2:9: AZ301 listen: expected HOST:PORT, [IPv6]:PORT or unix:PATH, found '127.0.0.1'",
        ),
        ("listen: 9191", '1:9: AZ021 listen: expected a string, found the number 9191; write "9191" in quotes'),
        ("workload: =", "1:11: AZ301 workload: expected NAMESPACE/LABEL=VALUE,..., found '='"),
        ("telemetry: {traces: some}", "1:21: AZ026 telemetry.traces: expected one of off, parent, ratio, found 'some'"),
        ("telemetry: {traces: on}", "1:21: AZ021 telemetry.traces: expected a string, found the boolean on"),
        ("telemetry: {tracesRatio: 1.5}", "1:26: AZ026 telemetry.tracesRatio: expected a number from 0 to 1, such as"),
        ("telemetry: {tracesRatio: a}", "1:26: AZ021 telemetry.tracesRatio: expected a number from 0 to 1, found 'a'"),
        ("telemetry: {otlpEndpoint: 'a:1'}", "1:27: AZ301 telemetry.otlpEndpoint: expected http://HOST:PORT or https"),
        ("tls: a", "1:6: AZ021 tls: expected a mapping, found 'a'"),
        ("tls: {certificat: a}", "1:7: AZ020 tls.certificat: there is no such field; did you mean 'certificate'?"),
        ("tls: {key: 1}", "1:12: AZ021 tls.key: expected a string, found the number 1"),
        ("tls: {key: ''}", "1:12: AZ025 tls.key: expected a path, found nothing"),
        ("tls: {allowedSpiffeIds: a}", "1:25: AZ021 tls.allowedSpiffeIds: expected a list of strings, found 'a'"),
        ("tls: {allowedSpiffeIds: []}", "1:25: AZ025 tls.allowedSpiffeIds: expected at least one, found none"),
        ("tls: {allowedSpiffeIds: [a]}", "1:25: AZ301 tls.allowedSpiffeIds: 'a': does not begin with 'spiffe://'"),
        ("tls: {allowedSpiffeIds: ['*']}", "1:25: AZ301 tls.allowedSpiffeIds: '*': a '*' may stand only behind"),
        (
            "\tpolicies: a",
            "1:1: AZ003 not YAML: found character that cannot start any token, while scanning for the next",
        ),
    ],
)
def test_what_is_wrong_with_a_setting_is_said_at_its_place(tmp_path: Path, content: str, expected: str) -> None:
    (line,) = refusal(tmp_path, content)
    assert line.startswith(expected)


def test_all_problems_are_found_in_one_run(tmp_path: Path) -> None:
    found = refusal(tmp_path, "workload: =\nlisten: nowhere\nmesh: 1\nallowEmpty: 2\nother: 3\n")
    assert [line.split(":")[0] for line in found] == ["1", "2", "3", "4", "5"]


@pytest.mark.parametrize("name", ["nowhere.yaml", "."])
def test_a_settings_file_that_cannot_be_read_is_an_error(tmp_path: Path, name: str) -> None:
    with pytest.raises(SettingsError, match="cannot be read: "):
        read_settings(tmp_path / name)


def test_a_flag_wins_over_the_file(tmp_path: Path) -> None:
    settings = read(tmp_path, "policies: a\nmesh: m\nlisten: 127.0.0.1:1\nworkload: foo/\nallowEmpty: true")
    flags = {"policies": "b", "mesh": "n", "listen": "[::1]:2", "workload": "bar"}
    changed = apply_flags(settings, flags)
    assert (changed.policies, changed.mesh) == ((Path("b"),), Path("n"))
    assert changed.transport.listen == "[::1]:2"
    assert changed.workload == Workload("bar", LABELS_UNKNOWN)
    assert changed.allow_empty
    assert apply_flags(settings, {}) == settings


@pytest.mark.parametrize(
    ("flag", "value"),
    [("policies", ""), ("mesh", ""), ("listen", ""), ("listen", "x"), ("workload", ""), ("workload", "foo/a= b")],
)
def test_a_flag_that_cannot_be_meant_is_refused_by_name(flag: str, value: str) -> None:
    with pytest.raises(SettingsError, match=f"^{flag}: expected "):
        apply_flags(Settings(), {flag: value})


LOOPBACK = [
    "127.0.0.1:9191",
    "127.255.0.3:0",
    "localhost:80",
    "[::1]:9191",
    "[0:0:0:0:0:0:0:1]:1",
    "unix:/run/a",
    "unix:a",
]
BEYOND = [
    "0.0.0.0:80", "[::]:80", "10.0.0.1:80", "example.com:80", "127.evil.com:80", "127.0.0.1.evil:80",
    "localhost.evil:80", "localhost.:80", "127.0.0.256:80", "127.1:80", "0127.0.0.1:80", "[::ffff:127.0.0.1]:80",
    "[2001:db8::1]:80", "[fe80::1%eth0]:80",
]  # fmt: skip


@pytest.mark.parametrize("listen", LOOPBACK)
def test_an_address_of_this_machine_is_loopback(listen: str) -> None:
    assert is_loopback(check_listen(listen))


@pytest.mark.parametrize("listen", BEYOND)
def test_what_may_be_another_machine_is_not_loopback(listen: str) -> None:
    assert not is_loopback(check_listen(listen))


@pytest.mark.parametrize(
    "listen",
    [
        "", ":", "9191", ":9191", "127.0.0.1", "127.0.0.1:", "127.0.0.1:http", "127.0.0.1:-1", "127.0.0.1:65536",
        "127.0.0.1:+80", "127.0.0.1:8_0", "127.0.0.1:\uff18\uff10", "127.0.0.1:8²", "127.0.0.1:" + "9" * 5000,
        "127.0.0.1: 80", "127.0.0.1:80:90", "::1:80", "[::1]", "[::1:80", "::1]:80", "[127.0.0.1]:80", "[]:80",
        "[::1%]:x", "a b:80", "a/b:80", "http://127.0.0.1:80", "dns:///localhost:80", "unix-abstract:x", "unix:",
        "unix:a\0b", "*:80", "127.0.0.1:80\n",
    ],
)  # fmt: skip
def test_what_is_no_address_to_listen_on_is_refused(listen: str) -> None:
    with pytest.raises(SettingsError, match=r"^listen: expected "):
        check_listen(listen)


def test_what_decides_is_taken_at_once_and_the_rest_with_the_next_start() -> None:
    running = Settings(policies=(Path("a"),))
    deciding = DecidingSettings(BareRequestPrincipals.SUBJECT)
    assert not Settings(policies=(Path("a"),), workload=Workload("foo"), deciding=deciding).needs_restart_for(running)
    assert Settings(policies=(Path("a"),), drain_seconds=1).needs_restart_for(running)
    assert apply_flags(running, {"listen": "127.0.0.1:1"}).needs_restart_for(running)


TLS = """
tls:
  certificate: tls/tls.crt
  key: /run/tls.key
  clientCa: tls/ca.crt
  allowedSpiffeIds: ["spiffe://td/ns/web/sa/front", "spiffe://td/ns/gateways/*"]
"""


def test_tls_is_a_section_of_its_own(tmp_path: Path) -> None:
    tls = read(tmp_path, TLS).transport.tls
    assert (tls.certificate, tls.key) == (tmp_path / "tls/tls.crt", Path("/run/tls.key"))
    assert tls.client_ca == tmp_path / "tls/ca.crt"
    assert list(map(str, tls.allowed_spiffe_ids)) == ["spiffe://td/ns/web/sa/front", "spiffe://td/ns/gateways/*"]
    assert tls.knows_its_clients


def test_a_flag_of_tls_wins_over_its_key_alone(tmp_path: Path) -> None:
    tls = apply_flags(read(tmp_path, TLS), {"tls.key": "k", "tls.allowedSpiffeIds": ("spiffe://td/a",)}).transport.tls
    assert (tls.certificate, tls.key) == (tmp_path / "tls/tls.crt", Path("k"))
    assert list(map(str, tls.allowed_spiffe_ids)) == ["spiffe://td/a"]


def test_an_id_that_is_none_is_refused_by_flag(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"^tls.allowedSpiffeIds: 'td/a': does not begin with 'spiffe://'$"):
        apply_flags(Settings(), {"tls.allowedSpiffeIds": ("td/a",)})


def test_settings_of_tls_need_a_restart(tmp_path: Path) -> None:
    running = read(tmp_path, TLS)
    assert apply_flags(running, {"tls.key": "k"}).needs_restart_for(running)


def test_telemetry_is_off_unless_told(tmp_path: Path) -> None:
    assert not Settings().telemetry.is_on
    assert not read(tmp_path, "telemetry: {traces: off, metrics: off}").telemetry.is_on
    content = "telemetry: {otlpEndpoint: 'https://a:4317', traces: ratio, tracesRatio: 0.25, metrics: on}"
    telemetry = read(tmp_path, content).telemetry
    assert (telemetry.otlp_endpoint, telemetry.traces.value, telemetry.traces_ratio) == (
        "https://a:4317",
        "ratio",
        0.25,
    )
    assert (telemetry.metrics, telemetry.trace_paths) == (True, False)


@pytest.mark.parametrize("share", ["-0.1", "1.1", "1e-3", "nan", "", "0.", "0.0000000001"])
def test_a_share_is_a_number_from_0_to_1(share: str) -> None:
    with pytest.raises(SettingsError, match=r"^telemetry.tracesRatio: expected a number from 0 to 1"):
        apply_flags(Settings(), {"telemetry.tracesRatio": share})


def test_trust_bundles_are_files_beside_the_settings_each_perhaps_of_a_trust_domain(tmp_path: Path) -> None:
    settings = read(tmp_path, "trustBundles: [ca.pem, other.example=/etc/other.pem, ./a=b.pem]\ncrls: [revoked.pem]")
    other = ("other.example", Path("/etc/other.pem"))
    assert settings.trust.bundles == (("", tmp_path / "ca.pem"), other, ("", tmp_path / "a=b.pem"))
    assert settings.trust.revocations == (tmp_path / "revoked.pem",)
    assert settings.trust.paths == (tmp_path / "ca.pem", other[1], tmp_path / "a=b.pem", tmp_path / "revoked.pem")


def test_bundles_by_flag_are_files_where_one_is() -> None:
    settings = apply_flags(Settings(), {"trustBundles": ("ca.pem", "td=b.pem"), "crls": ("c.pem",)})
    assert settings.trust.bundles == (("", Path("ca.pem")), ("td", Path("b.pem")))
    assert settings.trust.revocations == (Path("c.pem"),)


def test_a_peer_without_a_certificate_is_not_believed_by_default() -> None:
    peers = Settings().deciding.peers
    assert (peers.require_certificate, peers.skip_validate_trust_domain, peers.xfcc_from) == (True, False, ())


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ("trustBundles: ca.pem", "1:15: AZ021 trustBundles: expected a list of strings, found 'ca.pem'"),
        ("trustBundles: []", "1:15: AZ025 trustBundles: expected at least one, found none; or remove the field"),
        ("crls: ['']", "1:8: AZ025 crls[0]: an empty value is not allowed"),
        ("xfccFrom: [gateway]", "1:11: AZ301 xfccFrom: 'gateway' is neither a SPIFFE id nor an address or a block"),
        ("trustBundles: ['TD=ca.pem']", "1:15: AZ301 trustBundles: its trust domain is not 1 to 255"),
    ],
)
def test_what_names_no_bundle_or_proxy_is_refused(tmp_path: Path, content: str, expected: str) -> None:
    (problem,) = refusal(tmp_path, content)
    assert problem.startswith(expected)


def test_other_bundles_wait_for_the_next_start_and_who_is_believed_does_not() -> None:
    running = Settings(policies=(Path("a"),))
    assert apply_flags(running, {"trustBundles": ("ca.pem",)}).needs_restart_for(running)
    assert not apply_flags(running, {"requireCertificate": False, "xfccFrom": ("::1",)}).needs_restart_for(running)


def test_policies_may_be_several(tmp_path: Path) -> None:
    settings = read(tmp_path, "policies: [a, /b]")

    assert settings.policies == (tmp_path / "a", Path("/b"))
    assert apply_flags(settings, {"policies": ("c", "d")}).policies == (Path("c"), Path("d"))
