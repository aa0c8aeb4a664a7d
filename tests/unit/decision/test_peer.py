"""PeerAuthentication, certificates verified by us, and clients that listed proxies speak for."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from itertools import product
from typing import TYPE_CHECKING, Any

import pytest
from cryptography.hazmat.primitives.serialization import Encoding

from authz import Allowed, Denied, Reason, Request, Workload
from authz.decision.engine import Engine, EngineSettings
from authz.decision.load import PolicyFiles, load_set
from authz.model.listed_proxy import parse_listed_proxy
from authz.model.settings import DecidingSettings, PeerSettings
from authz.model.workload import LABELS_UNKNOWN, Role
from authz.resources.documents import SourceFile
from tests.support.policies import document, policy, source
from tests.support.svids import NOW, WEB, Issued, TrustDomain, pem_of, url_encoded

if TYPE_CHECKING:
    from collections.abc import Iterable

NOW_S = NOW.timestamp()
ROOT, FOREIGN = TrustDomain(), TrustDomain("foreign")
HTTPBIN = Workload("foo", frozenset({("app", "httpbin")}))
TO_WEB = policy("web", source(principals=[WEB.removeprefix("spiffe://")]))


def peers(mode: str = "STRICT", ports: dict[str, str] | None = None, **spec: object) -> dict[str, Any]:
    written = {"mtls": {"mode": mode}, **spec}
    if ports:
        written["portLevelMtls"] = {port: {"mode": one} for port, one in ports.items()}
        written["selector"] = {"matchLabels": {"app": "httpbin"}}
    metadata = {"name": "peers", "namespace": "foo"}
    return {**document({"metadata": metadata, "spec": written}), "kind": "PeerAuthentication"}


def engine(
    *policies: dict[str, Any],
    bundle: bytes = b"",
    crl: bytes = b"",
    mesh: dict[str, Any] | None = None,
    xfcc_from: Iterable[str] = (),
    workload: Workload | None = HTTPBIN,
    **settings: bool,
) -> Engine:
    listed = tuple(map(parse_listed_proxy, xfcc_from))
    loaded = load_set(
        PolicyFiles(
            "test",
            tuple(SourceFile(f"{n}.json", json.dumps(one).encode()) for n, one in enumerate(policies)),
            SourceFile("mesh.json", json.dumps(mesh or {}).encode()),
            bundles=(("", SourceFile("ca.pem", bundle)),) if bundle else (),
            revocations=(SourceFile("crl.pem", crl),) if crl else (),
        ),
        EngineSettings(DecidingSettings(peers=PeerSettings(xfcc_from=listed, **settings)), workload),
        allow_empty=True,
    )
    assert loaded.engine is not None, loaded.problems
    return loaded.engine


def reason(decides: Engine, request: Request, now_s: float | None = NOW_S) -> Reason:
    """Of the decision, which must also be that of the explanation."""
    decision = decides.decide(request, now_s)
    assert decides.explain(request, now_s).decision == decision
    return decision.reason


def by_certificate(issued: Issued, principal: str | None = None, **more: Any) -> Request:
    return Request(principal=WEB if principal is None else principal, certificate=issued.sent, **more)


# modes

PLAIN, MESH = Request(destination_port=80), Request(destination_port=80, principal=WEB)
OTHER = replace(MESH, principal="spiffe://other/ns/foo/sa/web")
NAMED, BARE = replace(MESH, principal="web.foo"), replace(MESH, principal="spiffe://cluster.local")


@pytest.mark.parametrize(
    ("mode", "expected"),
    [
        ("STRICT", ["peer_not_mtls", "no_allow_policy", "foreign_trust_domain", "peer_not_mtls", "peer_not_mtls"]),
        (
            "PERMISSIVE",
            ["no_allow_policy", "no_allow_policy", "foreign_trust_domain", "peer_not_mtls", "peer_not_mtls"],
        ),
        ("UNSET", ["no_allow_policy", "no_allow_policy", "foreign_trust_domain", "peer_not_mtls", "peer_not_mtls"]),
        ("DISABLE", ["no_allow_policy", "mtls_disabled", "mtls_disabled", "mtls_disabled", "mtls_disabled"]),
    ],
)
@pytest.mark.parametrize("protocol", ["http", "tcp"])
def test_what_each_mode_takes(mode: str, expected: list[str], protocol: str) -> None:
    decides = engine(peers(mode))
    asked = [replace(request, protocol=protocol) for request in (PLAIN, MESH, OTHER, NAMED, BARE)]
    assert [reason(decides, request).value for request in asked] == expected


def test_without_a_policy_every_peer_is_taken() -> None:
    decides = engine(peers(), policy("all", {}))
    elsewhere = Workload("bar")
    assert {reason(decides, replace(one, workload=elsewhere)) for one in (PLAIN, MESH, OTHER, NAMED)} == {
        Reason.NO_ALLOW_POLICY
    }


def test_a_port_has_its_own_mode() -> None:
    decides = engine(peers(ports={"80": "DISABLE", "81": "PERMISSIVE"}))
    found = {port: reason(decides, replace(PLAIN, destination_port=port)) for port in (80, 81, 82)}
    assert found == {80: Reason.NO_ALLOW_POLICY, 81: Reason.NO_ALLOW_POLICY, 82: Reason.PEER_NOT_MTLS}


def test_a_port_that_was_not_sent_is_not_guessed_where_it_matters() -> None:
    somewhere = replace(MESH, destination_port=0)
    assert reason(engine(peers()), somewhere) is Reason.NO_ALLOW_POLICY
    decision = engine(peers(ports={"80": "DISABLE"})).decide(somewhere)
    assert (decision.reason, decision.detail.partition(":")[0]) == (Reason.UNREADABLE_FACT, "destination.port")


@pytest.mark.parametrize("role", [Role.GATEWAY, Role.WAYPOINT])
def test_gateways_are_asked_nothing(role: Role) -> None:
    assert reason(engine(peers()), replace(PLAIN, workload=replace(HTTPBIN, role=role))) is Reason.NO_ALLOW_POLICY


def test_labels_that_nobody_sent_deny() -> None:
    unknown = replace(MESH, workload=Workload("foo", LABELS_UNKNOWN))
    decision = engine(peers(ports={"80": "DISABLE"}), workload=None).decide(unknown)
    assert decision.reason is Reason.UNKNOWN_LABELS
    assert decision.detail.startswith("PeerAuthentication foo/peers selects by labels, and no labels were sent")
    assert reason(engine(peers(), workload=None), unknown) is Reason.NO_ALLOW_POLICY


def test_trust_domains_are_those_of_the_mesh_its_aliases_and_its_authorities() -> None:
    mesh = {"trustDomain": "own", "trustDomainAliases": ["old"], "caCertificates": [{"trustDomains": ["more", "yet"]}]}
    decides = engine(peers(), mesh=mesh)
    names = {
        domain: replace(MESH, principal=f"spiffe://{domain}/a")
        for domain in ("own", "old", "more", "yet", "cluster.local")
    }
    taken = {domain for domain, request in names.items() if reason(decides, request) is Reason.NO_ALLOW_POLICY}
    assert taken == {"own", "old", "more", "yet"}


def test_trust_domains_may_be_left_alone_as_with_istio() -> None:
    decides = engine(peers(), skip_validate_trust_domain=True)
    assert [reason(decides, one).value for one in (PLAIN, OTHER, NAMED)] == ["peer_not_mtls"] + ["no_allow_policy"] * 2


def test_it_comes_before_custom_deny_and_allow() -> None:
    custom = policy("c", {}, action="CUSTOM", provider={"name": "known"})
    provider = {"name": "known", "envoyExtAuthzGrpc": {"service": "a.b", "port": 1}}
    policies = custom, policy("d", {}, action="DENY"), policy("a", {})
    decides = engine(peers(), *policies, mesh={"extensionProviders": [provider]})
    assert isinstance(decides.begin(PLAIN), Denied)
    assert reason(decides, PLAIN) is Reason.PEER_NOT_MTLS
    assert reason(decides, MESH) is Reason.CUSTOM_UNAVAILABLE


def test_the_denial_says_who_wants_what_and_what_came() -> None:
    assert engine(peers()).decide(PLAIN).detail == (
        "PeerAuthentication foo/peers has STRICT at port 80, and the peer has no identity by mutual TLS"
    )
    assert "the peer is 'spiffe://other/ns/foo/sa/web', of another trust domain" in engine(peers()).decide(OTHER).detail


def test_an_explanation_tells_the_mode_allowed_or_not() -> None:
    decides = engine(peers(), TO_WEB)
    for request in (PLAIN, MESH):
        note = decides.explain(request).mtls
        assert note is not None
        assert (note.mode.value, note.by and note.by.name) == ("STRICT", "peers")
    assert engine(TO_WEB).explain(MESH).mtls is None


# a trust bundle


def test_a_verified_certificate_is_the_peer() -> None:
    decides = engine(TO_WEB, peers(), bundle=ROOT.pem)
    assert reason(decides, by_certificate(ROOT.issue(WEB), destination_port=80)) is Reason.ALLOW_RULE
    assert reason(decides, by_certificate(ROOT.issue(WEB), principal="", destination_port=80)) is Reason.ALLOW_RULE


REFUSED = {
    "another's": FOREIGN.issue(WEB),
    "two names": ROOT.issue(WEB, "spiffe://cluster.local/ns/foo/sa/other"),
    "revoked": ROOT.issue(WEB),
}


@pytest.mark.parametrize("which", REFUSED)
def test_a_refused_certificate_denies_where_the_peer_counts(which: str) -> None:
    crl = pem_of(ROOT.revoke(REFUSED["revoked"].certificate))
    request = by_certificate(REFUSED[which])

    for policies in ((TO_WEB,), (peers("PERMISSIVE"),), (policy("d", source(notPrincipals=["a"]), action="DENY"),)):
        decides = engine(*policies, bundle=ROOT.pem, crl=crl)
        assert reason(decides, request) is Reason.PEER_NOT_VERIFIED
        assert decides.decide(request, NOW_S).detail.startswith("source.certificate: the certificate ")
    assert reason(engine(policy("all", {}), bundle=ROOT.pem, crl=crl), request) is Reason.ALLOW_RULE


@pytest.mark.parametrize(
    ("later_s", "expected"),
    [
        (0, Reason.ALLOW_RULE),
        (3599, Reason.ALLOW_RULE),
        (3600, Reason.PEER_NOT_VERIFIED),
        (None, Reason.PEER_NOT_VERIFIED),
    ],
)
def test_the_time_is_told_by_the_caller(later_s: float | None, expected: Reason) -> None:
    now_s = None if later_s is None else NOW_S + later_s
    assert reason(engine(TO_WEB, bundle=ROOT.pem), by_certificate(ROOT.issue(WEB)), now_s) is expected


def test_a_bare_name_is_the_proxy_s_word_which_may_be_enough_by_setting() -> None:
    request = Request(principal=WEB)
    assert reason(engine(TO_WEB, bundle=ROOT.pem), request) is Reason.PEER_NOT_VERIFIED
    assert reason(engine(TO_WEB, bundle=ROOT.pem, require_certificate=False), request) is Reason.ALLOW_RULE
    forged = by_certificate(FOREIGN.issue(WEB))
    assert reason(engine(TO_WEB, bundle=ROOT.pem, require_certificate=False), forged) is Reason.PEER_NOT_VERIFIED


def test_plaintext_has_no_identity_with_a_bundle_as_without() -> None:
    assert reason(engine(TO_WEB, bundle=ROOT.pem), Request()) is Reason.NO_ALLOW_RULE
    assert reason(engine(peers("PERMISSIVE"), bundle=ROOT.pem), Request()) is Reason.NO_ALLOW_POLICY


def test_the_proxy_s_word_must_agree_with_the_certificate() -> None:
    request = by_certificate(ROOT.issue(WEB), principal="spiffe://cluster.local/ns/foo/sa/other")
    assert reason(engine(TO_WEB, bundle=ROOT.pem), request) is Reason.UNREADABLE_FACT


# listed proxies

GATEWAY, SIDECAR = "spiffe://cluster.local/ns/gw/sa/gateway", "spiffe://cluster.local/ns/foo/sa/httpbin"
FORGED = f"By={GATEWAY};URI=spiffe://cluster.local/ns/foo/sa/admin"


def forwarded(*lines: str, principal: str = GATEWAY, source_ip: str = "10.0.0.1") -> Request:
    headers = tuple(("x-forwarded-client-cert", line) for line in lines)
    return Request(principal=principal, source_ip=source_ip, headers=headers, destination_port=80)


@pytest.mark.parametrize("listed", [[GATEWAY], ["spiffe://cluster.local/ns/gw/*"], ["10.0.0.0/8"], ["10.0.0.1", "::1"]])
def test_a_listed_proxy_speaks_for_its_client(listed: list[str]) -> None:
    decides = engine(TO_WEB, xfcc_from=listed)
    assert reason(decides, forwarded(f"{FORGED},By={GATEWAY};URI={WEB}")) is Reason.ALLOW_RULE
    assert reason(decides, forwarded(f"By={GATEWAY};URI={WEB},{FORGED}")) is Reason.NO_ALLOW_RULE


@pytest.mark.parametrize("listed", [[], ["spiffe://cluster.local/ns/gw/sa/other"], ["192.0.2.0/24"], [f"{GATEWAY}2"]])
def test_no_other_proxy_does(listed: list[str]) -> None:
    decides = engine(TO_WEB, xfcc_from=listed)
    assert reason(decides, forwarded(f"URI={WEB}")) is Reason.NO_ALLOW_RULE
    assert reason(decides, forwarded("not one at all")) is Reason.NO_ALLOW_RULE
    assert reason(decides, forwarded(f"URI={WEB}", principal="")) is Reason.NO_ALLOW_RULE


def test_a_listed_proxy_without_the_header_is_the_peer_itself() -> None:
    decides = engine(policy("gw", source(principals=[GATEWAY.removeprefix("spiffe://")])), xfcc_from=[GATEWAY])
    assert reason(decides, forwarded()) is Reason.ALLOW_RULE
    assert reason(decides, forwarded(f"URI={WEB}")) is Reason.NO_ALLOW_RULE


@pytest.mark.parametrize(
    "lines",
    [
        ["garbage"],
        [f"URI={WEB}", f"URI={WEB}"],
        ["URI="],
        ['Subject="CN=web"'],
        [f"URI={WEB};URI={WEB}2"],
        ["URI=https://web"],
        [f'URI={WEB};Cert="garbage"'],
        [f'URI={WEB};Cert="{ROOT.issue(WEB + "2").sent}"'],
        [f'Hash=abc;URI={WEB};Cert="{ROOT.issue(WEB).sent}"'],
        [f"URI={GATEWAY}"],
    ],
)
def test_a_header_that_cannot_be_relied_upon_denies_where_the_peer_counts(lines: list[str]) -> None:
    request = forwarded(*lines)
    assert reason(engine(TO_WEB, xfcc_from=[GATEWAY]), request) is Reason.UNREADABLE_FACT
    assert reason(engine(policy("all", {}), xfcc_from=[GATEWAY]), request) is Reason.ALLOW_RULE


def test_mutual_tls_is_that_of_the_connection() -> None:
    decides = engine(peers(), TO_WEB, xfcc_from=["10.0.0.0/8"])
    assert reason(decides, forwarded(f"By={GATEWAY};URI={WEB}", principal="")) is Reason.PEER_NOT_MTLS
    assert reason(decides, forwarded(f"By={GATEWAY};URI={WEB}")) is Reason.ALLOW_RULE


def test_tcp_has_no_header() -> None:
    request = replace(forwarded(f"URI={WEB}"), protocol="tcp")
    assert reason(engine(TO_WEB, xfcc_from=[GATEWAY]), request) is Reason.NO_ALLOW_RULE


def with_certificate(issued: Issued, *, chain: bytes = b"", hashed: bool = True) -> str:
    digest = hashlib.sha256(issued.certificate.public_bytes(Encoding.DER)).hexdigest()
    parts = [f"By={GATEWAY}", f'Cert="{issued.sent}"', f"URI={WEB}"]
    return ";".join(
        [*parts, *([f"Hash={digest}"] if hashed else []), *([f'Chain="{url_encoded(chain)}"'] if chain else [])]
    )


def test_with_a_bundle_the_client_s_certificate_is_verified_too() -> None:
    decides = engine(TO_WEB, bundle=ROOT.pem, xfcc_from=[GATEWAY])
    own = ROOT.issue(GATEWAY).sent
    middle = TrustDomain("middle", ROOT)
    for line, expected in (
        (with_certificate(ROOT.issue(WEB)), Reason.ALLOW_RULE),
        (with_certificate(ROOT.issue(WEB), hashed=False), Reason.ALLOW_RULE),
        (with_certificate(middle.issue(WEB), chain=middle.pem), Reason.ALLOW_RULE),
        (with_certificate(middle.issue(WEB)), Reason.PEER_NOT_VERIFIED),
        (with_certificate(FOREIGN.issue(WEB)), Reason.PEER_NOT_VERIFIED),
        (f"By={GATEWAY};URI={WEB}", Reason.PEER_NOT_VERIFIED),
    ):
        assert reason(decides, replace(forwarded(line), certificate=own)) is expected
    bare = engine(TO_WEB, bundle=ROOT.pem, xfcc_from=[GATEWAY], require_certificate=False)
    assert reason(bare, replace(forwarded(f"By={GATEWAY};URI={WEB}"), certificate=own)) is Reason.ALLOW_RULE


def test_a_proxy_is_listed_by_the_certificate_that_was_verified() -> None:
    decides = engine(TO_WEB, bundle=ROOT.pem, xfcc_from=[GATEWAY], require_certificate=False)
    request = replace(forwarded(f"By={GATEWAY};URI={WEB}"), certificate=FOREIGN.issue(GATEWAY).sent)
    assert reason(decides, request) is Reason.PEER_NOT_VERIFIED


# all of it


def test_the_digest_has_all_that_decides() -> None:
    crl = pem_of(ROOT.revoke())
    settings: list[dict[str, Any]] = [
        {},
        {"bundle": ROOT.pem},
        {"bundle": FOREIGN.pem},
        {"bundle": ROOT.pem, "crl": crl},
        {"require_certificate": False},
        {"skip_validate_trust_domain": True},
        {"xfcc_from": [GATEWAY]},
        {"mesh": {"caCertificates": [{"trustDomains": ["a"]}]}},
    ]
    digests = [
        engine(*policies, **one).digest for one, policies in product(settings, ((), (peers(),), (peers("DISABLE"),)))
    ]
    assert len(set(digests)) == len(digests)
    assert engine(bundle=ROOT.pem + FOREIGN.pem).digest == engine(bundle=FOREIGN.pem + ROOT.pem).digest


def test_two_forms_of_a_path_have_one_peer() -> None:
    decides = engine(peers(), policy("a", source(principals=["*"])))
    assert isinstance(decides.decide(replace(MESH, path="/a/../b")), Allowed)
    assert reason(decides, replace(PLAIN, path="/a/../b")) is Reason.PEER_NOT_MTLS
