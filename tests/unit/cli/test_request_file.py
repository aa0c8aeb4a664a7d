from __future__ import annotations

import pytest

from authz.cli.request_file import read_requests
from authz.cli.request_values import GivenRequest
from authz.model.problem import Problem, Problems
from authz.model.request import Request
from authz.model.workload import LABELS_UNKNOWN, Role, Target, Workload
from authz.resources.documents import SourceFile
from tests.support.reading import summaries

MINE = Workload("foo", frozenset({("app", "a")}))


def read(text: str, workload: Workload | None = MINE) -> tuple[list[GivenRequest], list[Problem]]:
    problems = Problems()
    return read_requests(SourceFile("r.yaml", text.encode()), workload, problems), list(problems)


def test_every_field_arrives() -> None:
    requests, problems = read("""
name: one
workload: bar/app=b
role: waypoint
gateway: bar/g
service: [bar/s, bar/t]
serviceEntry: []
method: PUT
path: /a?b
host: h:1
scheme: https
headers: {a: "1", b: ["2", "3"]}
principal: spiffe://td/x
certificate: "-+-"
sourceIp: 10.0.0.1
remoteIp: 10.0.0.2
destinationIp: ::1
destinationPort: 80
sni: s
jwtClaims: {iss: a, groups: [x, y], n: 1, deep: {t: true, f: 1.5, n: null}}
metadata: {ns.a: {k: v, l: [a, b]}}
""")

    assert problems == []
    assert requests == [
        GivenRequest(
            Request(
                method="PUT",
                path="/a?b",
                host="h:1",
                scheme="https",
                headers=(("a", "1"), ("b", "2"), ("b", "3")),
                principal="spiffe://td/x",
                certificate="-%2B-",
                source_ip="10.0.0.1",
                destination_ip="::1",
                destination_port=80,
                sni="s",
                claims={"iss": "a", "groups": ["x", "y"], "n": 1, "deep": {"t": True, "f": 1.5, "n": None}},
                dynamic_metadata={"ns.a": {"k": "v", "l": ["a", "b"]}},
                workload=Workload(
                    "bar",
                    frozenset({("app", "b")}),
                    role=Role.WAYPOINT,
                    gateways=frozenset({Target("bar", "g")}),
                    services=frozenset({Target("bar", "s"), Target("bar", "t")}),
                ),
            ),
            remote_ip="10.0.0.2",
            name="one",
        )
    ]


def test_headers_may_be_lines() -> None:
    assert read("headers: ['b: 1', 'a: 2', 'b: 3']")[0][0].request.headers == (("b", "1"), ("a", "2"), ("b", "3"))


def test_a_document_says_only_what_differs() -> None:
    requests, problems = read("tcp: true\n---\n# nothing\n---\n{}\n---\nworkload: bar\n")

    assert problems == []
    assert [one.request for one in requests] == [
        Request(protocol="tcp", workload=MINE),
        Request(workload=MINE),
        Request(workload=Workload("bar", LABELS_UNKNOWN)),
    ]


@pytest.mark.parametrize(
    "text, wanted",
    [
        ("", ["AZ401"]),
        ("- a", ["1:1 AZ021"]),
        ("pth: /", ["1:1 AZ020 pth"]),
        ("path: 1", ["1:7 AZ021 path"]),
        ("a: [", ["2:1 AZ003"]),
        ("tcp: 1\nmethod:", ["1:6 AZ021 tcp", "2:8 AZ021 method"]),
        ("sourceIp: a\nremoteIp: ''\ndestinationIp: [a]", [
            "1:11 AZ401 sourceIp", "2:11 AZ401 remoteIp", "3:16 AZ021 destinationIp"]),
        ("destinationPort: 65536", ["1:18 AZ026 destinationPort"]),
        ("destinationPort: '80'", ["1:18 AZ021 destinationPort"]),
        ("tcp: true\nremoteIp: ::1", ["2:11 AZ401 remoteIp"]),
        ("headers: {x-forwarded-for: a}\nremoteIp: ::1", ["2:11 AZ401 remoteIp"]),
        ("headers: {a b: c, host: d, e: 1, f: {}}", [
            "1:16 AZ401 headers.a b", "1:25 AZ401 headers.host", "1:31 AZ021 headers.e", "1:37 AZ021 headers.f"]),
        ("headers: [a, 1]", ["1:11 AZ401 headers[0]", "1:14 AZ021 headers[1]"]),
        ("headers: a", ["1:10 AZ021 headers"]),
        ("principal: td/ns/a/sa/b", ["1:12 AZ401 principal"]),
        ("jwtClaims: []\nmetadata: a", ["1:12 AZ021 jwtClaims", "2:11 AZ021 metadata"]),
        ("metadata: {ns: a}\njwtClaims: {n: 0o7, m: .inf}", [
            "1:16 AZ021 metadata.ns", "2:16 AZ021 jwtClaims.n", "2:24 AZ021 jwtClaims.m"]),
        ("workload: Foo\n---\nworkload: a/b", ["1:11 AZ401 workload", "3:11 AZ401 workload"]),
        ("role: proxy\ngateway: a\nservice: [b]", ["1:7 AZ026 role", "2:10 AZ401 gateway", "3:11 AZ401 service[0]"]),
    ],
)  # fmt: skip
def test_what_is_wrong_is_named_with_its_place(text: str, wanted: list[str]) -> None:
    assert summaries(read(text)[1]) == [f"0:0 {one}" if one == "AZ401" else one for one in wanted]


def test_a_request_must_be_somebodys() -> None:
    assert summaries(read("path: /", workload=None)[1]) == ["1:1 AZ022 workload"]
    assert read("workload: foo/", workload=None)[1] == []
