"""`authz check`: every way to say a request, the words it answers with, and the exit status."""

from __future__ import annotations

import base64
import io
import json
from pathlib import Path
from textwrap import dedent
from typing import TYPE_CHECKING, Any

import pytest
from google.protobuf import json_format, text_format

from authz.cli.main import main
from authz.model.request import Request
from authz.pb import CheckRequest
from tests.support.proxy import Form, check_request

if TYPE_CHECKING:
    from collections.abc import Callable

    Run = Callable[..., tuple[int, str, str]]

POLICIES = """\
apiVersion: security.istio.io/v1
kind: AuthorizationPolicy
metadata: {name: admins, namespace: foo}
spec:
  action: DENY
  rules:
    - from: [{source: {notPrincipals: [cluster.local/ns/ops/sa/admin]}}]
      to: [{operation: {paths: [/admin, /admin/*]}}]
---
apiVersion: security.istio.io/v1
kind: AuthorizationPolicy
metadata: {name: readers, namespace: foo}
spec:
  rules:
    - from: [{source: {requestPrincipals: ["https://a/*"]}}]
      to: [{operation: {methods: [GET, HEAD], paths: ["/docs/*"]}}]
      when: [{key: "request.headers[x-team]", values: [blue]}]
    - to: [{operation: {hosts: [public.example]}}]
"""
ADMIN = "spiffe://cluster.local/ns/ops/sa/admin"


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Run the verb by these policies, in their directory; status, output and errors."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "90")
    Path("p.yaml").write_text(POLICIES, "utf-8")

    def run_verb(*arguments: str, workload: str | None = "foo/app=a", policies: str = "p.yaml") -> tuple[int, str, str]:
        whose = ["--workload", workload] if workload else []
        try:
            status = main(["check", "--policies", policies, *whose, *arguments])
        except SystemExit as ended:
            status = int(ended.code or 0)
        out, err = capsys.readouterr()
        assert "Traceback" not in err
        return status, out, err

    return run_verb


def golden(text: str) -> str:
    return dedent(text).lstrip("\n")


def test_a_denial_without_a_rule_says_what_was_missing_and_where(run: Run) -> None:
    status, out, err = run(
        "--path", "/docs/a?x=1", "--host", "svc", "--header", "X-Team: red", "--jwt-claims", "iss=https://a", "sub=me"
    )

    assert (status, err) == (2, "")
    assert out == golden("""
        DENIED  GET svc/docs/a?x=1
          reason    no_allow_rule: ALLOW policies are for this workload, and none of their rules
                    matches
          nearest   ALLOW foo/readers rule[0]  p.yaml:15:7
          workload  foo/app=a
          caller    token https://a/me

        2 policies for this workload:
          DENY   foo/admins  no match
            rule[0]  to[0].operation.paths  (1 of 2 hold)  p.yaml:8:32
                     wants  one of "/admin", "/admin/*"
                     saw    "/docs/a"
          ALLOW  foo/readers  no match
            rule[0]  when[0].values of request.headers[x-team]  (3 of 4 hold, NEAREST MISS)
                     p.yaml:17:55
                     wants  "blue"
                     saw    "red"
            rule[1]  to[0].operation.hosts  p.yaml:18:32
                     wants  "public.example"
                     saw    "svc"

    """)


def test_a_denial_by_a_rule_names_it_first(run: Run) -> None:
    at_admin = "  - to: [{operation: {paths: [/x/*]}}]\n"
    Path("p.yaml").write_text(
        POLICIES.replace("  rules:\n    - from: [{source: {req", f"  rules:\n  {at_admin}    - from: [{{source: {{req")
    )
    status, out, _ = run("--path", "/x/../admin", "--source-ip", "10.0.0.1", "--remote-ip", "192.0.2.7")

    assert status == 2
    assert out == golden("""
        DENIED  GET /x/../admin
          by        DENY foo/admins rule[0]  p.yaml:7:7
          reason    deny_rule: a rule of a DENY policy matches
          path      "/x/../admin" is not in normal form, which is "/admin"; both must be allowed
                    below is what becomes of "/admin"
          workload  foo/app=a
          caller    from 10.0.0.1, for 192.0.2.7

        2 policies for this workload:
          DENY   foo/admins  matches: denies
            rule[0]  matches: DECIDES  p.yaml:7:7
          ALLOW  foo/readers  no match
            rule[0]  to[0].operation.paths  p.yaml:15:32
                     wants  "/x/*"
                     saw    "/admin"
            rule[1]  from[0].source.requestPrincipals  (1 of 4 hold)  p.yaml:16:43
                     wants  "https://a/*"
                     saw    no token with issuer and subject
            rule[2]  to[0].operation.hosts  p.yaml:19:32
                     wants  "public.example"
                     saw    ""

    """)


def test_what_is_allowed_is_status_0(run: Run) -> None:
    status, out, _ = run("--host", "public.example", "--method", "POST")

    assert status == 0
    assert out.startswith("ALLOWED  POST public.example/\n  by        ALLOW foo/readers rule[1]  p.yaml:18:7\n")
    assert "\n  ALLOW  foo/readers  matches: allows\n" in out
    assert "\n    rule[1]  matches: DECIDES  p.yaml:18:7\n" in out


def test_dry_run_audit_and_policies_without_rules_are_told_apart(run: Run) -> None:
    head = "apiVersion: security.istio.io/v1\nkind: AuthorizationPolicy\nmetadata: {namespace: foo, "
    trial = 'annotations: {istio.io/dry-run: "true"}'
    Path("more.yaml").write_text(
        f"{head}name: trial, {trial}}}\nspec: {{action: DENY, rules: [{{}}]}}\n---\n"
        f"{head}name: watch}}\nspec: {{action: AUDIT, rules: [{{}}]}}\n---\n"
        f"{head}name: open}}\nspec: {{rules: [{{}}]}}\n---\n"
        f"{head}name: shut}}\nspec: {{}}\n"
    )
    status, out, _ = run(policies="more.yaml")

    assert status == 0
    assert out == golden("""
        ALLOWED  GET /
          by        ALLOW foo/open rule[0]  more.yaml:14:16
          reason    allow_rule: a rule of an ALLOW policy matches
          dry run   would be denied with the DENY policies on trial, by DENY foo/trial rule[0]
                    more.yaml:4:30
          audit     logged for AUDIT foo/watch rule[0]  more.yaml:9:31
          workload  foo/app=a

        4 policies for this workload:
          DENY   foo/trial  matches: would deny, on trial (dry run)
            rule[0]  matches  more.yaml:4:30
          ALLOW  foo/open  matches: allows
            rule[0]  matches: DECIDES  more.yaml:14:16
          ALLOW  foo/shut  matches nothing: it has no rules  more.yaml:16:1
          AUDIT  foo/watch  matches: asks for a log entry
            rule[0]  matches  more.yaml:9:31

    """)


def test_http_fields_do_not_count_for_tcp(run: Run) -> None:
    status, out, _ = run("--tcp", "--destination-ip", "::1", "--destination-port", "5432")

    assert status == 2
    assert out.startswith("DENIED  TCP to [::1]:5432\n  by        DENY foo/admins rule[0]  p.yaml:7:7\n")
    assert "             does not count for TCP: to[0].operation.paths\n" in out
    assert "    rule[1]  matches no TCP connection, as it has to[0].operation.hosts  p.yaml:18:7\n" in out


def test_a_warning_stands_beside_its_policy(run: Run) -> None:
    Path("bare.yaml").write_text(POLICIES.replace("https://a/*", "me@example.com"), "utf-8")
    _, out, err = run("--jwt-claims", '{"iss": "https://a", "sub": "me@example.com"}', policies="bare.yaml")

    assert err == ""
    assert "    warning  AZ901 spec.rules[0].from[0].source.requestPrincipals[0]: " in out


def test_it_is_the_settings_that_say_where_the_policies_are(run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    Path("authz.yaml").write_text("policies: p.yaml\nworkload: foo/app=a\n", "utf-8")

    assert main(["check", "--config", "authz.yaml", "--host", "public.example"]) == 0
    assert "workload  foo/app=a" in capsys.readouterr().out
    assert run()[0] == 2


# JSON


def test_json_has_everything_and_keeps_its_shape(run: Run) -> None:
    status, out, err = run("--output", "json", "--path", "/admin/", "--principal", ADMIN)
    report = json.loads(out)

    assert (status, err) == (2, "")
    assert list(report) == ["digest", "problems", "results"]
    (result,) = report["results"]
    assert list(result) == [
        "name",
        "request",
        "decision",
        "reason",
        "detail",
        "asks",
        "if_allowed",
        "rule",
        "workload",
        "mtls",
        "token",
        "path_forms",
        "headers_are_merged",
        "audited_by",
        "shadows",
        "nearest_miss",
        "policies",
    ]
    assert (result["decision"], result["reason"], result["rule"]) == ("denied", "no_allow_rule", None)
    assert result["request"]["peer"] == [ADMIN]
    assert result["workload"]["labels"] == {"app": "a"}
    assert result["nearest_miss"] == {
        "id": "ns[foo]-policy[readers]-rule[1]",
        "namespace": "foo",
        "policy": "readers",
        "index": 1,
        "action": "ALLOW",
        "file": "p.yaml",
        "line": 18,
        "column": 7,
    }
    admins, readers = result["policies"]
    assert (admins["name"], admins["matched"], admins["dry_run"], admins["line"]) == ("admins", False, False, 1)
    assert readers["rules"][1] == {
        "id": "ns[foo]-policy[readers]-rule[1]",
        "index": 1,
        "file": "p.yaml",
        "line": 18,
        "column": 7,
        "matched": False,
        "fields": 1,
        "fields_held": 0,
        "failed": {
            "field": "to[0].operation.hosts",
            "attribute": "host",
            "negated": False,
            "wanted": ["public.example"],
            "seen": [""],
            "file": "p.yaml",
            "line": 18,
            "column": 32,
        },
        "unreadable": None,
        "dropped_fields": [],
    }


def test_json_of_tcp_and_of_a_path_that_is_not_normal(run: Run) -> None:
    tcp = json.loads(run("--output", "json", "--tcp")[1])["results"][0]
    path = json.loads(run("--output", "json", "--path", "/docs/%61")[1])["results"][0]

    assert tcp["rule"]["policy"] == "admins"
    assert tcp["policies"][0]["rules"][0]["dropped_fields"] == ["to[0].operation.paths"]
    assert [rule["index"] for rule in tcp["policies"][1]["impossible_rules"]] == [0, 1]
    assert path["path_forms"] == {"sent": "/docs/%61", "normal": "/docs/a", "explained": "/docs/%61"}


def test_json_of_problems_has_no_results(run: Run) -> None:
    Path("p.yaml").write_text(POLICIES.replace("DENY", "DENI"), "utf-8")
    status, out, err = run("--output", "json")
    report = json.loads(out)

    assert (status, err, report["digest"], report["results"]) == (1, "", None, [])
    assert [problem["code"] for problem in report["problems"]] == ["AZ026"]


# files of requests


def test_each_document_of_a_file_is_a_request(run: Run) -> None:
    Path("requests.yaml").write_text(
        "name: public page\nhost: public.example\n---\npath: /admin\nworkload: other/\n---\npath: /admin\n", "utf-8"
    )
    status, out, _ = run("--request", "requests.yaml")

    assert status == 2
    assert [line for line in out.splitlines() if line.startswith(("ALLOWED", "DENIED"))] == [
        "ALLOWED  GET public.example/  (public page)",
        "ALLOWED  GET /admin  (requests.yaml, document 2)",
        "DENIED  GET /admin  (requests.yaml, document 3)",
    ]
    assert out.endswith("\n\n3 requests: 2 allowed, 1 denied\n")


def test_several_requests_that_are_all_allowed_are_status_0(run: Run) -> None:
    Path("r.json").write_text('{"host": "public.example"}', "utf-8")

    assert run("--request", "r.json", "--request", "r.json")[0] == 0


def test_requests_may_come_from_standard_input(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(b"host: public.example")))

    assert run("--request", "-")[0] == 0


def test_problems_of_requests_and_policies_are_printed_together(run: Run) -> None:
    Path("p.yaml").write_text(POLICIES.replace("DENY", "DENI"), "utf-8")
    Path("r.yaml").write_text("pth: /x\n", "utf-8")
    status, out, err = run("--request", "r.yaml", "--request", "missing.yaml")

    assert (status, out) == (1, "")
    assert [line.partition(" ")[0] for line in err.splitlines()] == [
        "missing.yaml:",
        "p.yaml:5:11:",
        "r.yaml:1:1:",
        "3",
    ]


# recorded requests

RECORDED = check_request(
    Request(path="/docs/a", host="svc", headers=(("x-team", "blue"),), claims={"iss": "https://a", "sub": "me"})
)
MESSAGE = CheckRequest.FromString(RECORDED)


@pytest.mark.parametrize(
    "content",
    [
        RECORDED,
        base64.b64encode(RECORDED),
        base64.encodebytes(RECORDED),
        json_format.MessageToJson(MESSAGE).encode(),
        text_format.MessageToString(MESSAGE).encode(),
        text_format.MessageToString(MESSAGE).encode() + b"something_new { a: 1 }\n",
    ],
    ids=["bytes", "base64", "base64 in lines", "JSON", "text", "text with a field of tomorrow"],
)
def test_a_recorded_check_request_is_read_in_every_form(run: Run, content: bytes) -> None:
    Path("recorded").write_bytes(content)
    status, out, _ = run("--check-request", "recorded")

    assert status == 0
    assert out.startswith("ALLOWED  GET svc/docs/a  (recorded)\n  by        ALLOW foo/readers rule[0]  p.yaml:15:7\n")


def test_call_metadata_says_whose_request_was_recorded(run: Run) -> None:
    Path("recorded").write_bytes(RECORDED)
    metadata = ["--call-metadata", "Authz-Namespace=foo", "--call-metadata", "authz-labels=a=b"]

    assert run("--check-request", "recorded", *metadata, workload=None)[0] == 0
    status, out, _ = run("--check-request", "recorded", workload=None)
    assert status == 2
    assert out.splitlines()[1] == "  reason    unknown_workload: nothing says which workload this is for"


def test_joined_headers_are_pointed_out(run: Run) -> None:
    Path("recorded").write_bytes(check_request(Request(headers=(("x-team", "blue"),)), Form.MERGED))
    out = run("--check-request", "recorded")[1]

    assert "  headers   lines of one name came joined; have the proxy set encode_raw_headers\n" in out


@pytest.mark.parametrize(
    "content, words",
    [
        (b"", "has `attributes`"),
        (b"\xff\xff", "expected its protobuf bytes, base64 of them, JSON, or protobuf text"),
        (b'{"attributes": {"request": 1}}', "no CheckRequest in JSON: "),
        (b'{"attributes": ', "no CheckRequest in JSON: "),
        (b"{}", "has `attributes`"),
        (b'{"a":' * 5000 + b"1" + b"}" * 5000, "no CheckRequest in JSON: "),
        (b"just words", "expected its protobuf bytes"),
        (b"AAAA", "expected its protobuf bytes"),
    ],
    ids=range(8),
)
def test_what_is_no_check_request_is_a_problem(run: Run, content: bytes, words: str) -> None:
    Path("recorded").write_bytes(content)
    status, out, err = run("--check-request", "recorded")

    assert (status, out) == (1, "")
    assert err.startswith("recorded: AZ401 ")
    assert words in err


# the command line


@pytest.mark.parametrize(
    "arguments, words",
    [
        (["--nonsense"], "unrecognized arguments: --nonsense"),
        (["--output", "xml"], "invalid choice: 'xml'"),
        (["--header", "x"], "argument --header: expected NAME: VALUE, found 'x'"),
        (["--source-ip", "10.0.0.256"], "argument --source-ip: '10.0.0.256' is not an IP address"),
        (["--destination-port", "http"], "expected a port from 0 to 65535, found 'http'"),
        (["--principal", "td/ns/a/sa/b"], "write spiffe://td/ns/a/sa/b"),
        (["--request", "r", "--path", "/"], "--request says all of a request; --path cannot be added"),
        (["--check-request", "r", "--tcp"], "--check-request says all of a request; --tcp cannot be added"),
        (["--call-metadata", "a=b"], "--call-metadata belongs to a --check-request"),
        (["--check-request", "r", "--call-metadata", "a"], "--call-metadata: expected KEY=VALUE, found 'a'"),
        (["--policies", ""], "--policies PATH ... is needed"),
        (["--gateway", "x"], "argument --gateway: expected NAMESPACE/NAME, found 'x'"),
    ],
)
def test_a_wrong_command_line_is_status_64_not_that_of_a_denial(run: Run, arguments: list[str], words: str) -> None:
    status, out, err = run(*arguments)

    assert (status, out) == (64, "")
    assert err.startswith("usage: authz check --policies PATH ...")
    assert words in err


def test_without_a_workload_nothing_is_decided(run: Run) -> None:
    status, _, err = run(workload=None)
    of_nobody = run("--role", "gateway", workload=None)

    assert (status, of_nobody[0]) == (64, 64)
    assert "whose request is it?" in err
    assert "give that too" in of_nobody[2]


def test_a_setting_that_cannot_be_used_is_status_1(run: Run) -> None:
    assert run(workload="Foo")[0] == 1
    assert run("--config", "missing.yaml")[0] == 1


def test_a_directory_without_policies_must_be_meant(run: Run) -> None:
    Path("empty").mkdir()

    assert run(policies="empty")[0] == 1
    assert run("--allow-empty", policies="empty")[0] == 0


def test_the_role_and_the_targets_of_the_workload_pick_policies(run: Run) -> None:
    policy: dict[str, Any] = {
        "apiVersion": "security.istio.io/v1",
        "kind": "AuthorizationPolicy",
        "metadata": {"name": "of-gateway", "namespace": "foo"},
        "spec": {
            "action": "DENY",
            "rules": [{}],
            "targetRefs": [{"group": "gateway.networking.k8s.io", "kind": "Gateway", "name": "g"}],
        },
    }
    Path("p.json").write_text(json.dumps(policy), "utf-8")
    status, out, _ = run("--role", "gateway", "--gateway", "foo/g", policies="p.json")

    assert status == 2
    assert "\n  workload  foo/app=a, gateway, foo/g\n" in out
    assert run(policies="p.json")[0] == 0


@pytest.mark.parametrize(
    "tty, variables, coloured",
    [
        (True, {}, True),
        (True, {"NO_COLOR": "1"}, False),
        (True, {"TERM": "dumb"}, False),
        (False, {}, False),
    ],
)
def test_colours_are_for_terminals_that_want_them(
    run: Run, monkeypatch: pytest.MonkeyPatch, *, tty: bool, variables: dict[str, str], coloured: bool
) -> None:
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv("TERM", "xterm")
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr("sys.stdout.isatty", lambda: tty)

    assert ("\x1b[1;31mDENIED\x1b[0m" in run()[1]) is coloured
