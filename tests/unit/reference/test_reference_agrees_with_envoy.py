"""The reference decides as a real Envoy did: allow or deny, the rule that matched, and the audit hint."""

import base64
import functools
import gzip
import json
import re
import urllib.parse
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal

import pytest
import yaml
from cryptography import x509

from tests.reference import Policy, Request, Verdict, Workload, decide
from tests.reference.paths import normalize

Case = dict[str, Any]
Form = Literal["raw", "merged"]

DATA = Path(__file__).parents[2] / "data"
FAMILIES = sorted(DATA.glob("conformance/*.jsonl.gz"), key=lambda path: path.name)
REQUEST_ID = "00000000-0000-4000-8000-000000000000"


# -- recorded cases


def test_every_family_is_here() -> None:
    assert len(FAMILIES) == 11
    assert sum(len(read_family(family)) for family in FAMILIES) == 7061


@pytest.mark.parametrize("family", FAMILIES, ids=lambda path: path.name.removesuffix(".jsonl.gz"))
def test_the_reference_agrees_with_every_recorded_decision(family: Path) -> None:
    mismatches = [
        f"{case['id']} ({form}): recorded {recorded(case)}, the reference says {verdict}"
        for case in read_family(family)
        for form in header_forms(case)
        if not agrees(verdict := decide_case(case, form), case)
    ]

    assert mismatches == [], f"{len(mismatches)} mismatches, the first: " + "\n".join(mismatches[:5])


def test_cases_that_need_raw_headers_are_decided_otherwise_without_them() -> None:
    cases = [case for family in FAMILIES for case in read_family(family) if "needs.raw-headers" in case["features"]]

    assert cases
    assert [case["id"] for case in cases if agrees(decide_case(case, "merged"), case)] == []


def test_cases_that_need_the_certificate_are_decided_otherwise_without_it() -> None:
    cases = [
        case for family in FAMILIES for case in read_family(family) if "needs.peer-certificate" in case["features"]
    ]
    blind = [{key: value for key, value in case.items() if not key.startswith("check_request")} for case in cases]

    assert cases
    assert [case["id"] for case in blind if agrees(decide_case(case, "raw"), case)] == []


@pytest.mark.parametrize("family", FAMILIES, ids=lambda path: path.name.removesuffix(".jsonl.gz"))
def test_the_normal_form_of_a_path_is_what_envoy_forwarded(family: Path) -> None:
    sent = [
        (case["request"]["sent"]["path"], recorded_normalization(case), case["request"]["path"])
        for case in read_family(family)
        if case["request"].get("sent")
    ]

    assert [one for one in sent if normalize(without_authority(one[0]), one[1]) != one[2]] == []


def header_forms(case: Case) -> tuple[Form, ...]:
    """Where lines of one name must be told apart, only raw headers will do."""
    return ("raw",) if "needs.raw-headers" in case["features"] else ("raw", "merged")


def decide_case(case: Case, form: Form) -> Verdict:
    return decide(parse_policies(case["policies"]), mesh_of(case), workload_of(case), request_of(case, form))


def recorded(case: Case) -> tuple[str, str | None, bool | None]:
    return case["expect"], case["matched"], case.get("audited")


def agrees(verdict: Verdict, case: Case) -> bool:
    """TCP records name no rule, and not every record tells of the audit."""
    matched = verdict.matched if case["request"]["protocol"] != "tcp" else None
    audited = verdict.audited if "audited" in case else None
    return ("allow" if verdict.allowed else "deny", matched, audited) == recorded(case)


@functools.cache
def read_family(path: Path) -> list[Case]:
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


@functools.cache
def parse_policies(text: str) -> list[Policy]:
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    return [document for document in yaml.load_all(text, loader) if document]


def mesh_of(case: Case) -> dict[str, Any]:
    topology = {"gatewayTopology": {"numTrustedProxies": case["settings"]["xff_num_trusted_hops"]}}
    normalization = "DEFAULT" if case["settings"]["normalize_path"] else "NONE"
    return {**case["mesh"], "defaultConfig": topology, "pathNormalization": {"normalization": normalization}}


def recorded_normalization(case: Case) -> str:
    settings = case["settings"]
    if not settings["normalize_path"]:
        return "NONE"
    if settings["path_with_escaped_slashes_action"] == "UNESCAPE_AND_FORWARD":
        return "DECODE_AND_MERGE_SLASHES"
    return "MERGE_SLASHES" if settings["merge_slashes"] else "BASE"


def workload_of(case: Case) -> Workload:
    workload = case["workload"]
    return Workload(workload["namespace"], workload["labels"], workload["service_account"])


def request_of(case: Case, form: Form) -> Request:
    sent = case["request"]
    given = {key: sent[key] for key in ("method", "scheme", "host", "path") if sent[key] is not None}
    metadata = dict(sent["metadata"])
    if sent["jwt_claims"] is not None:
        metadata["envoy.filters.http.jwt_authn"] = {"payload": sent["jwt_claims"]}
    return Request(
        protocol="tcp" if sent["protocol"] == "tcp" else "http",
        headers=(*((name, value) for name, value in sent["headers"]), ("x-request-id", REQUEST_ID)),
        header_form=form,
        source_ip=sent["source_ip"],
        destination_ip=sent["destination_ip"],
        destination_port=sent["destination_port"],
        peer_names=peer_names(case),
        sni=sent["sni"] or "",
        claims=sent["jwt_claims"],
        metadata=metadata,
        **given,
    )


def peer_names(case: Case) -> tuple[str, ...]:
    """All names of the recorded certificate; without one, the name that the proxy gave."""
    pem = urllib.parse.unquote_to_bytes(recorded_certificate(case))
    principal = case["request"]["source_principal"]
    if not pem:
        return (principal,) if principal else ()
    certificate = x509.load_pem_x509_certificate(pem)
    uris, dns_names = [], []
    for extension in certificate.extensions:
        if isinstance(extension.value, x509.SubjectAlternativeName):
            uris = extension.value.get_values_for_type(x509.UniformResourceIdentifier)
            dns_names = extension.value.get_values_for_type(x509.DNSName)
    subject = certificate.subject.rfc4514_string()
    names = (*uris, *dns_names, *([subject] if subject else []))
    assert (names[0] if names else None) == principal
    return names


def recorded_certificate(case: Case) -> bytes:
    """`attributes.source.certificate` of the recorded CheckRequest: fields 1, 1, 5."""
    message = base64.b64decode(case.get("check_request_b64", ""))
    for number in (1, 1, 5):
        message = next((value for field, value in wire_fields(message) if field == number), b"")
    return message


def wire_fields(message: bytes) -> Iterator[tuple[int, bytes]]:
    """The length-delimited fields of a protobuf message; varints are passed over."""
    at = 0
    while at < len(message):
        tag, at = varint(message, at)
        length, at = varint(message, at)
        if tag & 7 == 2:
            yield tag >> 3, message[at : at + length]
            at += length


def varint(message: bytes, at: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        value |= (message[at] & 0x7F) << shift
        shift += 7
        at += 1
        if message[at - 1] < 0x80:
            return value, at


def without_authority(target: str) -> str:
    """The path of an absolute-form request line, which Envoy takes apart before anything else."""
    return re.sub("^http://[^/?]+", "", target) or "/"
