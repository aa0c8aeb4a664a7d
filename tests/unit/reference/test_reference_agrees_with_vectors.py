"""The reference decides the vectors of the semantics document, each seen as the proxy would send it."""

from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import yaml

from tests.reference import Request, Verdict, Workload, decide
from tests.reference.paths import normalize

Row = dict[str, Any]

DECISIONS, CUSTOM, _ = yaml.safe_load_all(
    (Path(__file__).parents[2] / "data/authorization-policy-vectors.yaml").read_text()
)


def is_decided_here(row: Row) -> bool:
    """An HTTP status is somebody else's answer; what PROXY protocol announced is not in a CheckRequest."""
    return row["expect"] in ("allow", "deny") and "remoteIp" not in row["request"]


@pytest.mark.parametrize("row", [row for row in DECISIONS if is_decided_here(row)], ids=lambda row: row["name"])
def test_decision(row: Row) -> None:
    assert decide_row(row).allowed is (row["expect"] == "allow")


@pytest.mark.parametrize("row", [row for row in CUSTOM if is_decided_here(row)], ids=lambda row: row["name"])
def test_a_custom_rule_that_matches_asks_its_provider(row: Row) -> None:
    verdict = decide_row(row)
    (answer,) = row["providers"].values()
    allowed = answer == "allow" if verdict.reason == "custom" else verdict.allowed

    assert allowed is (row["expect"] == "allow")


def test_only_what_others_answer_is_left_out() -> None:
    left_out = [row["name"] for row in [*DECISIONS, *CUSTOM] if not is_decided_here(row)]

    assert left_out == [
        "remote-ip-proxy-protocol",
        "path-fragment-rejected-by-proxy",
        "missing-host-rejected-by-proxy",
        "custom-match-provider-denies",
    ]


def decide_row(row: Row) -> Verdict:
    normalization = row.get("mesh", {}).get("normalization", "BASE")
    mesh = {**row.get("mesh", {}), "pathNormalization": {"normalization": normalization}}
    workload = row.get("workload", {"namespace": "foo", "labels": {"app": "httpbin"}})
    return decide(row["policies"], mesh, workload_of(workload), request_of(row["request"], normalization))


def workload_of(given: Row) -> Workload:
    services = given.get("services", [])
    return Workload(
        given["namespace"],
        given["labels"],
        role="waypoint" if given.get("isWaypoint") else "sidecar",
        services=tuple(f"{one['namespace']}/{one['name']}" for one in services if one["registry"] == "Kubernetes"),
        service_entries=tuple(f"{one['namespace']}/{one['name']}" for one in services if one["registry"] == "External"),
    )


def request_of(given: Row, normalization: str) -> Request:
    source, destination = given.get("source", {}), given.get("destination", {})
    target = urlsplit(given.get("path", "/"))
    path = given.get("path", "/")
    if target.scheme:  # absolute form: the proxy takes it apart
        path = target.path + (f"?{target.query}" if target.query else "")
    return Request(
        protocol=given.get("protocol", "http"),
        method=given.get("method", "GET"),
        host=target.netloc if target.scheme else given.get("host", "svc.foo"),
        path=normalize(path, normalization) or path,
        headers=header_lines(given),
        source_ip=source.get("ip", "127.0.0.1"),
        destination_ip=destination.get("ip", "127.0.0.1"),
        destination_port=destination.get("port", 8080),
        peer_names=peer_names(source),
        sni=given.get("sni", ""),
        claims=given.get("claims"),
        metadata=given.get("dynamicMetadata", {}),
    )


def peer_names(source: Row) -> tuple[str, ...]:
    subject = f"CN={source['subject']}" if "subject" in source else None
    return tuple(name for name in (source.get("principal"), source.get("dnsSan"), subject) if name)


def header_lines(given: Row) -> tuple[tuple[str, str], ...]:
    """Lines as the proxy sends them: it keeps one x-forwarded-for, joined."""
    headers = given.get("headers", {})
    lines = [tuple(line) for line in (headers.items() if isinstance(headers, dict) else headers)]
    lines += [("x-forwarded-for", given["xff"])] if "xff" in given else []
    forwarded = [value for name, value in lines if name == "x-forwarded-for"]
    kept = [line for line in lines if line[0] != "x-forwarded-for"]
    return (*kept, *([("x-forwarded-for", ",".join(forwarded))] if forwarded else []))
