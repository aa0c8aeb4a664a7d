"""The quickstart as a newcomer runs it, and what it does when something is in its way."""

from __future__ import annotations

import contextlib
import io
import itertools
import json
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from authz.runtime.quickstart import run
from authz.runtime.quickstart.session import POLICIES
from tests.e2e.support import http1

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.e2e

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")
QUICKSTART = [sys.executable, "-m", "authz", "dev", "quickstart"]


@pytest.fixture
def policies(tmp_path: Path) -> Path:
    """A copy of the quickstart's policies, and of their settings beside it."""
    copy = tmp_path / "quickstart"
    shutil.copytree(ROOT / POLICIES, copy)
    shutil.copy(ROOT / "policies" / "quickstart.authz.yaml", tmp_path / "quickstart.authz.yaml")
    return copy


def text_of_run(policies: Path | None = None, status: int = 0) -> str:
    out = io.StringIO()
    assert run(once=True, out=out, policies=policies) == status, out.getvalue()
    return out.getvalue()


def directory_of(text: str) -> Path:
    found = re.search(r"/\S*authz-quickstart-\w+", text)
    assert found
    return Path(found[0])


def test_once_prints_the_table_and_succeeds() -> None:
    ran = subprocess.run([*QUICKSTART, "--once"], cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert ran.stderr == ""
    assert "✗" not in ran.stdout
    assert "\x1b" not in ran.stdout
    assert "requests, all as expected." in ran.stdout
    assert "dry run: ns[default]-policy[retire-v1-legacy]-rule[0] would deny this" in ran.stdout
    assert not directory_of(ran.stdout).exists()


@pytest.fixture(scope="module")
def document() -> Any:
    out = io.StringIO()
    assert run(once=True, out=out, output="json") == 0
    return json.loads(out.getvalue())


def test_the_same_as_json(document: Any) -> None:
    assert document["as_expected"]
    assert {row["workload"] for row in document["rows"]} == {"my-app v1", "my-app v2", "gateway"}
    first = document["rows"][0]
    assert first["got"] == first["expected"]
    assert first["got"]["policy"] == "ns[default]-policy[my-app-policy]-rule[0]"
    assert first["reason"] == first["got"]["reason"] == "allow_rule"


ADMIN_ONLY = "ns[default]-policy[admin-only]-rule[0]"


@pytest.mark.parametrize(
    ("request_", "caller", "claimed_user", "got"),
    [
        ("GET /v1", "token user@example.com", None, {"status": 200, "answered_by": "v1", "user": "user@example.com"}),
        ("GET /v1", "token other@example.com", None, {"status": 403, "reason": "no_allow_rule"}),
        ("GET /v1", "no token", None, {"status": 403, "reason": "no_allow_rule"}),
        ("GET /v1", "token, signature broken", None, {"status": 401, "words": "Jwt verification fails"}),
        ("GET /v1", "token, expired", None, {"status": 401, "words": "Jwt is expired"}),
        ("GET /v1", "token, unknown issuer", None, {"status": 401, "words": "Jwt issuer is not configured"}),
        ("GET /public/hello", "no token", None, {"status": 200, "user": None}),
        ("GET /public/hello", "token, signature broken", None, {"status": 401, "reason": "token_refused"}),
        ("GET /public/hello", "no token", "root", {"status": 200, "user": None}),
        ("GET /v1", "token user@example.com", "root", {"status": 200, "user": "user@example.com"}),
        ("GET /admin", "cert ops/sa/admin", None, {"status": 200, "answered_by": "v1"}),
        ("GET /admin", "cert default/sa/client", None, {"status": 403, "policy": ADMIN_ONLY}),
        ("GET /admin", "plaintext, no cert", None, {"status": 403, "policy": ADMIN_ONLY}),
        ("GET /admin", "cert other.example ops/sa/admin", None, {"status": 403, "policy": ADMIN_ONLY}),
        ("GET /admin", "cert ops/sa/admin by other CA", None, {"status": 403, "reason": "peer_not_verified"}),
        ("GET /public/hello", "cert ops/sa/admin by other CA", None, {"status": 403, "reason": "peer_not_verified"}),
        ("GET /public/../admin", "no token", None, {"status": 403, "policy": ADMIN_ONLY}),
        (
            "GET /v1/legacy",
            "token user@example.com",
            None,
            {"status": 200, "dry_run_policy": "ns[default]-policy[retire-v1-legacy]-rule[0]"},
        ),
    ],
)
def test_the_table_shows(
    document: Any, request_: str, caller: str, claimed_user: str | None, got: dict[str, object]
) -> None:
    asked = ("my-app v1", request_, caller, claimed_user)
    (row,) = [
        row
        for row in document["rows"]
        if (row["workload"], f"{row['method']} {row['path']}", row["caller"], row["claimed_user"]) == asked
    ]
    assert {field: row["got"][field] for field in got} == got


GATEWAY_ID = "spiffe://cluster.local/ns/istio-system/sa/istio-ingressgateway"
OF_USER = {"user": "user@example.com", "peer": GATEWAY_ID}
ENDED = {"reason": "ended at the gateway", "answered_by": None}


@pytest.mark.parametrize(
    ("path", "caller", "host", "got"),
    [
        ("/v1", "token user@example.com", None, {"status": 200, "answered_by": "v1", **OF_USER}),
        ("/v2", "token user@example.com", None, {"status": 200, "answered_by": "v2", **OF_USER}),
        ("/v2", "no token", None, {"status": 403, "reason": "no_allow_rule"}),
        ("/v2", "token, signature broken", None, {"status": 401, "words": "Jwt verification fails"}),
        ("/v1/internal", "token user@example.com", None, {"status": 403, "words": "RBAC: access denied", **ENDED}),
        ("/public/hello", "no token", None, {"status": 404, **ENDED}),
        ("/v1", "token user@example.com", "other.example.com", {"status": 404, **ENDED}),
    ],
)
def test_the_gateway_sends_requests_to_my_app_or_ends_them(
    document: Any, path: str, caller: str, host: str | None, got: dict[str, object]
) -> None:
    asked = ("gateway", path, caller, host, None)
    (row,) = [
        row
        for row in document["rows"]
        if (row["workload"], row["path"], row["caller"], row["host"], row["claimed_user"]) == asked
    ]
    assert {field: row["got"][field] for field in got} == got


def test_without_the_gateways_policy_what_is_internal_is_reached_from_outside(policies: Path) -> None:
    (policies / "internal-paths.yaml").unlink()
    text = text_of_run(policies, status=1)
    assert re.search(r"^✗  GET /v1/internal +token user@example.com +403 +200 v1 +", text, re.MULTILINE)
    assert "2 of 43 requests came out differently." in text


def test_a_gateway_that_the_routes_do_not_name_sends_nothing_anywhere(policies: Path) -> None:
    routes = policies / "my-app-routes.yaml"
    routes.write_text(routes.read_text().replace("- istio-system/my-gateway", "- my-gateway"))
    text = text_of_run(policies, status=1)
    assert re.search(r"^✗  GET /v2 +token user@example.com +200 v2 +404 +- +ended at the gateway$", text, re.MULTILINE)
    assert re.search(r"^✓  GET /v1 +token user@example.com +200 v1 +200 v1 ", text, re.MULTILINE)


def test_the_readme_shows_rows_of_the_table(document: Any) -> None:
    shown = re.findall(r"^✓  (.*)$", README, re.MULTILINE)
    assert len(shown) >= 8
    assert {re.sub(r" +", " ", line) for line in shown} <= {as_in_the_readme(row) for row in document["rows"]}
    assert f"\n{len(document['rows'])} requests, all as expected.\n" in README


def as_in_the_readme(row: Any) -> str:
    got = row["got"]
    answer = f"{got['status']} {got['answered_by']}" if got["answered_by"] else str(got["status"])
    words = f"{got['reason']}: {got['words']}" if got["words"] else got["reason"]
    return f"{row['method']} {row['path']} {row['caller']} {answer} {got['policy'] or '-'} {words}"


def test_it_serves_until_it_is_told_to_stop_and_leaves_nothing() -> None:
    with serving() as (process, text):
        address = address_of_v1(text)
        assert directory_of(text).is_dir()
        assert http1.get(address, "/public/hello") == 200
        assert http1.get(address, "/v1") == 403
        process.send_signal(signal.SIGTERM)
        assert process.wait(30) == 0
    assert not directory_of(text).exists()
    with pytest.raises(ConnectionRefusedError):
        http1.get(address, "/public/hello")


def test_the_command_lines_it_suggests_hold_what_they_say() -> None:
    with serving() as (_, text):
        suggested = re.findall(r"^  ((?:curl|/.*authz) .*?) +# (\d*)", text, re.MULTILINE)
        assert len([status for _, status in suggested if status]) >= 14
        assert set(curl_lines_of_the_readme()) <= set(map(without_port, suggested))
        if shutil.which("curl"):
            directory = directory_of(text)
            for command, status in suggested[:-1]:
                assert said_by(command, directory).endswith(status), command
            command, status = suggested[-1]  # with a key that the authorizer has yet to fetch
            ends = time.monotonic() + 20
            while not said_by(command, directory).endswith(status):
                assert time.monotonic() < ends, (directory / "up.log").read_text()
                time.sleep(0.2)
            old_key = command.replace("new.token", "user.token")
            assert said_by(old_key, directory).endswith("401")


def without_port(suggested: tuple[str, str]) -> tuple[str, str]:
    command, status = suggested
    command = re.sub(r"/127\.0\.0\.1:\d+", "/127.0.0.1:8081", command)
    return re.sub(r"my-app\.example\.com:\d+", "my-app.example.com:8443", command), status


def curl_lines_of_the_readme() -> list[tuple[str, str]]:
    found = re.findall(r"^(curl .*?) +# (\d+)", README, re.MULTILINE)
    assert found
    return found


def said_by(command: str, directory: Path) -> str:
    """The status that a curl got, or what another command prints."""
    if command.startswith("curl"):
        command += " --silent --output /dev/null --write-out '%{http_code}'"
    ran = subprocess.run(command, shell=True, cwd=directory, capture_output=True, text=True, timeout=20, check=False)
    assert ran.returncode == 0, command + ran.stderr
    return ran.stdout


@contextlib.contextmanager
def serving() -> Iterator[tuple[subprocess.Popen[str], str]]:
    """Run the quickstart until it serves; gives the process and what it has printed."""
    with subprocess.Popen(QUICKSTART, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout
            lines = list(itertools.takewhile(lambda line: line != "Serving until Ctrl-C.\n", process.stdout))
            assert process.poll() is None, "".join(lines)
            yield process, "".join(lines)
        finally:
            process.terminate()
            process.wait(30)


def address_of_v1(text: str) -> tuple[str, int]:
    found = re.search(r"my-app v1 at http://([\d.]+):(\d+)", text)
    assert found
    return found[1], int(found[2])


def test_an_outcome_that_differs_is_marked_and_is_the_status(policies: Path) -> None:
    (policies / "public-paths.yaml").unlink()
    text = text_of_run(policies, status=1)
    assert re.search(r"^✗  GET /public/hello +no token +200 v1 +403 +- +no_allow_rule$", text, re.MULTILINE)
    assert "expected policy: ns[default]-policy[public-paths]-rule[0]" in text
    assert "3 of 43 requests came out differently." in text


def test_without_its_settings_the_introductions_policy_lets_nobody_in(policies: Path) -> None:
    policies.with_name("quickstart.authz.yaml").unlink()
    text = text_of_run(policies, status=1)
    assert re.search(r"^✗  GET /v1 +token user@example.com +200 v1 +403 ", text, re.MULTILINE)


def test_without_a_request_authentication_a_token_is_nothing(policies: Path) -> None:
    (policies / "my-app-tokens.yaml").unlink()
    text = text_of_run(policies, status=1)
    assert re.search(r"^✗  GET /v1 +token user@example.com +200 v1 +403 +- +no_allow_rule$", text, re.MULTILINE)
    assert "   my-app saw x-user: root\n   expected my-app to see x-user: none\n" in text
    assert "   expected words: Jwt verification fails" in text


def test_strict_in_place_of_permissive_turns_plain_text_away(policies: Path) -> None:
    peers = policies / "peers.yaml"
    peers.write_text(peers.read_text().replace("mode: PERMISSIVE", "mode: STRICT"))
    text = text_of_run(policies, status=1)
    assert re.search(r"^✗  GET /public/hello +no token +200 v1 +403 +- +peer_not_mtls$", text, re.MULTILINE)
    assert re.search(r"^✓  GET /admin +cert ops/sa/admin +200 v1 ", text, re.MULTILINE)
    assert re.search(r"^✓  GET /public/hello +cert ops/sa/admin by other CA +403 ", text, re.MULTILINE)


def test_a_policy_with_a_mistake_is_shown_in_the_authorizers_words(policies: Path) -> None:
    (policies / "broken.yaml").write_text((policies / "public-paths.yaml").read_text().replace("paths:", "path:"))
    text = text_of_run(policies, status=1)
    assert "The quickstart did not work: authz up ended with status 1" in text
    assert re.search(r"broken\.yaml:\d+:\d+: AZ\d+ ", text)
    assert not directory_of(text).exists()


def test_where_there_is_no_envoy_it_says_how_to_get_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AUTHZ_ENVOY", "/nowhere/envoy")
    assert "AUTHZ_ENVOY=/nowhere/envoy is not an executable file" in text_of_run(status=1)


def test_where_there_are_no_policies_it_says_where_it_looked(tmp_path: Path) -> None:
    assert f"no directory of policies at {tmp_path / 'none'}." in text_of_run(tmp_path / "none", status=1)


def test_a_failure_as_json_is_a_document_too(tmp_path: Path) -> None:
    out = io.StringIO()
    assert run(once=True, out=out, output="json", policies=tmp_path / "none") == 1
    document = json.loads(out.getvalue())
    assert not document["as_expected"]
    assert "no directory of policies" in document["error"]


def test_ports_that_are_taken_are_replaced_and_named() -> None:
    with contextlib.ExitStack() as stack:
        for port in (8443, 8081, 8082):
            taken = stack.enter_context(socket.socket())
            taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            with contextlib.suppress(OSError):  # taken by somebody else: as good
                taken.bind(("127.0.0.1", port))
                taken.listen()
        text = text_of_run()
    assert [f"({port} is taken)" in text for port in (8443, 8081, 8082)] == [True, True, True]
