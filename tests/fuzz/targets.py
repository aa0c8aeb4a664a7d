"""Every parser that meets foreign bytes, as a function that may not raise: for the fuzzer and for its kept inputs.

A target takes bytes and asserts what must hold of the outcome. `tests/fuzz/corpus/TARGET/` holds inputs worth keeping:
`test_corpus.py` runs them with every `make test`.
"""

import base64
import contextlib
import json
from collections.abc import Callable
from functools import cache
from pathlib import Path
from urllib.parse import quote

from cryptography import x509

from authz.authorizer import Authorizer
from authz.cli.checked import Checked, describe
from authz.cli.explanation import Terminal, render
from authz.cli.explanation_json import report
from authz.cli.recorded import read_check_request
from authz.cli.request_file import read_requests
from authz.decision.engine import Engine, EngineSettings
from authz.decision.facts import FactSettings, RequestFacts
from authz.decision.load import PolicyFiles, load_set
from authz.identity.bundle import TrustBundles, issued, read_authorities, read_revocations
from authz.identity.certificate import CertificateError, certificate_names
from authz.identity.jwks import JwksError, parse_key_set
from authz.identity.jwt import Refused, expect, verify_token
from authz.identity.peer import read_peer
from authz.identity.tokens import Identified, authenticate, bind_rules
from authz.identity.verification import PeerVerifier, RefusedCertificateError
from authz.identity.xfcc import ForwardedClient, XfccError, check_hash, nearest_client, parse_xfcc
from authz.mesh.destination_rules import DestinationRules, DestinationRuleSettings
from authz.mesh.effective_policy import effective_policy
from authz.mesh.registry import RegistrySources, build_registry
from authz.model.address import parse_address, parse_cidr, render_address
from authz.model.header_names import is_header_value
from authz.model.jwt_rule import ClaimHeader, HeaderLocation, JwtRule
from authz.model.path import PathNormalization, looks_normal, normalize_path
from authz.model.problem import Problems, Severity
from authz.model.request import Request
from authz.model.routing.destination_rule import DestinationRule
from authz.model.routing.gateway import Gateway
from authz.model.routing.http_route import RouteTo
from authz.model.routing.matching import Regex
from authz.model.routing.virtual_service import VirtualService
from authz.model.spiffe_id import SpiffeId, parse_spiffe_id, parse_spiffe_id_pattern
from authz.model.string_match import parse_string_match, string_matches
from authz.model.template import UriTemplate, parse_template, template_matches
from authz.model.where import Where
from authz.model.workload import Workload, WorkloadTexts, parse_workload
from authz.pb import CheckResponse
from authz.policy.template_tree import TemplateTree
from authz.resources.collection import Resources, join_files, read_file
from authz.resources.documents import SourceFile
from authz.resources.kinds import KUBERNETES_KINDS, ROUTING_KINDS
from authz.resources.lint.routes import look_at_routes
from authz.resources.routing.regex import check_regex
from tests.support import jwts

_POLICIES = b"""
{apiVersion: security.istio.io/v1, kind: AuthorizationPolicy, metadata: {name: a}, spec: {action: DENY, rules: [
  {from: [{source: {namespaces: [evil], notPrincipals: [x]}}]}, {when: [{key: 'request.headers[x-a]', values: [a*]}]},
  {to: [{operation: {paths: ['/admin*', '/a/{*}/b']}}]}, {when: [{key: 'request.auth.claims[a][b]', values: ['*']}]}]}}
---
{apiVersion: security.istio.io/v1, kind: AuthorizationPolicy, metadata: {name: b}, spec: {rules: [
  {from: [{source: {remoteIpBlocks: [10.0.0.0/8], requestPrincipals: ['*']}}], to: [{operation: {hosts: ['*.com']}}]},
  {from: [{source: {serviceAccounts: [a/b], ipBlocks: ['::/0']}}], when: [{key: connection.sni, values: ['*']}]}]}}
"""


@cache
def _authorizer() -> Authorizer:
    return Authorizer(_engine_of(_POLICIES))


def _engine_of(content: bytes) -> Engine:
    loaded = load_set(PolicyFiles("fuzz", (SourceFile("fuzz.yaml", content),)), EngineSettings())
    assert loaded.engine is not None, loaded.problems
    return loaded.engine


def check_request(data: bytes) -> None:
    """Any bytes get a CheckResponse, and what is no CheckRequest is denied."""
    counters = _authorizer().counters.snapshot()
    answer = CheckResponse.FromString(
        _authorizer().check_bytes(data, {"authz-namespace": "default", "authz-labels": ""})
    )
    assert answer.status.code in {0, 7}
    after = _authorizer().counters.snapshot()
    assert after["authz_internal_errors_total"] == counters["authz_internal_errors_total"]
    if after["authz_malformed_requests_total"] > counters["authz_malformed_requests_total"]:
        assert answer.status.code != 0


def policy_file(data: bytes) -> None:
    """Any file is a set that can be served, or has problems with their places."""
    for name in ("fuzz.yaml", "fuzz.json"):
        loaded = load_set(PolicyFiles("fuzz", (SourceFile(name, data),)), EngineSettings(), allow_empty=True)
        assert (loaded.engine is None) == any(problem.severity.value == "error" for problem in loaded.problems)
        lines = data.count(b"\n") + data.count(b"\r") + data.count(b"\xc2\x85") + data.count(b"\xe2\x80") + 2
        assert all(problem.where.line <= lines for problem in loaded.problems)


def routing_file(data: bytes) -> None:
    """A file of routing resources has problems, or what is read has what the forwarder relies on."""
    for name in ("fuzz.yaml", "fuzz.json"):
        found = read_file(SourceFile(name, data), (*ROUTING_KINDS, *KUBERNETES_KINDS))
        if any(problem.severity is Severity.ERROR for problem in found.problems):
            continue
        for service in found.resources:
            if isinstance(service, VirtualService):
                _check_virtual_service(service)
            if isinstance(service, Gateway):
                assert service.servers
                assert all(server.hosts and server.port.name for server in service.servers)
        list(look_at_routes([one for one in found.resources if isinstance(one, VirtualService)]))
        _check_registry(join_files([found], Problems()))


def _check_registry(resources: Resources) -> None:
    registry = build_registry(RegistrySources.of(resources))
    rules = DestinationRules(resources.of(DestinationRule), DestinationRuleSettings())
    for service in registry.services:
        seen = registry.seen_from(service.namespace).service(service.host)
        assert seen is None or seen.host == service.host
        for port in service.ports:
            endpoints = registry.endpoints(service, port.number)
            assert all(endpoint.address and 0 <= endpoint.port <= 65535 for endpoint in endpoints)
            effective_policy(rules.rule_for(service, service.namespace, frozenset()), port.number)


def _check_virtual_service(service: VirtualService) -> None:
    assert service.gateways
    assert service.http or service.tls or service.tcp
    for route in service.http:
        for match in route.matches:
            for one in (match.uri, match.method, *(header.match for header in match.headers)):
                assert not isinstance(one, Regex) or check_regex(one.text).groups >= 0
        assert not isinstance(route.action, RouteTo) or route.action.destinations
        assert all(
            0 < mirror.percentage.per_million <= 10**6
            for mirror in route.all_mirrors
            if mirror.percentage.value >= 1e-4
        )
    for tls in service.tls:
        assert tls.destinations
        assert all(match.sni_hosts for match in tls.matches)


def mesh_file(data: bytes) -> None:
    """A mesh file, alike."""
    mesh = SourceFile("mesh.yaml", data)
    loaded = load_set(PolicyFiles("fuzz", (), mesh), EngineSettings(), allow_empty=True)
    assert (loaded.engine is None) == any(problem.severity.value == "error" for problem in loaded.problems)


def path(data: bytes) -> None:
    """What looks normal is; and but for escapes and backslashes, normalizing twice changes nothing more."""
    text = data.decode("utf-8", "surrogateescape").replace("\0", "")
    for mode in PathNormalization:
        normal = normalize_path("/" + text, mode)
        assert normal.startswith("/")
        if looks_normal("/" + text, mode):
            assert normal == "/" + text
        if mode is PathNormalization.BASE and "%" not in text and "\\" not in text:
            assert normalize_path(normal, mode) == normal


def value(data: bytes) -> None:
    """Values of policies: read, or refused with a ValueError; templates agree with their tree."""
    first, _, second = data.decode("utf-8", "surrogateescape").partition("\n")
    assert isinstance(string_matches(parse_string_match(first), second), bool)
    for read in (parse_cidr, parse_template, parse_workload):
        try:
            parsed = read(first)
        except ValueError:
            continue
        if isinstance(parsed, UriTemplate):
            assert bool(TemplateTree([(parsed, 1)]).matching(second)) == template_matches(parsed, second)
    address = parse_address(first)
    assert address is None or parse_address(render_address(address)) == address


def identity(data: bytes) -> None:
    """Peer names and certificates: read, or a CertificateError."""
    text = data.decode("utf-8", "replace")
    peer = read_peer(tuple(text.split("\n")))
    assert all("/" not in account for _, account in peer.service_accounts)
    with contextlib.suppress(CertificateError):
        certificate_names(text)


def workload(data: bytes) -> None:
    """What a proxy says of its workload never raises through the engine's door."""
    texts = data.decode("utf-8", "replace").split("\n")
    keys = ("namespace", "labels", "role", "gateway", "service")
    said = WorkloadTexts(extensions=tuple(zip(keys, texts, strict=False)), destination_principal=texts[-1])
    _authorizer()._engine._find_stages(said, tcp=False)


def request_file(data: bytes) -> None:
    """A file of requests for `authz check`: each is decided and explained, or there is a problem."""
    problems = Problems()
    requests = read_requests(SourceFile("fuzz.yaml", data), Workload("default"), problems)
    assert requests or problems.has_errors()
    for given in [] if problems.has_errors() else requests:
        raw = given.at_proxy(1)
        explanation = _authorizer().explain(raw)
        assert explanation.decision == _authorizer().check(raw)
        checked = Checked(describe(raw, RequestFacts(raw, FactSettings(1))), explanation, given.name)
        assert all(map(str.isprintable, render(checked, Terminal())))
        json.dumps(report([checked], problems, None))


def recorded_request(data: bytes) -> None:
    """A recorded CheckRequest, in whatever form: a message, or a ValueError."""
    with contextlib.suppress(ValueError):
        assert read_check_request(data).HasField("attributes")


_TOKEN_RULE = JwtRule(
    "",
    Where("fuzz"),
    from_headers=(HeaderLocation("authorization", "Bearer "), HeaderLocation("x-jwt")),
    from_params=("t",),
    from_cookies=("c",),
    output_payload_to_header="x-p",
    output_claim_to_headers=(ClaimHeader("x-a", "a"), ClaimHeader("x-b", "b.c")),
    space_delimited_claims=("a",),
)


def token(data: bytes) -> None:
    """Header and payload, each on a line, are accepted only when signed, and never raise; nor does any text."""
    header, _, payload = data.partition(b"\n")
    text, signed = data.decode("utf-8", "surrogateescape"), jwts.token(payload, "hs1", header, "HS256")
    keys = parse_key_set(jwts.jwks(jwts.jwk("hs1")))
    assert isinstance(verify_token(text, expect("", (), keys), jwts.NOW_S), Refused)
    found = verify_token(signed, expect("", (), keys), jwts.NOW_S)
    if not isinstance(found, Refused):
        assert json.loads(header)["alg"] == "HS256"
        assert found.claims == json.loads(payload, parse_int=float)
        assert found.not_before_s <= jwts.NOW_S < found.expires_s
        assert isinstance(
            verify_token(f"{signed[:-1]}{'B' if signed[-1] == 'A' else 'A'}", expect("", (), keys), 0), Refused
        )
    lines = [("authorization", f"Bearer {signed}"), ("x-jwt", text), ("cookie", f"c={text}")]
    rules = bind_rules([_TOKEN_RULE], lambda _: keys)
    for headers, target in ((lines[:1], "/"), (lines, f"/?t={text}"), ([], f"/?{text}")):
        outcome = authenticate(rules, Request(path=target, headers=tuple(headers)), jwts.NOW_S)
        if isinstance(outcome, Identified):
            assert len(headers) == 1
            assert all(is_header_value(value) for _, value in outcome.effects.set_headers)
            assert not set(outcome.effects.remove_headers) & {name for name, _ in outcome.effects.set_headers}


def key_set(data: bytes) -> None:
    """Keys that can be used, or a JwksError; and to use them never raises."""
    with contextlib.suppress(JwksError):
        keys = parse_key_set(data.decode("utf-8", "surrogateescape"))
        assert keys.keys
        for key in keys.keys:
            assert not key.alg or key.alg[:2] in {alg[:2] for alg in key.algorithms}
            for alg in key.algorithms:
                text = f"{jwts.encode(json.dumps({'alg': alg}).encode())}.{jwts.encode(b'{}')}.{'A' * 86}"
                assert isinstance(verify_token(text, expect("", (), keys), jwts.NOW_S), Refused)


def spiffe_id(data: bytes) -> None:
    """What is read is written back the same, and its pattern covers it and no neighbour."""
    text = data.decode("utf-8", "surrogateescape")
    with contextlib.suppress(ValueError):
        parsed = parse_spiffe_id(text)
        assert str(parsed) == text
        assert parsed in parse_spiffe_id_pattern(text)
        if parsed.segments:
            assert parsed in parse_spiffe_id_pattern(f"{text}*")
            assert SpiffeId(f"{parsed.trust_domain}.evil", parsed.segments) not in parse_spiffe_id_pattern(f"{text}*")
    with contextlib.suppress(ValueError):
        assert str(parse_spiffe_id_pattern(text)) == text


def forwarded_client(data: bytes) -> None:
    """A header is refused, or its elements written anew are read the same; and it never makes a client of two."""
    text = data.decode("utf-8", "surrogateescape")
    with contextlib.suppress(XfccError):
        elements = parse_xfcc(text)
        assert parse_xfcc(",".join(map(_write, elements))) == elements
        for own in ("", "spiffe://td/own"):
            nearest = nearest_client(elements, "spiffe://td/proxy", own)
            assert nearest is None or nearest in elements[-2:]
        if elements[-1].certificate:
            check_hash(elements[-1])


def _write(element: ForwardedClient) -> str:
    several = (("By", element.by), ("URI", element.uris), ("DNS", element.dns))
    pairs = [(key, value) for key, values in several for value in values or ("",)]
    pairs += [("Subject", element.subject), ("Hash", element.hash)]
    pairs += [("Cert", element.certificate), ("Chain", element.chain)]
    return ";".join([f'{key}="{_quote(value)}"' for key, value in pairs])


def _quote(value: str) -> str:
    """A quote is escaped; a backslash stands for itself, with what follows it."""
    written, escaped = [], False
    for character in value:
        written.append('\\"' if character == '"' and not escaped else character)
        escaped = character == "\\" and not escaped
    return "".join(written)


_FUZZ_ROOT = Path(__file__).with_name("root.pem").read_bytes()


@cache
def _verifier() -> PeerVerifier:
    return PeerVerifier(TrustBundles({"cluster.local": read_authorities(_FUZZ_ROOT)}), ("cluster.local", "old"))


def peer_certificate(data: bytes) -> None:
    """Any text and any bytes as a certificate are refused, or name exactly one SPIFFE id of the bundle's."""
    pem = b"-----BEGIN CERTIFICATE-----\n" + base64.encodebytes(data) + b"-----END CERTIFICATE-----\n"
    for sent in (data.decode("utf-8", "replace"), quote(pem, safe="")):
        with contextlib.suppress(RefusedCertificateError):
            peer = _verifier().verify(sent, 1_790_000_000.0)
            assert peer.id.trust_domain in {"cluster.local", "old"}
            assert peer.names[0] == str(peer.id)
            assert sum(name.startswith("spiffe://") for name in peer.names) == 1
            assert certificate_names(sent) == peer.names


def trust_files(data: bytes) -> None:
    """Bundles and lists of revoked certificates: read, or a ValueError."""
    with contextlib.suppress(ValueError):
        authorities = read_authorities(data)
        assert authorities.roots
        PeerVerifier(TrustBundles({"td": authorities}), ("td",))
    with contextlib.suppress(ValueError):
        assert not any(issued(one, revoked) for one in _roots() for revoked in read_revocations(data))


@cache
def _roots() -> tuple[x509.Certificate, ...]:
    return read_authorities(_FUZZ_ROOT).roots


TARGETS: dict[str, Callable[[bytes], None]] = {
    target.__name__: target
    for target in (
        check_request,
        policy_file,
        routing_file,
        mesh_file,
        path,
        value,
        identity,
        workload,
        request_file,
        recorded_request,
        token,
        key_set,
        spiffe_id,
        forwarded_client,
        peer_certificate,
        trust_files,
    )
}
