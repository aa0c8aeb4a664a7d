from datetime import timedelta

import pytest

from authz.model.jwt_rule import DEFAULT_TIMEOUT, ClaimHeader, HeaderLocation
from authz.model.problem import Code, Problem, Problems
from authz.resources.documents import SourceFile, read_documents
from authz.resources.fields import Fields
from authz.resources.metadata import read_metadata
from authz.resources.nodes import Mapping
from authz.resources.request_authentication import RequestAuthentication, read_request_authentication
from authz.resources.selector import TargetRef


def read(spec: str, metadata: str = "{name: a, namespace: b}") -> tuple[RequestAuthentication, tuple[Problem, ...]]:
    problems = Problems()
    text = f"kind: RequestAuthentication\nmetadata: {metadata}\nspec: {spec}\n"
    (document,) = read_documents([SourceFile("a.yaml", text.encode())], problems)
    fields = Fields("a.yaml", problems)
    assert isinstance(document.root, Mapping)
    found = read_request_authentication(fields, read_metadata(fields, document.root), document.root.get("spec"))
    return found, problems.sorted()


def codes(rule: str) -> list[str]:
    return [problem.code.value for problem in read(f"{{jwtRules: [{rule}]}}")[1]]


EVERY_FIELD = """
  targetRefs: [{kind: Gateway, group: gateway.networking.k8s.io, name: gw}]
  jwtRules:
  - issuer: https://iss.example
    audiences: [x, y]
    jwksUri: https://iss.example/keys
    fromHeaders: [{name: X-Jwt, prefix: "tok="}, {name: x-other}]
    fromParams: [jwt]
    fromCookies: [sess]
    outputPayloadToHeader: X-Payload
    outputClaimToHeaders: [{header: X-Sub, claim: sub}, {header: x-in, claim: a.b}]
    forwardOriginalToken: true
    timeout: 250ms
    spaceDelimitedClaims: [roles]
    presence: REQUIRED
  - {jwks_uri: "http://b/keys"}
  - {issuer: c, jwks: '{"keys": [{"kty": "RSA"}]}', presence: OPTIONAL}
  - {issuer: d, jwks: '{"k1": "-----BEGIN CERTIFICATE-----"}'}"""


def test_every_field() -> None:
    found, problems = read(EVERY_FIELD)
    first, second, third, fourth = found.jwt_rules

    assert not problems
    assert found.key == ("b", "a")
    assert found.target_refs == (TargetRef("Gateway", "gw"),)
    assert (first.issuer, first.audiences, first.jwks_uri) == (
        "https://iss.example",
        ("x", "y"),
        "https://iss.example/keys",
    )
    assert first.from_headers == (HeaderLocation("x-jwt", "tok="), HeaderLocation("x-other"))
    assert (first.from_params, first.from_cookies) == (("jwt",), ("sess",))
    assert first.output_payload_to_header == "x-payload"
    assert first.output_claim_to_headers == (ClaimHeader("x-sub", "sub"), ClaimHeader("x-in", "a.b"))
    assert first.forward_original_token
    assert first.is_required
    assert first.timeout == timedelta(milliseconds=250)
    assert first.space_delimited_claims == ("roles",)
    assert (second.issuer, second.jwks_uri, second.timeout) == ("", "http://b/keys", DEFAULT_TIMEOUT)
    assert (third.jwks, third.is_required) == ('{"keys": [{"kty": "RSA"}]}', False)
    assert fourth.where.line == 20


def test_without_rules_it_does_nothing() -> None:
    assert read("{}")[0].jwt_rules == read("{jwtRules: []}")[0].jwt_rules == ()


@pytest.mark.parametrize(
    ("rule", "wanted"),
    [
        ("null", ["AZ021"]),
        ("{}", ["AZ121"]),
        ("{jwks: '{}'}", ["AZ121", "AZ123"]),
        ('{issuer: "", jwksUri: "https://a/b"}', ["AZ025"]),
        ("{issuer: 5}", ["AZ021"]),
        ('{issuer: a, audiences: [""]}', ["AZ025"]),
        ('{issuer: a, fromParams: [""]}', ["AZ025"]),
        ('{issuer: a, fromCookies: [""]}', ["AZ025"]),
        ('{issuer: a, spaceDelimitedClaims: [""]}', ["AZ025"]),
        (f"{{issuer: a, spaceDelimitedClaims: [{'a, ' * 65}]}}", ["AZ024"]),
        ('{issuer: a, jwks: "{}", jwksUri: "https://a/b"}', ["AZ123", "AZ110"]),
        ('{issuer: a, jwks_uri: "https://a/b", jwksUri: "https://a/b"}', ["AZ110"]),
        ('{issuer: a, jwksUri: ""}', ["AZ025"]),
        ("{issuer: a, jwksUri: foo.com}", ["AZ122"]),
        ('{issuer: a, jwksUri: "ftp://a/b"}', ["AZ122"]),
        ('{issuer: a, jwksUri: "https:///b"}', ["AZ122"]),
        ('{issuer: a, jwksUri: "https://a:x/b"}', ["AZ122"]),
        ('{issuer: a, jwksUri: "https://a:65536/b"}', ["AZ122"]),
        ('{issuer: a, jwksUri: "https://[::1/b"}', ["AZ122"]),
        ('{issuer: a, jwksUri: "https://a/ b"}', ["AZ122"]),
        ('{issuer: a, jwksUri: "https://a/%zz"}', ["AZ122"]),
        ('{issuer: a, jwksUri: "https://a/\\n"}', ["AZ122"]),
        (f'{{issuer: a, jwksUri: "https://a/{"b" * 2048}"}}', ["AZ122"]),
        ('{issuer: a, jwksUri: "HTTPS://[::1]:8443/keys?a=%20"}', []),
        ("{issuer: a, jwks: foo}", ["AZ123"]),
        ("{issuer: a, jwks: '[]'}", ["AZ123"]),
        ("{issuer: a, jwks: '{\"keys\": {}}'}", ["AZ123"]),
        ("{issuer: a, jwks: '{\"keys\": [{}]}'}", ["AZ123"]),
        ('{issuer: a, jwks: \'{"keys": [], "keys": []}\'}', ["AZ123"]),
        ('{issuer: a, jwks: \'{"k1": "text"}\'}', ["AZ123"]),
        ('{issuer: a, jwks: ""}', []),
        ("{issuer: a, fromHeaders: [{prefix: b}]}", ["AZ022"]),
        ('{issuer: a, fromHeaders: [{name: ""}]}', ["AZ025"]),
        ('{issuer: a, fromHeaders: [{name: ":path"}]}', ["AZ124"]),
        ("{issuer: a, fromHeaders: [null]}", ["AZ021"]),
        ('{issuer: a, outputPayloadToHeader: "a b"}', ["AZ124"]),
        ('{issuer: a, outputPayloadToHeader: ""}', []),
        ("{issuer: a, outputPayloadToHeader: Host}", ["AZ124"]),
        ("{issuer: a, outputClaimToHeaders: [{header: Content-Length, claim: a}]}", ["AZ124"]),
        ("{issuer: a, outputClaimToHeaders: [{header: transfer-encoding, claim: a}]}", ["AZ124"]),
        ("{issuer: a, outputClaimToHeaders: [{header: connection, claim: a}]}", ["AZ124"]),
        ("{issuer: a, fromHeaders: [{name: Proxy-Authorization}]}", []),
        ("{issuer: a, outputClaimToHeaders: [null]}", ["AZ021"]),
        ('{issuer: a, outputClaimToHeaders: [{header: a, claim: ""}]}', ["AZ025"]),
        ("{issuer: a, outputClaimToHeaders: [{header: a}]}", ["AZ022"]),
        ("{issuer: a, outputClaimToHeaders: [{claim: a}]}", ["AZ022"]),
        ('{issuer: a, outputClaimToHeaders: [{header: "", claim: a}]}', ["AZ025"]),
        ('{issuer: a, outputClaimToHeaders: [{header: ":authority", claim: a}]}', ["AZ124"]),
        ('{issuer: a, outputClaimToHeaders: [{header: "a.b", claim: a}]}', ["AZ124"]),
        ("{issuer: a, timeout: 0s}", ["AZ125"]),
        ("{issuer: a, timeout: -1s}", ["AZ125"]),
        ("{issuer: a, timeout: 1.5ms}", ["AZ125"]),
        ("{issuer: a, timeout: 5}", ["AZ021"]),
        ("{issuer: a, timeout: soon}", ["AZ125"]),
        ("{issuer: a, forwardOriginalToken: 'yes'}", ["AZ021"]),
        ("{issuer: a, presence: MANDATORY}", ["AZ026"]),
        ("{issuer: a, jwkUri: b}", ["AZ020"]),
    ],
)
def test_what_is_refused(rule: str, wanted: list[str]) -> None:
    assert codes(rule) == wanted


def test_the_place_is_that_of_the_mistake() -> None:
    (problem,) = read("{jwtRules: [{issuer: a, timeout: 0s}]}")[1]

    assert str(problem).startswith("a.yaml:3:40: AZ125 spec.jwtRules[0].timeout: expected whole milliseconds")


def test_too_many_rules() -> None:
    assert [problem.code for problem in read(f"{{jwtRules: [{'{issuer: a}, ' * 4097}]}}")[1]] == [Code.TOO_MANY]


def test_it_cannot_be_tried() -> None:
    (problem,) = read("{}", "{name: a, annotations: {istio.io/dry-run: 'false'}}")[1]

    assert problem.code is Code.BAD_DRY_RUN


@pytest.mark.parametrize(
    ("spec", "code"),
    [
        ("{selector: {}}", Code.EMPTY_SELECTOR),
        ("{jwtRules: [{issuer: a, jwks: '{\"keys\": []}'}]}", Code.NO_KEYS),
        ('{jwtRules: [{issuer: a, jwks: \'{"keys": [{"kty": "RSA", "d": "AQAB"}]}\'}]}', Code.JWKS_NOT_PUBLIC),
    ],
)
def test_what_is_legal_and_surely_not_meant(spec: str, code: Code) -> None:
    (problem,) = read(spec)[1]

    assert problem.code is code
    assert problem.code.is_warning
    assert problem.severity.value == "warning"
