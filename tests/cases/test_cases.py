"""Decisions as YAML, to be read and written by people who write policies. A file is a list of cases:

- `case`: a sentence, and `advisory`: where somebody else was bitten by it
- `policies`: each with `name`, `spec`, and where needed `namespace` (`foo`) and `dryRun`; or instead
- `guard`: fields of an operation, a source or a condition that must not be passed. It is tried both ways: as a DENY
  policy, and as an ALLOW policy of everything but that (`paths` becomes `notPaths`), which must come to the same
  decision. `both_ways: false`: only as DENY, since the negation of an AND is not the AND of the negations
- `mesh`: a MeshConfig
- `requests`: each with the wanted `decision`, and where it matters `rule` and `reason`. `merged`: the decision where
  Envoy's merged header map has less to tell. `request`: what all of them share
- or instead of requests `refused`: the code of the problem for which the policies are not served

Every request is decided by the engine, through the check door with the CheckRequest that a proxy would send, in both
header forms, and once more by `explain`.
"""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import ip_address
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml
from cryptography import x509
from cryptography.x509.oid import NameOID

from authz import Allowed, PolicyError, Request
from authz.model.problem import Severity
from tests.support.certificates import sign
from tests.support.policies import authorizer, document
from tests.support.proxy import FORMS, Form, ask

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from authz import Authorizer, Decision

Yaml = dict[str, Any]

DIRECTORY = Path(__file__).parent / "decisions"
FILES = sorted(DIRECTORY.glob("*.yaml"))


@dataclass(frozen=True)
class Case:
    """One request to one set of policies."""

    policies: tuple[Yaml, ...]
    mesh: Yaml
    request: Request
    wanted: Yaml
    guard_way: str = ""

    @property
    def authorizer(self) -> Authorizer:
        return authorizer(*self.policies, mesh=self.mesh)

    def allowed(self, form: Form) -> bool:
        decision: str = self.wanted["decision"]
        if form is Form.MERGED:
            decision = self.wanted.get("merged", decision)
        return {"allow": True, "deny": False}[decision]

    @property
    def rule(self) -> str | None:
        """The rule that decides: of a guard it follows from the decision."""
        if not self.guard_way:
            rule: str | None = self.wanted.get("rule")
            return rule
        decides = (self.guard_way == "DENY") is not self.allowed(Form.RAW) and "reason" not in self.wanted
        return "ns[foo]-policy[guard]-rule[0]" if decides else None


def read_cases() -> Iterator[Any]:
    for file in FILES:
        for written in yaml.safe_load(file.read_text("utf-8")):
            for way, policies in policy_sets(written):
                yield from _read_case(file, written, way, policies)


def _read_case(file: Path, written: Yaml, way: str, policies: tuple[Yaml, ...]) -> Iterator[Any]:
    shared = written.get("request", {})
    for number, wanted in enumerate(written.get("requests", ())):
        name = f"{file.stem}: {written['case']} {way}[{number}]"
        case = Case(policies, written.get("mesh", {}), read_request({**shared, **wanted}), wanted, way)
        yield pytest.param(case, id=name.replace("  ", " "))


def read_refused() -> Iterator[Any]:
    for file in FILES:
        for written in yaml.safe_load(file.read_text("utf-8")):
            for way, policies in policy_sets(written) if "refused" in written else ():
                yield pytest.param(policies, written["refused"], id=f"{file.stem}: {written['case']} {way}")


def policy_sets(written: Yaml) -> Iterator[tuple[str, tuple[Yaml, ...]]]:
    if "policies" in written:
        yield "", tuple(map(read_policy, written["policies"]))
        return
    guard = dict(written["guard"])
    both_ways = guard.pop("both_ways", True)
    yield "DENY", (read_policy({"name": "guard", "spec": {"action": "DENY", "rules": [rule_of(guard)]}}),)
    if both_ways:
        ((part, fields),) = guard.items()
        opposite = [{part: {negate(field): values}} for field, values in fields.items() if field != "key"]
        opposite = [{"when": {"key": fields["key"], **one["when"]}} if part == "when" else one for one in opposite]
        yield "ALLOW", (read_policy({"name": "guard", "spec": {"rules": [any_of(part, opposite)]}}),)


def negate(field: str) -> str:
    if field.startswith("not"):
        return field[3:4].lower() + field[4:]
    return f"not{field[0].upper()}{field[1:]}"


def rule_of(guard: Yaml) -> Yaml:
    ((part, fields),) = guard.items()
    return any_of(part, [{part: fields}])


def any_of(part: str, parts: list[Yaml]) -> Yaml:
    """A rule with these sources or operations; conditions are an AND, of which a guard has one."""
    if part == "when":
        return {"when": [one["when"] for one in parts]}
    return {{"operation": "to", "source": "from"}[part]: parts}


def read_policy(written: Yaml) -> Yaml:
    metadata: Yaml = {"name": written["name"], "namespace": written.get("namespace", "foo")}
    if written.get("dryRun"):
        metadata["annotations"] = {"istio.io/dry-run": "true"}
    return document({"metadata": metadata, "spec": written["spec"]})


def read_request(written: Mapping[str, Any]) -> Request:
    peer, local = written.get("source", {}), written.get("destination", {})
    lines = written.get("headers", {})
    principal, certificate = peer.get("principal", ""), ""
    if "certificate" in peer:
        principal, certificate = read_certificate(peer["certificate"])
    return Request(
        protocol=written.get("protocol", "http"),
        method=written.get("method", "GET"),
        path=written.get("path", "/"),
        host=written.get("host", "svc.foo"),
        headers=tuple(lines.items()) if isinstance(lines, dict) else tuple(map(tuple, lines)),
        source_ip=peer.get("ip", "127.0.0.1"),
        destination_ip=local.get("ip", "127.0.0.1"),
        destination_port=local.get("port", 8080),
        principal=principal,
        certificate=certificate,
        sni=written.get("sni", ""),
        claims=written.get("claims"),
        dynamic_metadata=written.get("metadata", {}),
    )


def read_certificate(names: Mapping[str, Any]) -> tuple[str, str]:
    """A certificate, and the one name of it that the proxy gives beside it."""
    subject = [x509.NameAttribute(NameOID.COMMON_NAME, names["commonName"])] if "commonName" in names else []
    sans: list[x509.GeneralName] = [*map(x509.UniformResourceIdentifier, names.get("uris", ()))]
    sans += map(x509.DNSName, names.get("names", ()))
    sans += map(x509.RFC822Name, names.get("mails", ()))
    sans += [x509.IPAddress(ip_address(text)) for text in names.get("ips", ())]
    in_order = [*names.get("uris", ()), *names.get("names", ()), *(f"CN={one.value}" for one in subject)]
    return in_order[0] if in_order else "", sign(subject, sans)


CASES, REFUSED = list(read_cases()), list(read_refused())


@pytest.mark.parametrize("case", CASES)
def test_the_engine_decides_as_wanted(case: Case) -> None:
    decision = case.authorizer.check(case.request)

    assert isinstance(decision, Allowed) is case.allowed(Form.RAW), decision
    assert_is_wanted(case, decision.reason.value, rule_named(decision))


@pytest.mark.parametrize("form", FORMS, ids=lambda form: form.value)
@pytest.mark.parametrize("case", CASES)
def test_the_check_door_answers_as_wanted(case: Case, form: Form) -> None:
    answer = ask(case.authorizer, case.request, form)

    assert answer.allowed is case.allowed(form), answer
    assert (answer.code, answer.status) == ((0, 0) if answer.allowed else (7, 403))
    if "merged" not in case.wanted:
        assert_is_wanted(case, answer.reason, answer.rule)


@pytest.mark.parametrize("case", CASES)
def test_explaining_comes_to_the_same_decision(case: Case) -> None:
    decides = case.authorizer

    assert decides.explain(case.request).decision == decides.check(case.request)


@pytest.mark.parametrize(("policies", "code"), REFUSED)
def test_what_cannot_be_meant_is_refused(policies: tuple[Yaml, ...], code: str) -> None:
    with pytest.raises(PolicyError) as refused:
        authorizer(*policies)

    assert {problem.code.value for problem in refused.value.problems if problem.severity is Severity.ERROR} == {code}


def rule_named(decision: Decision) -> str | None:
    return decision.by.id if decision.by else None


def assert_is_wanted(case: Case, reason: str, rule: str | None) -> None:
    assert reason == case.wanted.get("reason", reason)
    if case.guard_way or "rule" in case.wanted:
        assert rule == case.rule
