"""Situations with tokens: RequestAuthentications for the workload, and requests whose tokens are good, bad or foreign.

Front doors: `token_situations`, `situations_with_bad_tokens`. Claims are those of the strategies of policies, so that
policies are about them.
"""

import json
from collections.abc import Mapping
from dataclasses import replace
from functools import cache
from typing import Any
from urllib.parse import quote

from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy

from tests.properties.strategies import ATTACHMENTS, ISSUERS, Document, Situation, mostly, often, situations
from tests.reference import Policy, Request
from tests.support.jwts import NOW_S, encode, jwk, jwks, token

GOOD_KEYS = {"hs1": ("HS256", "h1"), "ec1": ("ES256", "e1")}
"""What tokens are signed with: quick ones."""

OUTPUT_NAMES = ["x-a", "x-b", "X-Out", "x-t"]
CLAIM_PATHS = ["sub", "azp", "scope", "groups", "nested", "nested.role", "exp", "none"]


@cache
def key_sets() -> list[str]:
    hs1, ec1, other = jwk("hs1", kid="h1"), jwk("ec1", kid="e1"), jwk("ec384", kid="e2", alg="ES384")
    bare = [{name: value for name, value in key.items() if name != "kid"} for key in (hs1, ec1)]
    return [jwks(hs1, ec1), jwks(hs1, ec1), jwks(*bare), jwks(hs1), jwks(other, ec1)]


@st.composite
def rules(draw: DrawFn, issuers: SearchStrategy[str]) -> Document:
    """A rule of one of these issuers, mostly with the default places."""
    rule: Document = {"issuer": draw(issuers), "jwks": draw(st.sampled_from(key_sets()))}
    if draw(st.sampled_from([False] * 9 + [True])):
        rule["audiences"] = draw(st.lists(st.sampled_from(["a", "b", "read"]), min_size=1, max_size=2))
    if draw(mostly(0.4)):
        rule |= draw(st.sampled_from(PLACES))
    most = 3 if draw(mostly(0.5)) else 0
    names = draw(st.lists(st.sampled_from(OUTPUT_NAMES), max_size=most, unique=True))
    if draw(st.booleans()) and names:
        rule["outputPayloadToHeader"] = names.pop()
    rule["outputClaimToHeaders"] = [{"header": name, "claim": draw(st.sampled_from(CLAIM_PATHS))} for name in names]
    if draw(mostly(0.3)):
        rule["forwardOriginalToken"] = True
    if draw(mostly(0.3)):
        rule["spaceDelimitedClaims"] = ["groups"]
    return rule


PLACES: list[Document] = [
    {"fromHeaders": [{"name": "X-T"}]},
    {"fromHeaders": [{"name": "x-t", "prefix": "Token "}, {"name": "authorization", "prefix": "Bearer "}]},
    {"fromHeaders": [{"name": "x-a"}], "fromCookies": ["session"]},
    {"fromParams": ["tok"]},
    {"fromCookies": ["session", "other"], "fromParams": ["access_token"]},
]
NAMED_ISSUERS = [issuer for issuer in ISSUERS if issuer]
FIRST_ISSUERS, OTHER_ISSUERS = st.sampled_from(NAMED_ISSUERS[:2]), st.sampled_from(NAMED_ISSUERS[2:])
"""Apart, since rules of one issuer in two policies have no order."""


@st.composite
def authentications(draw: DrawFn, situation: Situation) -> list[Policy]:
    """One or two RequestAuthentications, mostly for this workload."""
    workload = situation.workload
    made: list[Policy] = []
    for name, issuers in (("r", FIRST_ISSUERS), ("s", OTHER_ISSUERS))[: draw(st.sampled_from([1, 1, 2]))]:
        spec: Document = {"jwtRules": draw(st.lists(rules(issuers), min_size=1, max_size=3))}
        if draw(mostly(0.3)) or workload.role == "waypoint":
            spec |= draw(ATTACHMENTS[workload.role])
        namespace = draw(st.sampled_from([workload.namespace] * 8 + [str(situation.mesh.get("rootNamespace", "bar"))]))
        made.append(authentication(name, namespace, **spec))
    return made


def authentication(name: str, namespace: str, **spec: Any) -> Policy:
    """A RequestAuthentication."""
    metadata = {"name": name, "namespace": namespace}
    return {"apiVersion": "security.istio.io/v1", "kind": "RequestAuthentication", "metadata": metadata, "spec": spec}


@st.composite
def tokens(draw: DrawFn, claims: Mapping[str, Any], *, only_bad: bool = False) -> str:
    """A token of these claims, or one that is not good."""
    kind = draw(st.sampled_from(BAD_KINDS if only_bad else [*["good"] * 14, *BAD_KINDS]))
    key = draw(st.sampled_from(sorted(GOOD_KEYS)))
    alg, kid = GOOD_KEYS[key]
    header: Document = {} if draw(mostly(0.2)) else {"kid": kid}
    payload = {"exp": NOW_S + 600, **claims}
    match kind:
        case "garbage":
            return draw(st.sampled_from(["a.b", "a.b.c.d", "x", "..", "e30.e30."]))
        case "expired":
            return token({**payload, "exp": NOW_S - 61}, key, header, alg)
        case "not yet valid":
            return token({**payload, "nbf": NOW_S + 61}, key, header, alg)
        case "foreign":
            return token({**payload, "iss": "https://nobody"}, key, header, alg)
        case "unsigned":
            signed = f"{encode(json.dumps({'alg': 'none'}).encode())}.{encode(json.dumps(payload).encode())}"
            return f"{signed}.{encode(b'none')}"
        case "forged":
            return token(payload, "ec521", header, "ES512").rpartition(".")[0] + ".AAAA"
        case "changed":
            head, _, signature = token(payload, key, header, alg).split(".")
            other = encode(json.dumps({**payload, "admin": True}).encode())
            return f"{head}.{other}.{signature}"
    return token(payload, key, header, alg)


BAD_KINDS = ["garbage", "expired", "not yet valid", "foreign", "unsigned", "changed", "forged"]
"""Bad for every rule."""


@st.composite
def placed(draw: DrawFn, request: Request, text: str, where: str) -> Request:
    """The request with a token in one of the places that rules look at, or in none."""
    match where:
        case "access_token" | "tok":
            path, mark, query = request.path.partition("?")
            name = draw(st.sampled_from([where, where, where.replace("o", "%6F")]))
            sent = f"{name}={quote(text) if draw(st.booleans()) else text}"
            both = [sent, query] if draw(st.booleans()) else [query, sent]
            return replace(request, path=f"{path}?{'&'.join(both) if mark else sent}")
        case "cookie":
            line = ("cookie", f"a=1; session={text}")
        case "x-t" | "x-a":
            line = (where, draw(st.sampled_from(["", "Token "])) + text)
        case _:
            line = (
                "authorization",
                draw(often(st.just("Bearer "), st.sampled_from(["bearer ", "Basic ", ""]), times=9)) + text,
            )
    return replace(request, headers=(*request.headers, line))


PLACE_NAMES = st.sampled_from(["bearer"] * 6 + ["x-t", "x-t", "x-a", "cookie", "tok", "access_token"])
COUNTS = st.sampled_from([1, 1, 1, 1, 1, 2, 2, 0])
PREFLIGHT = (("origin", "https://a"), ("access-control-request-method", "GET"))


@st.composite
def token_situations(draw: DrawFn) -> Situation:
    """A situation whose claims are in tokens."""
    drawn = draw(situations())
    made, request = draw(authentications(drawn)), without_claims(drawn.request)
    claims = well_formed(drawn.request.claims or {}) if draw(mostly(0.9)) else drawn.request.claims or {}
    if request.protocol == "http" and "#" not in request.path:
        known = [rule for one in made for rule in one["spec"]["jwtRules"]]
        for _ in range(draw(COUNTS)):
            rule = draw(st.sampled_from(known))
            issuer = draw(often(st.just(rule["issuer"]), st.sampled_from(ISSUERS), times=6))
            where = draw(often(st.sampled_from(places_of(rule)), PLACE_NAMES, times=6))
            request = draw(placed(request, draw(tokens({**claims, "iss": issuer})), where))
        if draw(mostly(0.15)):
            request = replace(request, headers=(*request.headers, *PREFLIGHT))
    return replace(drawn, policies=[*drawn.policies, *made], request=request)


@st.composite
def situations_with_bad_tokens(draw: DrawFn) -> Situation:
    """A situation with tokens of which none is good, and a rule that looks at one of them."""
    drawn = draw(situations(protocol="http", most_policies=2))
    looking = {"issuer": "https://iss.example", "jwks": key_sets()[0]}
    made = [*draw(authentications(drawn)), authentication("looking", drawn.workload.namespace, jwtRules=[looking])]
    claims = {**(drawn.request.claims or {}), "iss": "https://iss.example"}
    line = ("authorization", f"Bearer {draw(tokens(claims, only_bad=True))}")
    request = replace(without_claims(drawn.request), headers=(*drawn.request.headers, line))
    for place in draw(st.lists(PLACE_NAMES, max_size=2)):
        request = draw(placed(request, draw(tokens(claims, only_bad=True)), place))
    return replace(drawn, policies=[*drawn.policies, *made], request=request)


def well_formed(claims: Mapping[str, Any]) -> Document:
    """Without what makes a token of them a bad one."""
    audiences = claims.get("aud", "")
    is_good = isinstance(audiences, str) or (isinstance(audiences, list) and all(isinstance(a, str) for a in audiences))
    gone = {*([] if is_good else ["aud"]), *([] if isinstance(claims.get("sub", ""), str) else ["sub"])}
    return {name: value for name, value in claims.items() if name not in gone}


def places_of(rule: Mapping[str, Any]) -> list[str]:
    """The names in `placed` of the places that a rule looks at."""
    headers = [
        "bearer" if one["name"] == "authorization" else one["name"].lower() for one in rule.get("fromHeaders", [])
    ]
    found = [*headers, *rule.get("fromParams", []), *(["cookie"] if "fromCookies" in rule else [])]
    return found or ["bearer", "bearer", "access_token"]


def without_claims(request: Request) -> Request:
    return replace(request, claims=None)
