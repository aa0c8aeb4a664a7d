from __future__ import annotations

import pytest

from authz.model.facts import RawRequest
from authz.model.request import Request
from authz.model.workload import LABELS_UNKNOWN, Role, Target, Workload

TOKEN = "envoy.filters.http.jwt_authn"


def test_a_request_is_what_the_engine_reads() -> None:
    request: RawRequest = Request(path="/a?b", source_ip="1.2.3.4", principal="spiffe://x")
    assert (request.target, request.source_address, request.source_principal) == ("/a?b", "1.2.3.4", "spiffe://x")


@pytest.mark.parametrize(("protocol", "is_http"), [("http", True), ("tcp", False), ("grpc", True), ("", True)])
def test_only_tcp_is_not_http(protocol: str, is_http: bool) -> None:  # noqa: FBT001
    assert Request(protocol=protocol).is_http is is_http


def test_header_lines_stay_apart_and_names_have_no_case() -> None:
    request = Request(headers=(("X-A", "1"), ("x-a", "2"), ("x-b", ""), ("x-aa", "3")))
    assert request.header_lines("x-a") == ("1", "2")
    assert request.header_lines("x-b") == ("",)
    assert request.header_lines("x-c") == ()
    assert not request.headers_are_merged


def test_pseudo_headers_are_made_of_the_request_line() -> None:
    request = Request(method="PUT", path="/a?b", host="h:1", headers=((":path", "/forged"),))
    assert [request.header_lines(f":{name}") for name in ("method", "path", "authority")] == [
        ("PUT",),
        ("/a?b",),
        ("h:1",),
    ]


def test_claims_stand_where_envoy_leaves_them() -> None:
    request = Request(claims={"iss": "i"}, dynamic_metadata={"other": {"k": "v"}})
    assert request.metadata(TOKEN) == {"payload": {"iss": "i"}}
    assert request.metadata("other") == {"k": "v"}
    assert request.metadata("absent") is None


def test_no_token_is_not_an_empty_token() -> None:
    assert Request().metadata(TOKEN) is None
    assert Request(claims={}).metadata(TOKEN) == {"payload": {}}


def test_a_workload_is_told_as_a_proxy_would() -> None:
    workload = Workload(
        "foo", frozenset({("b", "2"), ("a", "1")}), "sa", Role.WAYPOINT, frozenset({Target("n", "g")}),
        frozenset({Target("n", "t"), Target("n", "s")}), frozenset({Target("n", "e")}),
    )  # fmt: skip
    assert dict(Request(workload=workload).workload_texts().extensions) == {
        "namespace": "foo",
        "role": "waypoint",
        "labels": "a=1,b=2",
        "service_account": "sa",
        "gateway": "n/g",
        "service": "n/s,n/t",
        "service_entry": "n/e",
    }


@pytest.mark.parametrize(("labels", "told"), [(LABELS_UNKNOWN, None), (frozenset[tuple[str, str]](), "")])
def test_unknown_labels_are_not_told_and_no_labels_are(labels: object, told: str | None) -> None:
    workload = Workload("foo", labels)  # type: ignore[arg-type] # both kinds
    assert dict(Request(workload=workload).workload_texts().extensions).get("labels") == told


def test_without_a_workload_nothing_is_told() -> None:
    assert Request().workload_texts() == ((), (), (), "")
