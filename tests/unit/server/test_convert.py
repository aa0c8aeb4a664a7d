"""A CheckRequest as a raw request: bytes stay what they were, and nothing is read from where it does not belong."""

from typing import Any

import pytest

from authz.model.request import Request
from authz.model.workload import Target, Workload, WorkloadTexts
from authz.pb import CheckRequest
from authz.server.convert import RawCheck
from tests.support.proxy import FORMS, Form, check_request

REQUEST = Request(
    method="PUT",
    path="/a?b",
    host="Svc.foo:80",
    headers=(("X-A", "1"), ("x-a", "2"), ("x-b", "")),
    source_ip="10.0.0.1",
    destination_ip="10.0.0.2",
    destination_port=8080,
    principal="spiffe://td/ns/a/sa/b",
    certificate="pem",
    sni="A.test",
    dynamic_metadata={"f": {"k": "v"}},
)


def raw(request: Request, form: Form = Form.RAW, **metadata: str) -> RawCheck:
    return RawCheck(CheckRequest.FromString(check_request(request, form)), metadata)


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize(
    "name",
    [
        "is_http", "method", "target", "host", "source_address", "destination_address", "destination_port",
        "source_principal", "source_certificate", "sni",
    ],
)  # fmt: skip
def test_a_check_request_says_what_the_request_says(name: str, form: Form) -> None:
    assert getattr(raw(REQUEST, form), name) == getattr(REQUEST, name)


def test_raw_lines_stay_apart_and_merged_ones_are_one() -> None:
    apart, merged = raw(REQUEST), raw(REQUEST, Form.MERGED)

    assert (apart.header_lines("x-a"), merged.header_lines("x-a")) == (("1", "2"), ("1,2",))
    assert (apart.headers_are_merged, merged.headers_are_merged) == (False, True)


@pytest.mark.parametrize("form", FORMS)
def test_an_empty_header_is_there_and_an_absent_one_is_not(form: Form) -> None:
    assert raw(REQUEST, form).header_lines("x-b") == ("",)
    assert raw(REQUEST, form).header_lines("x-c") == ()


@pytest.mark.parametrize("form", FORMS)
def test_pseudo_headers_are_headers(form: Form) -> None:
    seen = raw(REQUEST, form)

    assert [seen.header_lines(name) for name in (":authority", ":path", ":method")] == [
        ("Svc.foo:80",),
        ("/a?b",),
        ("PUT",),
    ]


def test_bytes_that_are_no_utf8_stay_what_they_were() -> None:
    request = Request(headers=(("x-a", "a\udcff"), ("x-a", "é")))

    assert raw(request).header_lines("x-a") == ("a\udcff", "é")
    assert raw(request, Form.MERGED).header_lines("x-a") == ("a!,é",)


def test_a_value_given_as_text_counts_as_one_given_as_bytes() -> None:
    message = CheckRequest()
    message.attributes.request.http.header_map.headers.add(key="X-A", value="text")

    assert RawCheck(message, {}).header_lines("x-a") == ("text",)


def test_the_query_field_and_the_fragment_field_are_never_read() -> None:
    message = CheckRequest.FromString(check_request(Request(path="/a")))
    message.attributes.request.http.query, message.attributes.request.http.fragment = "x=/admin", "/admin"

    assert RawCheck(message, {}).target == "/a"


def test_without_http_attributes_it_is_a_plain_connection() -> None:
    assert not raw(Request(protocol="tcp")).is_http
    assert not RawCheck(CheckRequest(), {}).is_http


def test_metadata_is_read_as_json_is() -> None:
    content: dict[str, Any] = {
        "text": "v",
        "number": 1.5,
        "flag": True,
        "null": None,
        "list": ["a", 1.0, ["b"]],
        "object": {"a": {"b": "c"}},
    }
    seen = raw(Request(dynamic_metadata={"f": content}))

    assert seen.metadata("f") == content
    assert seen.metadata("f") is seen.metadata("f")
    assert seen.metadata("none") is None


def test_asking_for_what_is_not_there_adds_nothing_to_the_message() -> None:
    message = CheckRequest.FromString(check_request(Request()))
    before = message.SerializeToString(deterministic=True)
    seen = RawCheck(message, {})
    seen.metadata("none")
    seen.workload_texts()
    seen.header_lines("none")

    assert message.SerializeToString(deterministic=True) == before


def test_the_workload_is_told_in_four_places() -> None:
    message = CheckRequest()
    message.attributes.context_extensions.update({"namespace": "a", "virtual_host": "other", "labels": "x=y"})
    message.attributes.destination.labels.update({"b": "2", "a": "1"})
    message.attributes.destination.principal = "spiffe://td/ns/a/sa/b"
    metadata = {"authz-service-account": "s", "authz-namespace": "c", "other-namespace": "evil", "namespace": "evil"}

    assert RawCheck(message, metadata).workload_texts() == WorkloadTexts(
        extensions=(("namespace", "a"), ("labels", "x=y")),
        call_metadata=(("namespace", "c"), ("service_account", "s")),
        destination_labels=(("a", "1"), ("b", "2")),
        destination_principal="spiffe://td/ns/a/sa/b",
    )


def test_nothing_said_of_the_workload_is_nothing() -> None:
    assert RawCheck(CheckRequest(), {}).workload_texts() == WorkloadTexts()


@pytest.mark.parametrize("order", [1, -1])
def test_what_is_said_in_another_order_is_about_the_same_workload(order: int) -> None:
    metadata = dict([("authz-namespace", "a"), ("authz-labels", "b=c")][::order])

    assert RawCheck(CheckRequest(), metadata).workload_texts().call_metadata == (("namespace", "a"), ("labels", "b=c"))


def test_a_workload_given_to_the_library_is_told_as_a_proxy_would() -> None:
    workload = Workload("foo", services=frozenset({Target("foo", "svc")}))

    assert dict(raw(Request(workload=workload)).workload_texts().extensions)["service"] == "foo/svc"
