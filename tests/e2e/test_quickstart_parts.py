"""The quickstart's parts that need no Envoy."""

from __future__ import annotations

import base64
import contextlib
import datetime as dt
import io
import json
import os
import re
import signal
import socket
import stat
from pathlib import Path
from typing import TYPE_CHECKING

import jwt
import pytest
import yaml
from cryptography import x509

from authz import Authorizer, BareRequestPrincipals, DecidingSettings
from authz.cli.main import main
from authz.forwarder.supervisor import ProcessFailedError
from authz.runtime.quickstart import gateway
from authz.runtime.quickstart.access_log import Entry, find_entry
from authz.runtime.quickstart.authorizer import Ready, parse_ready
from authz.runtime.quickstart.backend import USER_HEADER, peer_of
from authz.runtime.quickstart.certificates import CertificateAuthority
from authz.runtime.quickstart.client import Reply
from authz.runtime.quickstart.interruption import Interrupted, Interruption
from authz.runtime.quickstart.login import HOST, ISSUER, KEYS_PATH, Login
from authz.runtime.quickstart.ports import claimed, free_port, start_on
from authz.runtime.quickstart.report import Style
from authz.runtime.quickstart.scenario import GATEWAY, rows
from authz.runtime.quickstart.session import NoPoliciesError, find_policies, settings_beside
from authz.runtime.quickstart.tokens import TokenIssuer, break_signature
from authz.sources.dial import FetchError
from authz.sources.http_get import HttpGet
from authz.sources.jwks_settings import JwksSettings

if TYPE_CHECKING:
    from collections.abc import Iterator


LOCALHOST = "127.0.0.1"
ROOT = Path(__file__).parents[2]
KEYS = f"{ISSUER}{KEYS_PATH}"


def test_the_ready_line_is_found_among_others() -> None:
    log = "warning: something\nauthz ready: listening on 127.0.0.1:9191, 5 policies, digest sha256:ab\n"
    assert parse_ready(log) == Ready(("127.0.0.1", 9191), 5, "sha256:ab")
    assert parse_ready("authz ready: listening on [::1]:1, 1 policy, digest sha256:ab") == Ready(
        ("::1", 1), 1, "sha256:ab"
    )
    assert parse_ready("authz ready: list") is None


def test_a_token_verifies_until_its_signature_is_broken() -> None:
    issuer = TokenIssuer("https://login.test")
    token = issuer.mint("me", {"groups": ["a"]})
    key = jwt.PyJWKSet.from_json(issuer.jwks()).keys[0]
    claims = jwt.decode(token, key, algorithms=["RS256"])
    assert (claims["iss"], claims["sub"], claims["groups"]) == (issuer.issuer, "me", ["a"])
    with pytest.raises(jwt.InvalidSignatureError):
        jwt.decode(break_signature(token), key, algorithms=["RS256"])
    with pytest.raises(jwt.ExpiredSignatureError):
        jwt.decode(issuer.mint("me", lifetime=dt.timedelta(hours=-1)), key, algorithms=["RS256"])


def test_a_certificate_says_who_it_is_and_its_key_is_private(tmp_path: Path) -> None:
    authority = CertificateAuthority(tmp_path)
    pair = authority.issue("me", spiffe_ids=["spiffe://td/ns/a/sa/b"], dns_names=["localhost"])
    certificate = x509.load_pem_x509_certificate(pair.certificate.read_bytes())
    names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert names.get_values_for_type(x509.UniformResourceIdentifier) == ["spiffe://td/ns/a/sa/b"]
    certificate.verify_directly_issued_by(x509.load_pem_x509_certificate(authority.certificate.read_bytes()))
    assert stat.S_IMODE(pair.key.stat().st_mode) == 0o600


def test_the_backend_reads_what_envoy_says_of_the_caller() -> None:
    assert peer_of("Hash=abc;URI=spiffe://td/ns/a/sa/b") == "spiffe://td/ns/a/sa/b"
    assert peer_of("") is None


def test_what_my_app_says_is_told_from_what_envoy_says() -> None:
    reply = Reply(200, "r1", '{"version": "v1", "user": null}')
    assert (reply.said_by_my_app("version"), reply.said_by_my_app("user")) == ("v1", None)
    assert Reply(403, "r1", "RBAC: access denied").said_by_my_app("version") is None
    assert Reply(401, "r1", '"version"').said_by_my_app("version") is None


@pytest.fixture
def login(tmp_path: Path) -> Iterator[Login]:
    (tmp_path / "jwks.json").write_text("one")
    with Login(tmp_path / "jwks.json", CertificateAuthority(tmp_path).issue("login", dns_names=[HOST])) as login:
        yield login


def by_way_of(login: Login, ca_file: Path | None) -> HttpGet:
    return HttpGet(JwksSettings(proxy=login.proxy, ca_file=ca_file))


def test_the_issuer_publishes_what_its_file_says_now(login: Login, tmp_path: Path) -> None:
    get = by_way_of(login, tmp_path / "ca.pem")
    assert get(KEYS, 5) == b"one"
    (tmp_path / "jwks.json").write_text("two")
    assert get(KEYS, 5) == b"two"
    (tmp_path / "jwks.json").unlink()
    with pytest.raises(FetchError, match="status 404"):
        get(KEYS, 5)
    with pytest.raises(FetchError, match="status 404"):
        get(f"{ISSUER}/../ca.key", 5)


def test_the_way_to_the_issuer_leads_nowhere_else(login: Login, tmp_path: Path) -> None:
    for elsewhere in ("https://www.example.com/", f"{ISSUER}:8443/", "https://93.184.216.34/"):
        with pytest.raises(FetchError, match=f"502 the quickstart has no other host than {HOST}"):
            by_way_of(login, tmp_path / "ca.pem")(elsewhere, 5)


def test_the_issuer_proves_its_name_to_whoever_knows_its_ca(login: Login) -> None:
    err = io.StringIO()
    with contextlib.redirect_stderr(err), pytest.raises(FetchError, match="certificate"):
        by_way_of(login, None)(KEYS, 5)
    assert err.getvalue() == "", "a caller that hangs up is nothing to complain about"


def test_the_policies_name_the_issuer_that_the_quickstart_plays() -> None:
    (document,) = yaml.safe_load_all((ROOT / "policies" / "quickstart" / "my-app-tokens.yaml").read_text())
    (rule,) = document["spec"]["jwtRules"]
    assert (rule["issuer"], rule["jwksUri"]) == (ISSUER, KEYS)
    assert rule["outputClaimToHeaders"] == [{"header": USER_HEADER, "claim": "sub"}]


def taken(port: int) -> socket.socket:
    held = socket.socket()
    held.bind((LOCALHOST, port))
    held.listen()
    return held


def test_a_port_that_somebody_else_got_in_between_is_replaced() -> None:
    wanted, tried = free_port(LOCALHOST), []
    with contextlib.ExitStack() as stack:

        def start(port: int) -> int:
            tried.append(port)
            if port:
                stack.enter_context(taken(port))
                raise ProcessFailedError("in use", "")
            return port

        assert start_on(LOCALHOST, wanted, start) == 0
        assert start_on(LOCALHOST, wanted, start) == 0
    assert tried == [wanted, 0, 0]


def test_a_port_that_is_claimed_or_taken_is_replaced() -> None:
    wanted = free_port(LOCALHOST)
    with claimed(LOCALHOST, wanted) as first, claimed(LOCALHOST, wanted) as second:
        assert first == wanted
        assert second not in {0, wanted}
    with taken(wanted), claimed(LOCALHOST, wanted) as other:
        assert other not in {0, wanted}
    with claimed(LOCALHOST, wanted) as again:
        assert again == wanted


def test_what_fails_though_its_port_is_free_has_failed() -> None:
    def start(port: int) -> int:
        tried.append(port)
        raise ProcessFailedError("bad policies", "")

    wanted, tried = free_port(LOCALHOST), list[int]()
    with pytest.raises(ProcessFailedError, match="bad policies"):
        start_on(LOCALHOST, wanted, start)
    with taken(wanted), pytest.raises(ProcessFailedError, match="bad policies"):
        start_on(LOCALHOST, wanted, start)
    assert tried == [wanted, 0]


def test_the_documents_show_the_digest_of_the_policies() -> None:
    settings = DecidingSettings(BareRequestPrincipals.SUBJECT)
    authorizer = Authorizer.from_directory(str(ROOT / "policies" / "quickstart"), settings=settings)
    for document in ("README.md", "docs/operations.md"):
        (digest,) = re.findall(r"authz ready: .* 9 policies .*, digest (\S+)\.\.\.", (ROOT / document).read_text())
        assert authorizer.digest.startswith(digest)


def test_a_line_of_the_access_log_counts_when_it_is_whole(tmp_path: Path) -> None:
    log = tmp_path / "access.log"
    line = (
        '{"request_id":"r1","matched_policy":"p","reason":null,"details":"d",'
        '"dry_run_deny":null,"dry_run_deny_policy":null}'
    )
    assert find_entry([log], "r1") is None
    log.write_text(line)
    assert find_entry([log], "r1") is None
    log.write_text(f"{line}\n")
    assert find_entry([tmp_path / "none.log", log], "r1") == Entry("p", "d", None, None)
    assert find_entry([log], "r2") is None


def test_a_signal_is_noticed_at_the_next_pause_and_every_one_after() -> None:
    with Interruption() as interruption:
        interruption.pause(0)
        os.kill(os.getpid(), signal.SIGTERM)
        for _ in range(2):
            with pytest.raises(Interrupted, match="SIGTERM"):
                interruption.pause(60)


def test_the_signals_are_as_before_afterwards() -> None:
    before = signal.getsignal(signal.SIGTERM)
    with Interruption():
        assert signal.getsignal(signal.SIGTERM) is not before
    assert signal.getsignal(signal.SIGTERM) is before


def test_policies_are_found_from_the_first_root_that_has_them(tmp_path: Path) -> None:
    (tmp_path / "b" / "policies" / "quickstart").mkdir(parents=True)
    assert find_policies(None, [tmp_path / "a", tmp_path / "b"]) == tmp_path / "b" / "policies" / "quickstart"
    with pytest.raises(NoPoliciesError, match="--policies DIR"):
        find_policies(None, [tmp_path / "a"])


def test_settings_lie_beside_the_directory_and_are_optional(tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    assert settings_beside(tmp_path / "mine") is None
    settings = tmp_path / "mine.authz.yaml"
    settings.touch()
    assert settings_beside(tmp_path / "mine") == settings


def test_colour_is_for_terminals() -> None:
    assert Style(colour=False).good("✓") == "✓"
    assert Style(colour=True).good("✓") == "\x1b[32m✓\x1b[0m"


def test_an_output_without_the_marks_gets_plain_ones(tmp_path: Path) -> None:
    with (tmp_path / "out").open("w", encoding="ascii") as out:
        assert Style.of(out, {}) == Style(colour=False, marks=("+", "!"))
    with (tmp_path / "out").open("w", encoding="utf-8") as out:
        assert Style.of(out, {}).marks == ("✓", "✗")


def test_every_proxy_has_rows_and_no_row_stands_twice() -> None:
    asked = [(row.at, row.method, row.path, row.caller, row.claimed_user, row.host) for row in rows()]
    assert {at for at, *_ in asked} == {"v1", "v2", GATEWAY}
    assert len(set(asked)) == len(asked)


def test_both_are_ready_when_the_gateway_is() -> None:
    log = "INFO: keys\nauthz ready: forwarding on [::]:8443, asking unix:/a/authz.sock, 10 resources, version 0a4e\n"
    assert gateway.parse_ready(log) == gateway.Ready("unix:/a/authz.sock", 10, "0a4e")
    assert gateway.parse_ready("authz ready: listening on 127.0.0.1:9191, 5 policies, digest sha256:ab\n") is None


def test_the_mesh_of_the_quickstart_is_what_its_routing_names(tmp_path: Path) -> None:
    pair = CertificateAuthority(tmp_path).issue("gateway", dns_names=[gateway.HOST_NAME])
    mesh = gateway.write_mesh(tmp_path / "mesh", pair, {"v1": 1234, "v2": 2345})
    documents = [json.loads(path.read_text()) for path in sorted(mesh.iterdir())]
    assert {stat.S_IMODE(path.stat().st_mode) for path in mesh.iterdir()} == {0o600}
    assert stat.S_IMODE(mesh.stat().st_mode) == 0o700
    entries = [one["spec"] for one in documents if one["kind"] == "WorkloadEntry"]
    assert [(one["labels"]["version"], one["ports"]) for one in entries] == [
        ("v1", {"http": 1234}),
        ("v2", {"http": 2345}),
    ]
    (secret,) = [one for one in documents if one["kind"] == "Secret"]
    (listed,) = yaml.safe_load_all((ROOT / "policies" / "quickstart" / "gateway.yaml").read_text())
    (server,) = listed["spec"]["servers"]
    assert (secret["metadata"]["name"], secret["metadata"]["namespace"]) == (
        server["tls"]["credentialName"],
        listed["metadata"]["namespace"],
    )
    assert server["hosts"] == [gateway.HOST_NAME]
    assert base64.b64decode(secret["data"]["tls.key"]) == pair.key.read_bytes()


def test_the_policies_and_the_mesh_of_the_quickstart_are_good(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    pair = CertificateAuthority(tmp_path).issue("gateway", dns_names=[gateway.HOST_NAME])
    mesh = gateway.write_mesh(tmp_path / "mesh", pair, {"v1": 1234, "v2": 2345})
    settings = str(ROOT / "policies" / "quickstart.authz.yaml")
    policies = str(ROOT / "policies" / "quickstart")
    assert main(["validate", "--strict", "--config", settings, policies, str(mesh)]) == 0, capsys.readouterr().out
    one = ["--host", gateway.HOST_NAME, "--path", "/v2/x", "--labels", gateway.GATEWAY_LABELS]
    assert main(["routes", policies, str(mesh), *one]) == 0
    assert "127.0.0.1:2345" in capsys.readouterr().out
