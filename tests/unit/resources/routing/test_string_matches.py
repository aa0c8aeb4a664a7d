import json

import pytest

from authz.model.routing.matching import ClaimMatch, Exact, NamedMatch, Prefix, Present, Regex, StringMatch
from authz.resources.routing.string_matches import claim_path
from tests.support.reading import resources, summaries
from tests.support.routes import match, problems_of


@pytest.mark.parametrize(
    "text,wanted",
    [
        ("{exact: a}", Exact("a")),
        ("{exact: ''}", Exact("")),
        ("{prefix: a}", Prefix("a")),
        ("{regex: a.*}", Regex("a.*")),
        ("{}", Present()),
    ],
)
def test_a_text_is_matched_in_one_way_or_is_there(text: str, wanted: StringMatch) -> None:
    assert match(f"{{method: {text}}}").method == wanted
    assert match(f"{{headers: {{x-a: {text}}}}}").headers == (NamedMatch("x-a", wanted),)
    assert match(f"{{queryParams: {{a: {text}}}}}").query_params == (NamedMatch("a", wanted),)


def test_a_path_is_always_there_so_that_any_is_no_condition() -> None:
    assert match("{uri: {}}").uri is None
    assert match("{uri: {prefix: ''}}").uri == Prefix("")


def test_headers_are_in_lower_case_and_sorted_and_query_parameters_sorted() -> None:
    found = match("{headers: {X-B: {exact: c}, x-a: {exact: d}}, queryParams: {B: {exact: c}, A: {exact: d}}}")
    assert found.headers == (NamedMatch("x-a", Exact("d")), NamedMatch("x-b", Exact("c")))
    assert found.query_params == (NamedMatch("A", Exact("d")), NamedMatch("B", Exact("c")))


@pytest.mark.parametrize("text", ["null", "{}", "{regex: '*'}"])
def test_without_a_header_may_be_written_in_three_ways(text: str) -> None:
    assert match(f"{{withoutHeaders: {{x-a: {text}}}}}").without_headers == (NamedMatch("x-a", Present()),)


def test_claims_are_told_from_headers() -> None:
    found = match(
        "{headers: {'@request.auth.claims.a.b': {exact: c}, x-a: {}},"
        " withoutHeaders: {'@request.auth.claims[d][e.f]': {regex: '*'}}}",
        gateways="[gw]",
    )
    assert found.claims == (ClaimMatch(("a", "b"), Exact("c")),)
    assert found.without_claims == (ClaimMatch(("d", "e.f"), Present()),)
    assert (found.headers, found.without_headers) == ((NamedMatch("x-a", Present()),), ())


@pytest.mark.parametrize(
    "name,wanted",
    [
        ("@request.auth.claims.a", ("a",)),
        ("@Request.Auth.Claims.Admin", ("Admin",)),
        ("@request.auth.claims[https://a.com/b]", ("https://a.com/b",)),
        ("@request.auth.claims[a][b]", ("a", "b")),
        ("@request.auth.claims[a.b]", ("a.b",)),
        ("@request.auth.claims", None),
        ("@request.auth.claims.", None),
        ("@request.auth.claims[]", None),
        ("@request.auth.claims[a][]", None),
        ("@request.auth.claims[a", None),
        ("@request.auth.claimsa", None),
        ("x-a", None),
    ],
)
def test_a_claim_is_written_with_dots_or_brackets(name: str, wanted: tuple[str, ...] | None) -> None:
    assert claim_path(name) == wanted


@pytest.mark.parametrize(
    "text,expected",
    [
        ("{uri: {exact: /a, regex: /b}}", "AZ110 spec.http[0].match[0].uri"),
        ("{uri: {suffix: /a}}", "AZ020 spec.http[0].match[0].uri.suffix"),
        ("{uri: /a}", "AZ021 spec.http[0].match[0].uri"),
        ("{uri: {exact: 5}}", "AZ021 spec.http[0].match[0].uri.exact"),
        ("{uri: {regex: '['}}", "AZ598 spec.http[0].match[0].uri.regex"),
        ("{headers: [x-a]}", "AZ021 spec.http[0].match[0].headers"),
        ("{headers: {'a b': {}}}", "AZ124 spec.http[0].match[0].headers[a b]"),
        ("{queryParams: {'': {}}}", "AZ025 spec.http[0].match[0].queryParams"),
        ("{queryParams: {a: null}}", "AZ021 spec.http[0].match[0].queryParams[a]"),
    ],
)
def test_a_problem_is_at_its_place(text: str, expected: str) -> None:
    found = problems_of("VirtualService", f"{{hosts: [a], http: [{{match: [{text}], redirect: {{uri: /}}}}]}}")
    assert [one.partition(" ")[2] for one in summaries(found)] == [expected]


@pytest.mark.parametrize("bytes_,expected", [(1024, []), (1025, ["AZ004 spec.http[0].match[0].queryParams"])])
def test_the_name_of_a_query_parameter_is_as_long_as_envoy_takes_it(bytes_: int, expected: list[str]) -> None:
    spec = {"hosts": ["a"], "http": [{"match": [{"queryParams": {"a" * bytes_: {}}}], "redirect": {"uri": "/"}}]}
    head = {"apiVersion": "networking.istio.io/v1", "kind": "VirtualService", "metadata": {"name": "a"}}
    _, found = resources(json.dumps({**head, "spec": spec}), file="a.json")
    assert [one.partition(" ")[2] for one in summaries(found)] == expected


def test_who_writes_a_star_as_expression_is_told_what_to_write() -> None:
    (problem,) = problems_of(
        "VirtualService", "{hosts: [a], http: [{match: [{headers: {x-a: {regex: '*'}}}], redirect: {uri: /}}]}"
    )
    assert problem.message == (
        "'*' is no expression of RE2: no argument for repetition operator: *; for any value write `{}`"
    )
