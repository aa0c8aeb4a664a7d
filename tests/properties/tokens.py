"""Situations with tokens: RequestAuthentications for the workload, and requests whose tokens are good, bad or foreign.

Front door: `token_situations`. Claims are those of the strategies of policies, so that policies are about them.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
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


@dataclass(frozen=True, slots=True)
class Token:
    """A token for a request. `good`: a rule of its issuer that asks for no audience accepts it, if it has the key."""

    text: str
    good: bool


@st.composite
def rules(draw: DrawFn, issuers: SearchStrategy[str]) -> Document:
    """A rule of one of these issuers, mostly with the default places."""
    rule: Document = {"issuer": draw(issuers), "jwks": draw(st.sampled_from(key_sets()))}
    if draw(mostly(0.2)):
        rule["audiences"] = draw(st.lists(st.sampled_from(["a", "b", "read"]), min_size=1, max_size=2))
    if draw(mostly(0.4)):
        rule |= draw(st.sampled_from(PLACES))
    names = draw(st.lists(st.sampled_from(OUTPUT_NAMES), max_size=3, unique=True)) if draw(mostly(0.5)) else []
    if names and draw(st.booleans()):
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
        metadata = {"name": name, "namespace": namespace}
        made.append(
            {"apiVersion": "security.istio.io/v1", "kind": "RequestAuthentication", "metadata": metadata, "spec": spec}
        )
    return made


@st.composite
def tokens(draw: DrawFn, claims: Mapping[str, Any], *, only_bad: bool = False) -> Token:
    """A token of these claims, or one that is not good."""
    kind = draw(st.sampled_from(BAD_KINDS if only_bad else [*["good"] * 12, *BAD_KINDS]))
    key = draw(st.sampled_from(sorted(GOOD_KEYS)))
    alg, kid = GOOD_KEYS[key]
    header: Document = {} if draw(mostly(0.2)) else {"kid": kid}
    payload = {"exp": NOW_S + 600, **claims}
    match kind:
        case "garbage":
            return Token(draw(st.sampled_from(["a.b", "a.b.c.d", "x", "..", "e30.e30."])), good=False)
        case "expired":
            return Token(token({**payload, "exp": NOW_S - 61}, key, header, alg), good=False)
        case "not yet valid":
            return Token(token({**payload, "nbf": NOW_S + 61}, key, header, alg), good=False)
        case "foreign":
            return Token(token({**payload, "iss": "https://nobody"}, key, header, alg), good=False)
        case "unsigned":
            signed = f"{encode(json.dumps({'alg': 'none'}).encode())}.{encode(json.dumps(payload).encode())}"
            return Token(f"{signed}.{encode(b'none')}", good=False)
        case "forged":
            return Token(token(payload, "ec521", header, "ES512").rpartition(".")[0] + ".AAAA", good=False)
        case "changed":
            head, _, signature = token(payload, key, header, alg).split(".")
            other = encode(json.dumps({**payload, "admin": True}).encode())
            return Token(f"{head}.{other}.{signature}", good=False)
        case "unknown key":
            return Token(token(payload, key, {"kid": "k9"}, alg), good=False)
    return Token(token(payload, key, header, alg), good=True)


BAD_KINDS = ["garbage", "expired", "not yet valid", "foreign", "unsigned", "changed", "forged"]
"""Of every rule; an unknown key may be known where keys have no id."""


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
            line = ("authorization", draw(st.sampled_from(["Bearer "] * 8 + ["bearer ", "Basic ", ""])) + text)
    return replace(request, headers=(*request.headers, line))


PLACE_NAMES = st.sampled_from(["bearer"] * 6 + ["x-t", "x-t", "x-a", "cookie", "tok", "access_token"])
COUNTS = st.sampled_from([1, 1, 1, 1, 2, 2, 0, 3])
PREFLIGHT = (("origin", "https://a"), ("access-control-request-method", "GET"))


@st.composite
def token_situations(draw: DrawFn, *, only_bad: bool = False) -> Situation:
    """A situation whose claims are in tokens."""
    drawn = draw(situations())
    claims = drawn.request.claims or {}
    made = draw(authentications(drawn))
    request = replace(drawn.request, claims=None)
    if request.protocol == "http" and "#" not in request.path:
        known = [rule["issuer"] for one in made for rule in one["spec"]["jwtRules"]]
        for _ in range(draw(COUNTS)):
            issuer = draw(often(st.sampled_from(known), st.sampled_from(ISSUERS), times=4))
            one = draw(tokens({**claims, "iss": issuer}, only_bad=only_bad))
            request = draw(placed(request, one.text, draw(PLACE_NAMES)))
        if draw(mostly(0.15)):
            request = replace(request, headers=(*request.headers, *PREFLIGHT))
    return Situation([*drawn.policies, *made], drawn.mesh, drawn.workload, request)
