"""The recorded decisions of a real Envoy (`tests/data/conformance`), through the check door, in both header forms."""

from __future__ import annotations

import base64
import functools
import gzip
import json
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from authz import PolicyError, Request, Workload
from authz.pb import CheckRequest
from authz.resources.documents import SourceFile
from authz.server.convert import RawCheck
from tests.support.policies import load
from tests.support.proxy import FORMS, Answer, Form, check_request, read_answer

if TYPE_CHECKING:
    from collections.abc import Iterator

    from authz import Authorizer

Case = dict[str, Any]

FAMILIES = sorted((Path(__file__).parents[1] / "data" / "conformance").glob("*.jsonl.gz"))

# Recorded, though Istio's webhook refuses such policies, and so do we: a dry-run annotation that is no boolean or on
# AUDIT, and braces in a path that are no operator. By the first case of each of the 14 sets.
REFUSED = {
    "authz-focus-misc-0263-01": "AZ115",
    "authz-focus-misc-0264-01": "AZ115",
    "authz-focus-misc-0267-01": "AZ115",
    "authz-focus-misc-0269-01": "AZ115",
    "authz-focus-more-0251-01": "AZ103",
    "authz-focus-more-0253-01": "AZ103",
    "authz-fuzz-1-0006-01": "AZ115",
    "authz-fuzz-1-0007-01": "AZ115",
    "authz-fuzz-1-0018-01": "AZ115",
    "authz-fuzz-1-0033-01": "AZ115",
    "authz-fuzz-1-0059-01": "AZ115",
    "authz-fuzz-1-0078-01": "AZ115",
    "authz-fuzz-1-0079-01": "AZ115",
    "authz-fuzz-1-0085-01": "AZ115",
}


def family_name(path: Path) -> str:
    return path.name.removesuffix(".jsonl.gz")


@functools.lru_cache(maxsize=2)
def read_family(path: Path) -> tuple[Case, ...]:
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        return tuple(json.loads(line) for line in lines)


def sets_of(cases: tuple[Case, ...]) -> Iterator[tuple[str, list[Case]]]:
    """Cases that one authorizer decides, under the id of the first of them."""
    sets: dict[str, list[Case]] = {}
    for case in cases:
        sets.setdefault(json.dumps([case["policies"], mesh_of(case), case["workload"]]), []).append(case)
    for members in sets.values():
        yield members[0]["id"], members


def mesh_of(case: Case) -> dict[str, Any]:
    mesh = {key: case["mesh"][key] for key in ("rootNamespace", "trustDomain", "trustDomainAliases")}
    if hops := case["settings"]["xff_num_trusted_hops"]:
        mesh["defaultConfig"] = {"gatewayTopology": {"numTrustedProxies": hops}}
    if not case["settings"]["normalize_path"]:
        mesh["pathNormalization"] = {"normalization": "NONE"}
    return mesh


def authorizer_of(case: Case) -> Authorizer:
    file = SourceFile("policies.yaml", case["policies"].encode())
    return load([file], mesh=mesh_of(case), workload=workload_of(case))


def workload_of(case: Case) -> Workload:
    return Workload(case["workload"]["namespace"], frozenset(case["workload"]["labels"].items()))


def decidable_sets(family: Path) -> Iterator[tuple[Authorizer, list[Case]]]:
    for first, cases in sets_of(read_family(family)):
        if first not in REFUSED:
            yield authorizer_of(cases[0]), cases


def forms_of(case: Case) -> tuple[Form, ...]:
    """Where lines of one name decide, they must come apart."""
    return (Form.RAW,) if "needs.raw-headers" in case["features"] else FORMS


def request_of(case: Case) -> Request:
    """The request that the proxy asked about, without the client's certificate."""
    recorded = case["request"]
    return Request(
        protocol="tcp" if recorded["protocol"] == "tcp" else "http",
        method=recorded.get("method", ""),
        path=recorded.get("path", ""),
        host=recorded.get("host", ""),
        headers=((":scheme", recorded.get("scheme", "")), *map(tuple, recorded.get("headers", ()))),
        source_ip=recorded["source_ip"],
        destination_ip=recorded["destination_ip"],
        destination_port=recorded["destination_port"],
        principal=recorded["source_principal"] or "",
        sni=recorded["sni"] or "",
        claims=recorded["jwt_claims"],
        dynamic_metadata=recorded.get("metadata") or {},
        workload=workload_of(case),
    )


def checks_of(case: Case, form: Form) -> Iterator[bytes]:
    """CheckRequests of the case: the recorded one where there is one, and one built from what was recorded."""
    needs_certificate = "needs.peer-certificate" in case["features"]
    recorded = case.get("check_request_raw_b64" if form is Form.RAW else "check_request_b64")
    if recorded is None and (needs_certificate or case["request"]["protocol"] == "tcp"):  # headers decide nothing here
        recorded = case.get("check_request_b64")
    if recorded is not None:
        yield base64.b64decode(recorded)
    if not needs_certificate:
        yield check_request(request_of(case), form)


def answers_of(authorizer: Authorizer, case: Case) -> Iterator[tuple[Form, Answer]]:
    metadata = {"authz-namespace": case["workload"]["namespace"]}  # where nothing else names it: plain TCP
    for form in forms_of(case):
        for check in checks_of(case, form):
            yield form, read_answer(authorizer.check_bytes(check, metadata))


def agrees(answer: Answer, case: Case) -> bool:
    same_rule = answer.rule == case["matched"] or case["request"]["protocol"] == "tcp"  # Envoy names none for TCP
    return answer.allowed is (case["expect"] == "allow") and same_rule


def test_the_corpus_is_whole() -> None:
    cases = [case for family in FAMILIES for case in read_family(family)]
    needs = Counter(feature for case in cases for feature in case["features"] if feature.startswith("needs."))

    assert (len(FAMILIES), len(cases)) == (11, 7061)
    assert needs == {"needs.raw-headers": 64, "needs.peer-certificate": 18, "needs.destination-namespace": 20}
    assert all(any(checks_of(case, form)) for case in cases for form in forms_of(case))


@pytest.mark.parametrize("family", FAMILIES, ids=family_name)
def test_every_recorded_decision_and_its_rule(family: Path) -> None:
    wrong = [
        f"{case['id']} ({form.value}): recorded {case['expect']} by {case['matched']}, answered {answer}"
        for authorizer, cases in decidable_sets(family)
        for case in cases
        for form, answer in answers_of(authorizer, case)
        if not agrees(answer, case)
    ]

    assert wrong == [], f"{len(wrong)} differ, the first: {wrong[:3]}"


@pytest.mark.parametrize("family", FAMILIES, ids=family_name)
def test_every_recorded_audit_hint(family: Path) -> None:
    wrong = [
        f"{case['id']}: {answer}"
        for authorizer, cases in decidable_sets(family)
        for case in cases
        if case.get("audited") is not None
        for _, answer in answers_of(authorizer, case)
        if answer.metadata.get("access_log_hint", False) is not case["audited"]
    ]

    assert wrong == []


@pytest.mark.parametrize("family", FAMILIES, ids=family_name)
def test_explaining_comes_to_the_decision_of_the_index(family: Path) -> None:
    wrong = [
        f"{case['id']} ({form.value})"
        for authorizer, cases in decidable_sets(family)
        for case in cases
        for form in forms_of(case)
        for check in checks_of(case, form)
        for raw in [RawCheck(CheckRequest.FromString(check), {"authz-namespace": case["workload"]["namespace"]})]
        if authorizer.explain(raw).decision != authorizer.check(raw)
    ]

    assert wrong == []


def test_policies_that_istio_refuses_are_refused() -> None:
    refused: dict[str, str] = {}
    for family in FAMILIES:
        for first, cases in sets_of(read_family(family)):
            try:
                authorizer_of(cases[0])
            except PolicyError as error:
                refused[first] = ",".join(sorted({problem.code.value for problem in error.problems}))

    assert refused == REFUSED
