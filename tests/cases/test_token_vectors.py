"""Each row of `tests/data/request-authentication-vectors.yaml` through the whole engine, and explained alike."""

import json

import pytest

from authz.decision.engine import Engine, EngineSettings
from authz.decision.load import PolicyFiles, load_set
from authz.model.workload import Workload
from authz.observability.counters import Counters
from authz.resources.documents import SourceFile
from authz.server.check import CheckDoor, InForce
from tests.support.jwts import NOW_S
from tests.support.proxy import Answer, check_request, read_answer
from tests.support.token_rows import DECISIONS, STRICTER, Row, request_of, with_key_sets


def engine(row: Row) -> Engine:
    said = row.get("workload", {"namespace": "foo", "labels": {"app": "httpbin"}})
    documents = [{"apiVersion": "security.istio.io/v1", **with_key_sets(one)} for one in row["policies"]]
    files = [SourceFile(f"{n}.json", json.dumps(one).encode()) for n, one in enumerate(documents)]
    workload = Workload(said["namespace"], frozenset(said["labels"].items()))
    loaded = load_set(PolicyFiles("rows", tuple(files)), EngineSettings(default_workload=workload))
    assert loaded.engine is not None, loaded.problems
    return loaded.engine


def answer(decides: Engine, row: Row) -> Answer:
    """The answer to the row's request, which is explained alike."""
    request = request_of(row["request"])
    door = CheckDoor(lambda: InForce.of(decides), Counters(), lambda: NOW_S)
    assert decides.explain(request, NOW_S).decision == decides.decide(request, NOW_S)
    answered = door.check(check_request(request), {}, None)
    assert isinstance(answered, bytes)
    return read_answer(answered)


@pytest.mark.parametrize("row", [row for row in DECISIONS if row["name"] not in STRICTER], ids=lambda row: row["name"])
def test_row(row: Row) -> None:
    given = answer(engine(row), row)

    match row["expect"]:
        case "allow":
            assert given.allowed
            check_upstream(row, given)
        case "deny":
            assert (given.allowed, given.status, given.body) == (False, 403, "RBAC: access denied")
        case status:
            assert (given.allowed, given.status) == (False, int(status))
            assert given.body == row.get("body", given.body)
            wanted = row.get("responseHeaders", {}).get("www-authenticate")
            assert wanted in {None, given.response_headers["www-authenticate"]}


def check_upstream(row: Row, given: Answer) -> None:
    sent = {name.lower() for name, _ in request_of(row["request"]).headers}
    for line in row.get("upstreamHeaders", []):
        name, _, value = line.partition("=")
        if name == ":path":
            assert given.remove_query
        else:
            assert (name, value) in given.set_headers or (name in sent and name not in given.remove_headers)
    for name in row.get("upstreamHeadersAbsent", []):
        assert name in given.remove_headers or name not in sent
        assert name not in dict(given.set_headers)


@pytest.mark.parametrize("row", [row for row in DECISIONS if row["name"] in STRICTER], ids=lambda row: row["name"])
def test_where_we_refuse_more(row: Row) -> None:
    assert answer(engine(row), row).body == STRICTER[row["name"]]
