"""What the tokens of a request come to (RequestAuthentication).

`T§` marks sections of the semantics document of RequestAuthentication: 2 selection and merging, 3 where tokens are, 4
verification, 5 outcome, 6 effects. `deviation:` is where the product refuses more on purpose. Keys stand in the rules.
"""

import base64
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import unquote

from jwt import PyJWK, PyJWS
from jwt.exceptions import PyJWTError

from tests.reference.headers import header_values
from tests.reference.match import ascii_lower
from tests.reference.model import Request

Rule = Mapping[str, Any]
Failure = tuple[int, str]

ALGORITHMS = [f"{family}{bits}" for family in ("ES", "HS", "RS", "PS") for bits in (256, 384, 512)] + ["EdDSA"]
SKEW_S = 60
UNKNOWN_ISSUER: Failure = (401, "Jwt issuer is not configured")
BAD_FORM: Failure = (401, "Jwt is not in the form of Header.Payload.Signature with two dots and 3 sections")


@dataclass(frozen=True, slots=True)
class Refused:
    """The request is answered with this, whatever the policies."""

    status: int
    body: str
    www_authenticate: str


@dataclass(frozen=True, slots=True)
class Found:
    """A token, and where it was: the name of a header or of a query parameter."""

    text: str
    header: str = ""
    parameter: str = ""


def merged(policies: Iterable[Mapping[str, Any]]) -> list[Rule]:
    """T§2: all rules, by issuer."""
    rules = [rule for policy in policies for rule in (policy.get("spec") or {}).get("jwtRules") or []]
    return sorted(rules, key=lambda rule: str(rule.get("issuer", "")).encode())


def authenticate(rules: Sequence[Rule], request: Request, now_s: int) -> Refused | Request:
    """T§5: the request as later rules see it, with the claims of its token, or what it is refused with."""
    no_caller_s = [name for rule in rules for name in output_headers(rule)]
    anonymous = replace(without_headers(request, no_caller_s), claims=None)
    if is_preflight(request):
        return anonymous
    failures: list[Failure] = []
    for rule in rules:
        found = tokens_of(rule, request, no_caller_s)
        verdicts = [verify(one.text, rule, now_s) for one in found]
        bad = [verdict for verdict in verdicts if isinstance(verdict, tuple)]
        if bad:
            failures.append(bad[-1])
        elif found:
            return identified(rule, found, now_s, anonymous)
    return refused(failures, request) if failures else anonymous


def refused(failures: Sequence[Failure], request: Request) -> Refused:
    """T§5, the text. recorded: the first failure, unless that is a token of another issuer; then the last other one."""
    others = [failure for failure in failures if failure != UNKNOWN_ISSUER]
    status, body = others[-1] if others and failures[0] == UNKNOWN_ISSUER else failures[0]
    uri = f"{request.scheme}://{request.host}{request.path[:256]}"
    return Refused(status, body, f'Bearer realm="{uri}", error="invalid_token"')


def is_preflight(request: Request) -> bool:
    """T§5: a CORS preflight is not looked at."""
    names = ("origin", "access-control-request-method")
    return request.method == "OPTIONS" and all(any(header_values(request, name)) for name in names)


# Where tokens are (T§3).


def tokens_of(rule: Rule, request: Request, no_caller_s: Sequence[str]) -> list[Found]:
    """All tokens at the places of a rule: headers, parameters, cookies, each by name.

    deviation: a header for claims is none for tokens.
    """
    headers, parameters, cookies = (rule.get(name) or [] for name in ("fromHeaders", "fromParams", "fromCookies"))
    if not headers and not parameters and not cookies:
        headers, parameters = [{"name": "authorization", "prefix": "Bearer "}], ["access_token"]
    places = {(ascii_lower(one["name"]), one.get("prefix", "")) for one in headers}
    found = [
        Found(text, header=name)
        for name, prefix in sorted(places, key="".join)
        if name not in no_caller_s
        for value in header_values(request, name)
        if (text := token_in(value.strip(" \t"), prefix)) is not None
    ]
    query = pairs(request.path.partition("?")[2], "&")
    sent = [pair for line in header_values(request, "cookie") for pair in pairs(line, ";")]
    if "cookie" in no_caller_s:
        sent = []
    found += [Found(first(query, name), parameter=name) for name in sorted(set(parameters)) if name in dict(query)]
    return found + [Found(first(sent, name)) for name in sorted(set(cookies)) if name in dict(sent)]


def token_in(value: str, prefix: str) -> str | None:
    """What stands behind the prefix, wherever that is, without what no token has at its beginning."""
    if not prefix:
        return value
    _, there, behind = value.partition(prefix)
    if not there:
        return None
    return re.sub(r"^[^A-Za-z0-9\-_.]*", "", behind) or value


def pairs(text: str, separator: str) -> list[tuple[str, str]]:
    """Names and values; those of a query are decoded."""
    parts = [part.strip().partition("=") for part in text.split(separator)]
    return [(unquote(name), unquote(value)) for name, _, value in parts if text]


def first(named: Sequence[tuple[str, str]], name: str) -> str:
    """Of several, the first counts."""
    return next(value for other, value in named if other == name)


# One token (T§4).


def verify(token: str, rule: Rule, now_s: int) -> Mapping[str, Any] | Failure:
    """The claims of a good token, or the first thing that is wrong with it."""
    parts = token.split(".")
    if len(parts) != 3 or not all(parts):
        return BAD_FORM
    header = json_of(parts[0])
    if isinstance(header, str):
        return 401, f"Jwt header is an invalid {header}"
    if failure := header_failure(header):
        return 401, f"Jwt header [{failure}"
    claims = json_of(parts[1])
    if isinstance(claims, str):
        return 401, f"Jwt payload is an invalid {claims}"
    if failure := claims_failure(claims):
        return 401, f"Jwt payload [{failure}"
    if rule.get("issuer") and claims.get("iss") != rule["issuer"]:
        return UNKNOWN_ISSUER
    if claims.get("nbf", 0) > now_s + SKEW_S:
        return 401, "Jwt not yet valid"
    if claims.get("exp") and now_s > claims["exp"] + SKEW_S:
        return 401, "Jwt is expired"
    said = claims.get("aud", [])
    audiences = {bare(one) for one in ([said] if isinstance(said, str) else said)}
    if rule.get("audiences") and not audiences & {bare(one) for one in rule["audiences"]}:
        return 403, "Audiences in Jwt are not allowed"
    bad = check_signature(token, header, rule)
    return claims if bad is None else bad


def header_failure(header: Mapping[str, Any]) -> str | None:
    """Steps 3 and 4. deviation: we understand no extension."""
    if not isinstance(header.get("alg"), str):
        return "alg] field is required and must be a string"
    if header["alg"] not in ALGORITHMS:
        return "alg] is not supported"
    if not isinstance(header.get("kid", ""), str):
        return "kid] field is not a string"
    return next((f"{name}] field is not supported" for name in ("crit", "b64") if name in header), None)


def claims_failure(claims: Mapping[str, Any]) -> str | None:
    """Step 6."""
    for name in ("iss", "sub"):
        if not isinstance(claims.get(name, ""), str):
            return f"{name}] field is not a string"
    for name in ("iat", "nbf", "exp"):
        time = claims.get(name, 0)
        if isinstance(time, bool) or not isinstance(time, int | float):
            return f"{name}] field is not an integer"
        if time < 0:
            return f"{name}] field is not a positive 64 bit integer"
    if not isinstance(claims.get("jti", ""), str):
        return "jti] field is not a string"
    audience = claims.get("aud", "")
    texts = audience if isinstance(audience, list) else [audience]
    return None if all(isinstance(one, str) for one in texts) else "aud] field is not a string or string list"


def bare(audience: str) -> str:
    """T§4, details: without one scheme before it and one slash behind."""
    return re.sub("^https?://", "", audience).removesuffix("/")


def check_signature(token: str, header: Mapping[str, Any], rule: Rule) -> Failure | None:
    """Any key that fits in id, if both have one, and algorithm, if the key has one."""
    keys = [
        key
        for key in json.loads(rule["jwks"])["keys"]
        if ("kid" not in key or not header.get("kid") or key["kid"] == header["kid"])
        and ("alg" not in key or key["alg"] == header["alg"])
    ]
    if not keys:
        return 401, "Jwks doesn't have key to match kid or alg from Jwt"
    return None if any(is_signed(token, header["alg"], key) for key in keys) else (401, "Jwt verification fails")


def is_signed(token: str, alg: str, key: Mapping[str, Any]) -> bool:
    """By PyJWT itself."""
    families = {"RSA": ("RS", "PS"), "EC": ("ES",), "oct": ("HS",), "OKP": ("Ed",)}
    if not alg.startswith(families[key["kty"]]):
        return False
    try:
        PyJWS().decode(token, PyJWK({**key, "alg": alg}).key, algorithms=[alg])
    except PyJWTError:
        return False
    return True


def json_of(part: str) -> Any:
    """What a part of a token holds, or in words what it is not. base64url without padding; blanks do not count."""
    text = part.replace(" ", "")
    if len(text) % 4 == 1 or not re.fullmatch(r"[A-Za-z0-9\-_]*", text):
        return "Base64url encoded"
    try:
        return json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
    except ValueError:
        return "JSON"


# What the workload sees (T§6).


def identified(rule: Rule, found: Sequence[Found], now_s: int, anonymous: Request) -> Request:
    """The request with the claims of the rule's first token, its headers set, its tokens taken out."""
    claims = verify(found[0].text, rule, now_s)
    assert not isinstance(claims, tuple)
    seen = replace(anonymous, claims=split(claims, rule))
    if not rule.get("forwardOriginalToken"):
        seen = without_headers(seen, [one.header for one in found])
        seen = without_parameters(seen, [one.parameter for one in found if one.parameter])
    lines = [(name, text) for name, text in output_lines(rule, claims, found[0].text) if text]
    seen = without_headers(seen, [name for name, _ in lines])
    return replace(seen, headers=(*seen.headers, *lines))


def output_lines(rule: Rule, claims: Mapping[str, Any], token: str) -> list[tuple[str, str]]:
    """The headers that a rule sets, in small letters; an empty one is not sent."""
    payload = [(name.lower(), token.split(".")[1]) for name in [rule.get("outputPayloadToHeader")] if name]
    outputs = rule.get("outputClaimToHeaders") or []
    return [*payload, *[(one["header"].lower(), claim_text(claims, one["claim"])) for one in outputs]]


def output_headers(rule: Rule) -> list[str]:
    """Their names."""
    payload = [rule["outputPayloadToHeader"]] if rule.get("outputPayloadToHeader") else []
    return [name.lower() for name in (*payload, *(one["header"] for one in rule.get("outputClaimToHeaders") or []))]


def split(claims: Mapping[str, Any], rule: Rule) -> Mapping[str, Any]:
    """T§6, normalisation: strings of certain names at the top become lists, if there is anything in them."""
    names = ["scope", "permission", *(rule.get("spaceDelimitedClaims") or [])]
    return {
        name: value.split() if name in names and isinstance(value, str) and value.split() else value
        for name, value in claims.items()
    }


def claim_text(claims: Mapping[str, Any], path: str) -> str:
    """T§6, claim value text; empty: no header."""
    value: Any = claims
    for name in path.split("."):
        value = value.get(name) if isinstance(value, Mapping) else None
    if value is None or isinstance(value, str):
        return value or ""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int | float):
        return str(int(value)) if value >= 0 and value == int(value) else f"{value:.6f}"
    return base64.b64encode(json.dumps(value, separators=(",", ":"), sort_keys=True).encode()).decode()


def without_headers(request: Request, names: Iterable[str]) -> Request:
    """The request without these headers."""
    gone = set(names)
    return replace(request, headers=tuple(line for line in request.headers if ascii_lower(line[0]) not in gone))


def without_parameters(request: Request, names: Sequence[str]) -> Request:
    """The request without these query parameters; how the rest is written is nobody's promise."""
    path, _, query = request.path.partition("?")
    if not names:
        return request
    kept = [part for part in query.split("&") if unquote(part.partition("=")[0]) not in names]
    return replace(request, path=f"{path}?{'&'.join(kept)}" if kept else path)
