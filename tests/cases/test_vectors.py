"""The decisions of `tests/data/authorization-policy-vectors.yaml`, through the engine and through the check door.

A row's request is what a client sends; `proxied` does what the proxy in front does before it asks.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml

from authz import Allowed, Denied, PolicyError, Request, Workload
from authz.model.path import PathNormalization, normalize_path
from authz.model.workload import Role, Target
from tests.support.certificates import certificate
from tests.support.policies import authorizer, document
from tests.support.proxy import FORMS, Form, ask

Row = dict[str, Any]

FILE = Path(__file__).parents[1] / "data" / "authorization-policy-vectors.yaml"
DECISIONS, CUSTOM, VALIDATION = yaml.safe_load_all(FILE.read_text())

# Envoy answers these itself and asks nobody: run with a real one in tests/e2e.
NEVER_ASKED = [row for row in DECISIONS if row["expect"] == "400"]
# A CheckRequest has one source address: PROXY protocol hides the physical peer from us.
HIDDEN = [row for row in DECISIONS if "remoteIp" in row["request"]]
DECIDABLE = [row for row in DECISIONS if row not in NEVER_ASKED and row not in HIDDEN]
# A provider that is there is asked from the next issue on; until then what its policy matches is denied.
ASKING = [row for row in CUSTOM if row["expect"] in {"429", "allow"} and row["request"]["path"].startswith("/admin")]
WITHOUT_ASKING = [row for row in CUSTOM if row not in ASKING]


def name(row: Row) -> str:
    return str(row["name"])


def documents(row: Row) -> list[dict[str, Any]]:
    return [document(written) for written in row["policies"]]


def mesh_of(row: Row) -> dict[str, Any]:
    mesh = dict(row.get("mesh", {}))
    normalization = mesh.pop("normalization", "BASE")
    return {**mesh, "pathNormalization": {"normalization": normalization}}


def proxied(row: Row) -> Request:
    """The row's request as the proxy asks about it: path normalized, addresses and certificate added."""
    sent, peer, local = row["request"], row["request"].get("source", {}), row["request"].get("destination", {})
    host, path = sent.get("host", "svc.foo"), sent.get("path", "/")
    if path.startswith("http://"):  # an absolute-form request line
        host, _, path = path.removeprefix("http://").partition("/")
        path = f"/{path}"
    mode = PathNormalization(row.get("mesh", {}).get("normalization", "BASE"))
    bare, mark, query = path.partition("?")
    uri, dns, subject = peer.get("principal", ""), peer.get("dnsSan", ""), peer.get("subject", "")
    with_tls = uri or dns or subject or peer.get("tls")
    return Request(
        protocol=sent.get("protocol", "http"),
        method=sent.get("method", "GET"),
        host=host or "",
        path=normalize_path(bare, mode) + mark + query,
        headers=headers_of(sent),
        source_ip=sent.get("remoteIp", peer.get("ip", "127.0.0.1")),
        destination_ip=local.get("ip", "127.0.0.1"),
        destination_port=local.get("port", 8080),
        principal=uri or dns or (f"CN={subject}" if subject else ""),
        certificate=certificate(uris=tuple(listed(uri)), names=tuple(listed(dns)), common_name=subject)
        if with_tls
        else "",
        sni=sent.get("sni", ""),
        claims=sent.get("claims"),
        dynamic_metadata=sent.get("dynamicMetadata", {}),
        workload=workload_of(row.get("workload", {"namespace": "foo", "labels": {"app": "httpbin"}})),
    )


def headers_of(sent: Row) -> tuple[tuple[str, str], ...]:
    """Envoy keeps lines of one name apart, but for headers that have a single slot."""
    written = sent.get("headers", {})
    lines = [*(written.items() if isinstance(written, dict) else map(tuple, written))]
    forwarded = [value for key, value in lines if key == "x-forwarded-for"] + listed(sent.get("xff", ""))
    others = [line for line in lines if line[0] != "x-forwarded-for"]
    return (*others, *[("x-forwarded-for", value) for value in listed(",".join(forwarded))])


def listed(text: str) -> list[str]:
    return [text] if text else []


def workload_of(written: Row) -> Workload:
    services = [(one, Target(one["namespace"], one["name"])) for one in written.get("services", ())]
    return Workload(
        written["namespace"],
        frozenset(written["labels"].items()),
        role=Role.WAYPOINT if written.get("isWaypoint") else Role.SIDECAR,
        services=frozenset(target for one, target in services if one["registry"] == "Kubernetes"),
        service_entries=frozenset(target for one, target in services if one["registry"] != "Kubernetes"),
    )


def has_several_lines(row: Row) -> bool:
    """Whether a header comes twice: merged, its lines are one value."""
    names = [key for key, _ in proxied(row).headers]
    return len(set(names)) < len(names)


ASKED = [
    pytest.param(row, form, id=f"{name(row)}-{form.value}")
    for row in DECIDABLE + WITHOUT_ASKING
    for form in FORMS
    if form is Form.RAW or not has_several_lines(row)
]


def test_no_row_is_lost() -> None:
    assert [name(row) for row in NEVER_ASKED] == ["path-fragment-rejected-by-proxy", "missing-host-rejected-by-proxy"]
    assert [name(row) for row in HIDDEN] == ["remote-ip-proxy-protocol"]
    assert [name(row) for row in ASKING] == ["custom-match-provider-denies", "custom-match-provider-allows"]
    assert (len(DECIDABLE), len(WITHOUT_ASKING), len(VALIDATION)) == (207, 3, 36)


@pytest.mark.parametrize("row", DECIDABLE + WITHOUT_ASKING, ids=name)
def test_the_engine_decides_as_recorded(row: Row) -> None:
    decision = authorizer(*documents(row), mesh=mesh_of(row), workload=None).check(proxied(row))

    assert isinstance(decision, Allowed) is (row["expect"] == "allow"), decision


@pytest.mark.parametrize(("row", "form"), ASKED)
def test_the_check_door_answers_as_recorded(row: Row, form: Form) -> None:
    answer = ask(authorizer(*documents(row), mesh=mesh_of(row), workload=None), proxied(row), form)

    assert answer.allowed is (row["expect"] == "allow"), answer
    assert (answer.code, answer.status) == ((0, 0) if answer.allowed else (7, 403))


@pytest.mark.parametrize("row", [row for row in DECIDABLE if row["expect"] == "deny"], ids=name)
def test_a_proxy_that_does_not_normalize_gets_no_allow_where_another_is_denied(row: Row) -> None:
    as_sent = replace(proxied(row), path=row["request"].get("path", "/"))

    assert not ask(authorizer(*documents(row), mesh=mesh_of(row), workload=None), as_sent).allowed


@pytest.mark.parametrize("row", DECIDABLE + WITHOUT_ASKING, ids=name)
def test_explaining_comes_to_the_same_decision(row: Row) -> None:
    decides = authorizer(*documents(row), mesh=mesh_of(row), workload=None)

    assert decides.explain(proxied(row)).decision == decides.check(proxied(row))


@pytest.mark.parametrize("row", NEVER_ASKED[:1] + HIDDEN + ASKING, ids=name)
def test_what_we_cannot_decide_as_recorded_is_denied(row: Row) -> None:
    decides = authorizer(*documents(row), mesh=mesh_of(row), workload=None)

    assert isinstance(decides.check(proxied(row)), Denied)
    assert not ask(decides, proxied(row)).allowed


@pytest.mark.parametrize("row", VALIDATION, ids=name)
def test_validation_accepts_and_rejects_as_recorded(row: Row) -> None:
    if row["expect"] == "accept":
        authorizer(*documents(row), workload=None)
        return
    with pytest.raises(PolicyError):
        authorizer(*documents(row), workload=None)
