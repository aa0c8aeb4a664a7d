"""RequestAuthentications through a real Envoy that only asks, beside one that verifies tokens itself, as Istio's does.

Both Envoys are listeners of one process. `ours` has ext_authz and no more; `pilot` has jwt_authn and RBAC, configured
for the same policies as Istio's pilot would. Client and backend must see the same of both.
"""

from __future__ import annotations

import json
import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

import pytest

from authz.pb import HeaderValueOption
from authz.runtime.quickstart.envoy_config import ext_authz
from tests.e2e.support import http1
from tests.e2e.support.authorizer import policy, source, start_authorizer, to, when
from tests.e2e.support.config import AUTHORIZER, HttpListener, TcpListener, authorizer_cluster, backend_on
from tests.e2e.support.pilot import ROUTER, TOKEN_FILTER, filters_for
from tests.e2e.support.servers import echoes
from tests.e2e.support.tokens import KEYS, OTHER_ISSUER, authentication, bearer, issued, rule
from tests.support.issuer import IssuerServer, Talk, answer
from tests.support.jwts import ISSUER, jwk, jwks
from tests.support.pki import Authority
from tests.support.providers import grpc_provider, http_provider, response

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from tests.e2e.conftest import Addresses, StartEnvoy
    from tests.e2e.support.authorizer import Policy
    from tests.support.providers import GrpcProvider, HttpProvider

pytestmark = pytest.mark.e2e

ECHO = "header-echo"
Line = tuple[str, str | bytes]
OTHER_KEYS = jwks(jwk("ec1", kid="e1"))
OUTPUTS: dict[str, Any] = {
    "outputPayloadToHeader": "x-payload",
    "outputClaimToHeaders": [
        {"header": f"x-{name.lower()}", "claim": name}
        for name in ("sub", "whole", "part", "flag", "list", "object", "nested", "empty", "big", "scope", "text")
    ]
    + [{"header": "x-inner", "claim": "object.inner"}, {"header": "X-Upper", "claim": "sub"}],
}
CLAIM_HEADERS = ("x-payload", *(one["header"].lower() for one in OUTPUTS["outputClaimToHeaders"]))
ANYONE_KNOWN = source(requestPrincipals=["*"])

APPS: dict[str, list[Policy]] = {
    "one": [authentication("one", "one", rule())],
    "audience": [authentication("audience", "audience", rule(audiences=["https://api.example/", "b"]))],
    "outputs": [authentication("outputs", "outputs", rule(**OUTPUTS))],
    "forward": [authentication("forward", "forward", rule(**OUTPUTS, forwardOriginalToken=True))],
    "places": [
        authentication(
            "places",
            "places",
            rule(
                fromHeaders=[{"name": "X-Jwt", "prefix": "Token "}, {"name": "x-raw"}],
                fromParams=["tok"],
                fromCookies=["session"],
                **OUTPUTS,
            ),
        )
    ],
    "cookie": [
        authentication("cookie", "cookie", rule(fromCookies=["session"]), rule(fromHeaders=[{"name": "x-raw"}]))
    ],
    "several": [
        authentication("several-1", "several", rule(OTHER_ISSUER, OTHER_KEYS, outputPayloadToHeader="x-other")),
        authentication("several-2", "several", rule(outputPayloadToHeader="x-payload")),
    ],
    "apart": [
        authentication("apart", "apart", rule(fromHeaders=[{"name": "x-raw"}], outputPayloadToHeader="x-payload")),
        authentication("apart-2", "apart", rule(OTHER_ISSUER, OTHER_KEYS, outputPayloadToHeader="x-other")),
    ],
    "twice": [authentication("twice", "twice", rule(audiences=["a"]), rule(audiences=["b"]))],
    "three": [
        authentication(
            "three-2", "three", rule(audiences=["a"]), rule(jwks=jwks(jwk("rsa2", kid="k2")), audiences=["b"])
        ),
        authentication("three-1", "three", rule(OTHER_ISSUER, OTHER_KEYS), rule("https://a.example", OTHER_KEYS)),
    ],
    "none-needed": [],
    "known": [authentication("known", "known", rule()), policy("known", "ALLOW", "known", ANYONE_KNOWN)],
    "unknown": [
        authentication("unknown", "unknown", rule()),
        policy("unknown", "DENY", "unknown", source(notRequestPrincipals=["*"])),
    ],
    "claims": [
        authentication("claims", "claims", rule(spaceDelimitedClaims=["roles"])),
        policy(
            "claims",
            "ALLOW",
            "claims",
            when("request.auth.claims[roles]", values=["admin"]),
            when("request.auth.claims[scope]", values=["write"]),
            when("request.auth.claims[object][inner]", values=["x"]),
            {**source(requestPrincipals=[f"{ISSUER}/boss"]), **to(paths=["/boss"])},
            to(paths=["/public"]),
        ),
        policy("banned", "DENY", "claims", when("request.auth.claims[banned]", values=["yes"])),
    ],
    "seen": [
        authentication("seen", "seen", rule(**OUTPUTS)),
        policy(
            "seen",
            "ALLOW",
            "seen",
            when("request.headers[x-sub]", values=["s"]),
            when("request.headers[authorization]", values=["*"]),
        ),
    ],
}

COMPARED = tuple(APPS)
"""With every request; those below with a provider's answers."""

APPS |= {
    "custom": [authentication("custom", "custom", rule(**OUTPUTS))],
    "custom-forward": [authentication("custom-f", "custom-forward", rule(**OUTPUTS, forwardOriginalToken=True))],
}


@dataclass(frozen=True)
class Sent:
    """A request."""

    target: str = "/"
    headers: Sequence[Line] = ()
    method: str = "GET"
    host: str = "web.test"


@dataclass(frozen=True)
class Seen:
    """What came of a request: what the client got, and what the backend did, if it was reached."""

    status: int
    body: bytes
    challenge: str | None
    content_type: str | None
    upstream: tuple[str, tuple[tuple[str, str], ...]] | None


@dataclass(frozen=True)
class World:
    """An Envoy with listeners for each app and side, the backend behind it, a CUSTOM provider and an issuer."""

    addresses: Addresses
    backend: HttpProvider
    provider: GrpcProvider
    issuer: IssuerServer

    def send(self, listener: str, sent: Sent) -> Seen:
        self.backend.asked.clear()
        reply = http1.request(
            self.addresses[listener], sent.target, method=sent.method, headers=sent.headers, host=sent.host
        )
        names = ("www-authenticate", "content-type")
        challenge, content_type = (reply.headers.get(name) for name in names)
        return Seen(reply.status, reply.body, challenge, content_type, self._upstream())

    def ours(self, app: str, target: str = "/", *headers: Line, **more: str) -> Seen:
        return self.send(f"ours/{app}", Sent(target, headers, **more))

    def _upstream(self) -> tuple[str, tuple[tuple[str, str], ...]] | None:
        if not self.backend.asked:
            return None
        (asked,) = self.backend.asked
        kept = [(name.lower(), text) for name, text in asked.headers if name.lower() not in OF_ENVOY]
        return asked.path, by_name(kept)


def by_name(lines: Iterable[tuple[str, str]]) -> tuple[tuple[str, str], ...]:
    return tuple(sorted(lines, key=lambda line: line[0]))


OF_ENVOY = {"x-request-id", "x-forwarded-proto", "x-envoy-expected-rq-timeout-ms"}


AUTHORITY = Authority("issuers")
VOUCHED = [authentication("vouched", "-", rule(fromHeaders=[{"name": "x-raw"}]))]
"""What a proxy verifies by itself."""


def custom(app: str) -> Policy:
    written = policy(f"ask-{app}", "CUSTOM", app, {})
    written["spec"]["provider"] = {"name": "provider"}
    return written


def fetched(issuer: IssuerServer) -> list[Policy]:
    """Policies whose keys are elsewhere; one place is dead."""
    known = {
        "uri": {"issuer": "https://uri.example", "jwksUri": f"{issuer.url}/keys"},
        "discovery": {"issuer": issuer.url},
    }
    dead = {"issuer": "https://dead.example", "jwksUri": "https://localhost:1/keys"}
    return [
        *[authentication(app, app, one) for app, one in known.items()],
        authentication("dead", "dead", dead, rule()),
        *[policy(app, "ALLOW", app, ANYONE_KNOWN) for app in (*known, "dead")],
    ]


def behave(talk: Talk) -> None:
    if talk.path == "/.well-known/openid-configuration":
        host = next(line for line in talk.head.split("\r\n") if line.lower().startswith("host:")).split()[1]
        return answer(json.dumps({"jwks_uri": f"https://{host}/from-discovery"}).encode())(talk)
    return answer(KEYS.encode(), "Content-Type: application/json")(talk)


@pytest.fixture(scope="module")
def world(start_envoy: StartEnvoy, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    directory = tmp_path_factory.mktemp("authorizer")
    (directory / "ca.pem").write_bytes(AUTHORITY.certificate)
    flags = ["--jwks-allow-loopback", "--jwks-ca-file", str(directory / "ca.pem"), "--jwks-proxy", "none"]
    with (
        http_provider(headers=[("content-type", "text/plain")], body=b"backend") as backend,
        grpc_provider() as provider,
        IssuerServer(behave, AUTHORITY.issue()) as issuer,
    ):
        own = {"service": "127.0.0.1", "port": provider.port}
        mesh = {"extensionProviders": [{"name": "provider", "envoyExtAuthzGrpc": own}]}
        policies = [one for found in APPS.values() for one in found] + fetched(issuer)
        policies += [authentication("tcp", "tcp", rule()), authentication("covered", "vouched-covered", rule())]
        policies += [policy(app, "ALLOW", app, ANYONE_KNOWN) for app in ("vouched", "vouched-covered")]
        policies += [custom(app) for app in ("custom", "custom-forward")]
        with start_authorizer(directory, policies, mesh=mesh, flags=flags) as authorizer:
            clusters = (
                authorizer_cluster(authorizer.ready.address),
                authorizer_cluster(("127.0.0.1", provider.port), "provider"),
                backend_on(ECHO, backend.port),
            )
            yield World(start_envoy(list(listeners()), *clusters), backend, provider, issuer)


def listeners() -> Iterator[HttpListener | TcpListener]:
    yield TcpListener("tcp", {"app": "tcp"})
    for app, found in APPS.items():
        yield HttpListener(f"ours/{app}", {"app": app}, backend=ECHO)
        asked_first = [ext_authz("provider")] if app.startswith("custom") else []
        merged = {"encode_raw_headers": False}
        yield HttpListener(f"merged/{app}", {"app": app}, backend=ECHO, ext_authz=merged)
        filters = {"http_filters": [*asked_first, *filters_for(found)]}
        yield HttpListener(f"pilot/{app}", {"app": app}, backend=ECHO, manager=filters)
    for app in ("uri", "discovery", "dead"):
        yield HttpListener(f"ours/{app}", {"app": app}, backend=ECHO)
    for app in ("vouched", "vouched-covered"):
        asks = ext_authz(AUTHORIZER, metadata_context_namespaces=[TOKEN_FILTER])
        verifies = {"http_filters": [filters_for(VOUCHED)[0], asks, ROUTER]}
        yield HttpListener(f"ours/{app}", {"app": app}, backend=ECHO, manager=verifies)


GOOD = issued()
OF_CLAIMS = issued(
    whole=12,
    part=-1.5,
    flag=True,
    list=["a", "b"],
    object={"inner": "x"},
    nested={"deep": [{"a": None}, 1.5, "é<"]},
    empty="",
    big=2**60,
    scope="read write",
    text="é \u2028 <&>",
    roles="user admin",
    aud=["x", "api.example"],
)
BAD = f"{GOOD[:-5]}AAAAA"
FORGED = issued("rsa2")
OTHER = issued("ec1", {"kid": "e1"}, "ES256", iss=OTHER_ISSUER)
now = int(time.time())
TOKENS = {
    "good": GOOD,
    "of many claims": OF_CLAIMS,
    "forged": FORGED,
    "cut": BAD,
    "of an unknown key": issued("rsa2", {"kid": "k9"}),
    "without a key id": issued(header={}),
    "expired": issued(exp=now - 100),
    "just expired": issued(exp=now - 30),
    "not yet valid": issued(nbf=now + 600),
    "nearly valid": issued(nbf=now + 30),
    "for ever": issued(exp=None),
    "for the audience a": issued(aud="a"),
    "for the audience b": issued(aud="b"),
    "for the audience b, forged": issued("ec1", {"kid": "k1"}, "ES256", aud="b"),
    "for the audience b, expired": issued(aud="b", exp=now - 100),
    "for the audience a, forged": issued("rsa2", {"kid": "k1"}, aud="a"),
    "for the audience a, of an unknown key": issued("rsa2", {"kid": "k2"}, aud="a"),
    "for the audience b, good by another key": issued("rsa2", {"kid": "k2"}, aud="b"),
    "for the audience of a URL": issued(aud=["http://api.example"]),
    "of the other issuer": OTHER,
    "of the other issuer, forged": issued("rsa1", {"kid": "e1"}, iss=OTHER_ISSUER),
    "of an unknown issuer": issued(iss="https://who.example"),
    "of no issuer": issued(iss=None),
    "of nobody": issued(sub=None),
    "of the boss": issued(sub="boss"),
    "banned": issued(banned="yes", scope="write"),
    "unsigned": f"{issued(header={'alg': 'none'}).rpartition('.')[0]}.",
    "of alg none with a signature": issued(header={"alg": "none"}),
    "signed with a public key as a secret": issued("hs1", {"kid": "k1"}, "HS256"),
    "with a bad subject": issued(sub=5),
    "with a bad exp": issued(exp="tomorrow"),
    "in two parts": "a.b",
    "of no base64": "%%%.%%%.%%%",
    "empty": "",
}


def requests() -> dict[str, Sent]:
    found = {"nothing": Sent(), "nothing, on /public": Sent("/public")}
    for name, text in TOKENS.items():
        found[f"{name}, as bearer"] = Sent("/boss?a=1", [bearer(text)])
        found[f"{name}, in x-raw"] = Sent(headers=[("x-raw", text)])
    found |= {
        f"{scheme!r} in authorization": Sent("/public", [("authorization", scheme)])
        for scheme in (
            f"bearer {GOOD}",
            f"Basic {GOOD}",
            GOOD,
            f"Bearer  {GOOD}",
            f"Bearer {GOOD}, Bearer {GOOD}",
            "Bearer",
            "Digest x, Bearer " + GOOD,
        )
    }
    found |= {
        f"the target {target[:20]!r} {number}": Sent(target, [("cookie", "a=1")])
        for number, target in enumerate(
            [
                f"/?access_token={GOOD}",
                f"/p?access_token={GOOD}&b=2&a=1",
                f"/p?z=%2B+%26&access_token={GOOD}&y&x=&z=2",
                f"/p?access_token={GOOD}&access_token={FORGED}",
                f"/p?access_token={FORGED}&access_token={GOOD}",
                f"/p?access%5Ftoken={GOOD}",
                f"/p?access_token={GOOD.replace('.', '%2E')}&q=a%26b",
                f"/p?ACCESS_TOKEN={GOOD}",
                "/p?access_token=",
                "/p?access_token",
                f"/p?tok={GOOD}&a=b",
                f"/p?a=b&tok={FORGED}",
                f"/p?a;tok={GOOD}",
                f"/p?a=1?access_token={GOOD}",
                "/" + "p" * 300 + f"?access_token={FORGED}",
            ]
        )
    }
    found |= {
        "bearer and parameter, both good": Sent(f"/?access_token={GOOD}", [bearer(OF_CLAIMS)]),
        "bearer good, parameter forged": Sent(f"/?access_token={FORGED}", [bearer(GOOD)]),
        "bearer forged, parameter good": Sent(f"/?access_token={GOOD}", [bearer(FORGED)]),
        "two lines, both good": Sent(headers=[bearer(GOOD), bearer(OF_CLAIMS)]),
        "two lines, good and forged": Sent(headers=[bearer(GOOD), bearer(FORGED)]),
        "two lines, forged and good": Sent(headers=[bearer(FORGED), bearer(GOOD)]),
        "two lines, forged and expired": Sent(headers=[bearer(FORGED), bearer(TOKENS["expired"])]),
        "two lines, of two issuers": Sent(headers=[bearer(GOOD), bearer(OTHER)]),
        "two lines of x-raw, both good": Sent(headers=[("x-raw", GOOD), ("x-raw", issued(sub="t"))]),
        "two lines of x-raw, good and forged": Sent(headers=[("x-raw", GOOD), ("x-raw", FORGED)]),
        "two lines of x-raw, expired and forged": Sent(headers=[("x-raw", TOKENS["expired"]), ("x-raw", FORGED)]),
        "x-raw and x-jwt, both good": Sent(headers=[("x-raw", GOOD), ("x-jwt", f"Token {OF_CLAIMS}")]),
        "x-raw good, x-jwt forged": Sent(headers=[("x-raw", GOOD), ("x-jwt", f"Token {FORGED}")]),
        "x-raw forged, cookie expired": Sent(headers=[("x-raw", FORGED), ("cookie", f"session={TOKENS['expired']}")]),
        "x-raw expired, cookie forged": Sent(headers=[("x-raw", TOKENS["expired"]), ("cookie", f"session={FORGED}")]),
        "x-raw of an unknown issuer, cookie forged": Sent(
            headers=[("x-raw", TOKENS["of an unknown issuer"]), ("cookie", f"session={FORGED}")]
        ),
        "a line of another scheme beside": Sent(headers=[("authorization", "Basic eA=="), bearer(GOOD)]),
        "in x-jwt": Sent(headers=[("X-JWT", f"Token {GOOD}"), ("x-keep", "1")]),
        "in x-jwt, forged": Sent(headers=[("x-jwt", f"Token {FORGED}")]),
        "in x-jwt, of another prefix": Sent(headers=[("x-jwt", f"Bearer {FORGED}")]),
        "in a cookie": Sent(headers=[("cookie", f"a=1; session={GOOD}; b=2")]),
        "in a cookie, quoted": Sent(headers=[("cookie", f'session="{GOOD}"')]),
        "in a cookie, forged": Sent(headers=[("cookie", f"session={FORGED}")]),
        "in a cookie, twice": Sent(headers=[("cookie", f"session={GOOD}; session={FORGED}")]),
        "in the second cookie line": Sent(headers=[("cookie", "a=1"), ("cookie", f"session={FORGED}")]),
        "in x-raw and a cookie": Sent(headers=[("x-raw", FORGED), ("cookie", f"session={GOOD}")]),
        "in x-raw, and the other's as bearer": Sent(headers=[("x-raw", GOOD), bearer(OTHER)]),
        "forged in x-raw, and the other's as bearer": Sent(headers=[("x-raw", FORGED), bearer(OTHER)]),
        "in x-raw, and the other's forged": Sent(headers=[("x-raw", GOOD), bearer(f"{OTHER[:-5]}AAAAA")]),
        "claim headers of the caller": Sent(headers=[(name, "forged") for name in CLAIM_HEADERS]),
        "claim headers of the caller, and a token": Sent(
            headers=[*[(name, "forged") for name in CLAIM_HEADERS], ("X-SUB", "twice"), bearer(GOOD)]
        ),
        "claim headers of the caller, and a forged token": Sent(headers=[("x-sub", "s"), bearer(FORGED)]),
        "OPTIONS alone": Sent(method="OPTIONS", headers=[bearer(FORGED)]),
        "OPTIONS with an origin": Sent(method="OPTIONS", headers=[("origin", "https://a"), bearer(FORGED)]),
        "OPTIONS with an empty origin": Sent(method="OPTIONS", headers=[*preflight("", "GET"), bearer(FORGED)]),
        "a preflight": Sent(method="OPTIONS", headers=preflight()),
        "a preflight with a token": Sent(method="OPTIONS", headers=[*preflight(), bearer(GOOD)]),
        "a preflight with a forged token": Sent(method="OPTIONS", headers=[*preflight(), bearer(FORGED)]),
        "a preflight with claim headers": Sent(method="OPTIONS", headers=[*preflight(), ("x-sub", "s")]),
        "a GET that looks like a preflight": Sent(headers=[*preflight(), bearer(FORGED)]),
        "a host with a port": Sent("/p/q?x=1", [bearer(FORGED)], host="Api.Example:8080"),
        "a path with quotes": Sent('/p"q\\"?x="1"', [bearer(FORGED)]),
    }
    return found


def preflight(origin: str = "https://a", method: str = "GET") -> list[Line]:
    return [("origin", origin), ("access-control-request-method", method)]


REQUESTS = requests()


DECODED = {name for name, sent in REQUESTS.items() if name.startswith("the target") and "%2" in sent.target}
"""jwt_authn writes what is left of a query without its escapes; authz leaves it as it came."""

BOTH_TOKENS = {"bearer and parameter, both good", "x-raw and x-jwt, both good", "two lines of x-raw, both good"}
"""Of two good tokens of one rule jwt_authn adds the claim headers of both; authz those of the first."""

CLAIMS_OF_A_PREFLIGHT = {"a preflight with claim headers"}
"""jwt_authn leaves a caller's claim headers in a preflight."""


def as_authz(name: str, pilot: Seen, claim_headers: set[str]) -> Seen:
    """What authz makes of it, where it differs on purpose (docs/conformance.md)."""
    if pilot.upstream is None:
        return pilot
    target, headers = pilot.upstream
    claims = dict(line for line in headers if line[0] in claim_headers)
    others = [line for line in headers if line[0] not in claim_headers]
    if name in BOTH_TOKENS:
        headers = by_name([*others, *claims.items()])  # jwt_authn adds those of the first token last
    if name in CLAIMS_OF_A_PREFLIGHT:
        headers = by_name(others)
    return replace(pilot, upstream=(target, headers))


def unescaped(seen: Seen) -> Seen:
    return replace(seen, upstream=(unquote(seen.upstream[0]), seen.upstream[1])) if seen.upstream else seen


def claim_headers_of(app: str) -> set[str]:
    """The headers that the rules for an app set from claims."""
    rules = [one for found in APPS[app] for one in found["spec"].get("jwtRules", [])]
    named = {one["outputPayloadToHeader"] for one in rules if "outputPayloadToHeader" in one}
    return named | {output["header"].lower() for one in rules for output in one.get("outputClaimToHeaders", [])}


@pytest.mark.parametrize("app", COMPARED)
def test_client_and_backend_see_what_they_see_of_istio(world: World, app: str) -> None:
    differ = {}
    for name, sent in REQUESTS.items():
        if name.endswith("in x-raw") and app not in {"places", "cookie", "apart"}:
            continue
        ours, pilot = world.send(f"ours/{app}", sent), world.send(f"pilot/{app}", sent)
        if name in DECODED:
            ours, pilot = unescaped(ours), unescaped(pilot)
        wanted = as_authz(name, pilot, claim_headers_of(app))
        if ours != wanted:
            differ[name] = f"{ours} instead of {wanted}"
    assert differ == {}


ODD = {
    "bytes before the prefix": Sent(headers=[("authorization", b"\xffBearer " + GOOD.encode())]),
    "bytes behind the prefix": Sent(headers=[("authorization", b"Bearer \xff" + FORGED.encode())]),
    "bytes before a token": Sent(headers=[("x-raw", b"\xff" + GOOD.encode())]),
    "a tab behind the prefix": Sent(headers=[("authorization", f"Bearer \t{FORGED}")]),
    "quotes": Sent(headers=[("authorization", f'Bearer "{FORGED}"')]),
    "the prefix twice": Sent(headers=[("authorization", f"Bearer Bearer {GOOD}")]),
    "padding": Sent(headers=[("authorization", f"Bearer {GOOD}==")]),
    "another header's name": Sent(headers=[("authorization_", f"Bearer {FORGED}")]),
    "many lines of another scheme": Sent(headers=[("authorization", "Basic eA==")] * 80 + [bearer(FORGED)]),
    "a cookie without a value, then one": Sent(headers=[("cookie", f"session; session={FORGED}")]),
    "an empty cookie, then one": Sent(headers=[("cookie", f"session=; session={GOOD}")]),
    "blanks around a cookie": Sent(headers=[("cookie", f"a=1;  session={FORGED} ;")]),
    "a cookie with half a quote": Sent(headers=[("cookie", f'session="{GOOD}')]),
    "a cookie inside quotes": Sent(headers=[("cookie", f'a="x; session={FORGED}; y"')]),
    "a cookie behind bytes": Sent(headers=[("cookie", b"a=\xff;session=" + FORGED.encode())]),
    "cookie lines, good and forged": Sent(headers=[("cookie", f"session={line}") for line in (GOOD, FORGED)]),
    "cookie lines, forged and good": Sent(headers=[("cookie", f"session={line}") for line in (FORGED, GOOD)]),
    "origin twice, once empty": Sent("/", [("origin", ""), *preflight(), bearer(FORGED)], "OPTIONS"),
    "origin of bytes": Sent("/", [("origin", b"\xff"), preflight()[1], bearer(FORGED)], "OPTIONS"),
    "options in small letters": Sent("/", [*preflight(), bearer(FORGED)], "options"),
    "OPTIONS *": Sent("*", [bearer(FORGED)], "OPTIONS"),
    "an absolute target": Sent(f"http://web.test/?access_token={FORGED}"),
}
ODD |= {
    query: Sent(f"/?{query}".replace("FORGED", FORGED).replace("GOOD", GOOD))
    for query in (
        *("%61ccess_token=FORGED", "access_token=%20GOOD", "access_token=GOOD+", "access_token=GOOD%00"),
        *("access_token%00=FORGED", "access_token=GOOD%3D", "access_token=GOOD=x", "&access_token=FORGED&"),
        *("?access_token=FORGED", "access_token%=FORGED", "access_token=GOOD%", "access_token=GOOD%2"),
        *(
            "access+token=FORGED",
            "access_token%3DFORGED",
            "access_token=&access_token=FORGED",
            "a=1;access_token=FORGED",
        ),
        *("%61ccess_token=FORGED&access_token=GOOD", "access_token=GOOD&%61ccess_token=FORGED", "tok=GOOD&tok%5B%5D=x"),
        *("access%255Ftoken=FORGED", f"{'a=1&' * 2000}access_token=FORGED", 'access_token="GOOD"'),
    )
}


@pytest.mark.parametrize("side", ["ours", "merged"])
@pytest.mark.parametrize("app", ["one", "places", "known"])
def test_of_odd_requests_none_is_let_through_that_istio_refuses(world: World, app: str, side: str) -> None:
    differ = {}
    for name, sent in ODD.items():
        ours, pilot = world.send(f"{side}/{app}", sent), world.send(f"pilot/{app}", sent)
        joined = side == "merged" and name.startswith("cookie lines")  # refused whenever one of them is
        if ours.status != pilot.status and not (joined and ours.status == 401):
            differ[name] = f"{ours} instead of {pilot}"
    assert differ == {}


@pytest.mark.parametrize("app", COMPARED)
def test_where_the_proxy_merges_header_lines_no_token_is_overlooked(world: World, app: str) -> None:
    let_through = set()
    for name, sent in REQUESTS.items():
        merged, pilot = world.send(f"merged/{app}", sent), world.send(f"pilot/{app}", sent)
        if merged.status == 200 != pilot.status:
            let_through.add(name)
    assert let_through == set()


def refusal(text: str, target: str = "/", status: int = 401) -> Seen:
    challenge = f'Bearer realm="http://web.test{target}", error="invalid_token"'
    return Seen(status, text.encode(), challenge, "text/plain", None)


FORBIDDEN = Seen(403, b"RBAC: access denied", None, "text/plain", None)


@pytest.mark.parametrize(
    ("name", "text", "status"),
    [
        ("forged", "Jwt verification fails", 401),
        ("expired", "Jwt is expired", 401),
        ("not yet valid", "Jwt not yet valid", 401),
        ("of an unknown issuer", "Jwt issuer is not configured", 401),
        ("of an unknown key", "Jwks doesn't have key to match kid or alg from Jwt", 401),
        ("in two parts", "Jwt is not in the form of Header.Payload.Signature with two dots and 3 sections", 401),
        ("of alg none with a signature", "Jwt header [alg] is not supported", 401),
        ("good", "Audiences in Jwt are not allowed", 403),
    ],
)
def test_a_token_that_is_not_acceptable_is_refused_in_envoy_s_words(
    world: World, name: str, text: str, status: int
) -> None:
    app = "audience" if status == 403 else "one"
    assert world.ours(app, "/p?q=1", bearer(TOKENS[name])) == refusal(text, "/p?q=1", status)


def test_it_is_refused_where_everything_is_public_and_where_nothing_is(world: World) -> None:
    for app in ("claims", "known", "unknown"):
        assert world.ours(app, "/public", bearer(FORGED)) == refusal("Jwt verification fails", "/public")


def test_no_token_is_nobody(world: World) -> None:
    assert world.ours("one").status == 200
    assert world.ours("known") == world.ours("unknown") == FORBIDDEN


def test_policies_decide_by_the_claims(world: World) -> None:
    def status(target: str, **claims: Any) -> int:
        return world.ours("claims", target, bearer(issued(**claims))).status

    assert (
        status("/", roles="user admin") == status("/", scope="read write") == status("/", object={"inner": "x"}) == 200
    )
    assert (status("/boss", sub="boss"), status("/boss"), status("/other", sub="boss")) == (200, 403, 403)
    assert (status("/", roles="admin", banned="yes"), status("/public", banned="yes")) == (403, 403)
    assert (status("/public"), world.ours("claims", "/public").status) == (200, 200)


def test_the_backend_sees_claims_of_the_token_and_never_those_of_the_caller(world: World) -> None:
    forged = [(name, "forged") for name in CLAIM_HEADERS]
    upstream = world.ours("outputs", "/", *forged, bearer(issued(whole=12))).upstream
    assert upstream is not None
    named = dict(upstream[1])
    assert {name: named[name] for name in ("x-sub", "x-upper", "x-whole")} == {
        "x-sub": "s",
        "x-upper": "s",
        "x-whole": "12",
    }
    assert "forged" not in named.values()
    assert "authorization" not in named
    assert world.ours("outputs", "/", *forged).upstream == ("/", (("host", "web.test"),))


def test_the_token_is_taken_out_or_forwarded_and_cookies_stay(world: World) -> None:
    target, cookie = f"/p?a=%26&access_token={GOOD}&b", ("cookie", f"session={GOOD}; c=1")
    assert world.ours("one", target, cookie).upstream == ("/p?a=%26&b=", (cookie, ("host", "web.test")))
    assert world.ours("cookie", "/", cookie).upstream == ("/", (cookie, ("host", "web.test")))
    kept = world.ours("forward", target).upstream
    assert kept is not None
    assert kept[0] == target
    kept = world.ours("forward", "/", bearer(GOOD)).upstream
    assert kept is not None
    assert bearer(GOOD) in kept[1]


def test_plain_tcp_has_no_tokens(world: World) -> None:
    assert echoes(world.addresses["tcp"])


def test_what_the_proxy_has_verified_counts_only_where_authz_verifies_nothing(world: World) -> None:
    token = ("x-raw", GOOD)
    assert world.ours("vouched", "/", token).status == 200
    assert world.ours("vouched-covered", "/", token) == FORBIDDEN
    assert world.ours("vouched-covered", "/", token, bearer(GOOD)).status == 200
    assert world.ours("vouched-covered", "/", token, bearer(FORGED)) == refusal("Jwt verification fails")


# CUSTOM providers come before the token.


def answers(**ok: Any) -> bytes:
    return response(ok_response=ok)


def overwriting(name: str, value: str) -> dict[str, Any]:
    return {"header": {"key": name, "value": value}, "append_action": HeaderValueOption.OVERWRITE_IF_EXISTS_OR_ADD}


PROVIDED: dict[str, dict[str, Any]] = {
    "nothing": {},
    "a good token": {"headers": [overwriting("authorization", f"Bearer {GOOD}")]},
    "a forged token": {"headers": [overwriting("authorization", f"Bearer {FORGED}")]},
    "a claim header": {"headers": [overwriting("x-sub", "provider")]},
    "a claim header without a claim": {"headers": [overwriting("x-whole", "provider")]},
    "another header": {"headers": [overwriting("x-other", "provider")]},
    "the token is taken away": {"headers_to_remove": ["authorization"]},
    "a claim header is taken away": {"headers_to_remove": ["x-sub"]},
}


@pytest.mark.parametrize("provided", PROVIDED)
@pytest.mark.parametrize("app", ["custom", "custom-forward"])
def test_the_token_that_a_provider_leaves_is_the_one_that_counts(world: World, app: str, provided: str) -> None:
    world.provider.answer = lambda _: answers(**PROVIDED[provided])
    for headers in ([], [bearer(GOOD)], [bearer(FORGED)], [("x-sub", "forged"), bearer(issued(sub="t"))]):
        sent = Sent("/", headers)
        assert world.send(f"ours/{app}", sent) == world.send(f"pilot/{app}", sent)


def test_a_provider_s_token_is_verified_and_its_claim_headers_are_the_token_s(world: World) -> None:
    world.provider.answer = lambda _: answers(**PROVIDED["a forged token"])
    assert world.ours("custom", "/", bearer(GOOD)) == refusal("Jwt verification fails")

    changed = [overwriting("authorization", f"Bearer {GOOD}"), overwriting("x-sub", "provider")]
    world.provider.answer = lambda _: answers(headers=changed)
    upstream = world.ours("custom", "/", bearer(FORGED)).upstream
    assert upstream is not None
    assert dict(upstream[1])["x-sub"] == "s"
    assert "authorization" not in dict(upstream[1])


def test_a_provider_sees_the_token_and_no_claims(world: World) -> None:
    world.provider.answer = lambda _: b""
    world.provider.asked.clear()
    assert world.ours("custom", "/", ("x-sub", "forged"), bearer(GOOD)).status == 200
    (asked,) = world.provider.asked
    lines = asked.attributes.request.http.headers.items()
    assert {("x-sub", "forged"), bearer(GOOD)} <= set(lines)


def test_a_provider_s_denial_comes_before_a_bad_token_s(world: World) -> None:
    world.provider.answer = lambda _: response(status={"code": 7}, denied_response={"status": {"code": 418}})
    assert world.ours("custom", "/", bearer(FORGED)).status == 418


# Keys that are fetched.


def test_keys_come_from_where_the_policy_says_and_by_discovery(world: World) -> None:
    for app, issuer in (("uri", "https://uri.example"), ("discovery", world.issuer.url)):
        assert world.ours(app, "/", bearer(issued(iss=issuer))).status == 200
        assert world.ours(app) == FORBIDDEN
        assert world.ours(app, "/", bearer(issued("rsa2", iss=issuer))) == refusal("Jwt verification fails")
        assert world.ours(app, "/", bearer(GOOD)) == refusal("Jwt issuer is not configured")
    assert sorted(set(world.issuer.requests)) == ["/.well-known/openid-configuration", "/from-discovery", "/keys"]


def test_without_keys_the_tokens_of_that_issuer_alone_are_refused(world: World) -> None:
    assert world.ours("dead", "/", bearer(issued(iss="https://dead.example"))) == refusal("Jwks remote fetch is failed")
    assert world.ours("dead", "/", bearer(GOOD)).status == 200
    assert world.ours("dead").status == 403
