"""The rows of `tests/data/request-authentication-vectors.yaml`: what Envoy made of requests with tokens."""

import json
import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from authz.model.problem import Problems
from authz.model.request import Request
from authz.resources.documents import SourceFile, read_documents
from authz.resources.fields import Fields
from authz.resources.metadata import read_metadata
from authz.resources.nodes import Mapping as MappingNode
from authz.resources.request_authentication import RequestAuthentication, read_request_authentication
from tests.support.jwts import NOW_S, jwk, jwks, token

Row = dict[str, Any]

DECISIONS, VALIDATION = yaml.safe_load_all(
    (Path(__file__).parents[1] / "data/request-authentication-vectors.yaml").read_text()
)
STRICTER = {"crit-header-ignored": "Jwt header [crit] field is not supported"}
KEY_IDS = {"rsa1": "k1", "rsa2": "k2", "ec1": "e1", "ed1": "d1", "hs1": "h1"}


@cache
def key_sets() -> dict[str, str]:
    keys = {name: jwk(name, kid=kid) for name, kid in KEY_IDS.items()}
    return {
        **{name.upper(): jwks(key) for name, key in keys.items()},
        "RSA1_NOKID": jwks(jwk("rsa1")),
        "RSA1_ALG256": jwks({**keys["rsa1"], "alg": "RS256"}),
        "RSA1_RSA2": jwks(keys["rsa1"], keys["rsa2"]),
        "RSA1_PLUS_BAD": jwks({"kty": "XYZ", "kid": "bad"}, keys["rsa1"]),
    }


def with_key_sets(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: with_key_sets(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [with_key_sets(inner) for inner in value]
    if isinstance(value, str) and (found := re.fullmatch(r"\$\{JWKS_(\w+)\}", value)):
        return key_sets()[found[1]]
    return value


def read(document: Row) -> tuple[RequestAuthentication, Problems]:
    problems = Problems()
    text = json.dumps({"apiVersion": "security.istio.io/v1", **with_key_sets(document)})
    (found,) = read_documents([SourceFile("policy.json", text.encode())], problems)
    fields = Fields("policy.json", problems)
    assert isinstance(found.root, MappingNode)
    return read_request_authentication(fields, read_metadata(fields, found.root), found.root.get("spec")), problems


def is_for(policy: RequestAuthentication, namespace: str, labels: Mapping[str, str]) -> bool:
    """As `authz.mesh.selection`, so far as the rows need it."""
    if policy.target_refs:
        gateway = labels.get("gateway.networking.k8s.io/gateway-name")
        return policy.namespace == namespace and any(ref.name == gateway for ref in policy.target_refs)
    return policy.namespace in {namespace, "istio-system"} and (policy.selector or frozenset()) <= labels.items()


def claims_of(given: Mapping[str, Any]) -> dict[str, Any]:
    return {
        name: NOW_S + int(value[3:] or 0) if isinstance(value, str) and re.fullmatch(r"now([+-]\d+)?", value) else value
        for name, value in given.items()
    }


def text_of(given: Row) -> str:
    if "raw" in given:
        return str(given["raw"])
    header = {"typ": "JWT", **given.get("header", {"kid": "k1"})}
    key = given.get("signWith", "rsa1")
    text = token(claims_of(given["claims"]), "rsa1" if key == "none" else key, header, header.get("alg", "RS256"))
    return f"{text.rpartition('.')[0]}." if key == "none" else text


def request_of(given: Row) -> Request:
    path, lines = given.get("path", "/"), list(given.get("headers", {}).items())
    for one in given.get("tokens", []):
        match one.get("in", "header"):
            case "query":
                path += f"{'&' if '?' in path else '?'}{one.get('name', 'access_token')}={text_of(one)}"
            case "cookie":
                lines.append(("cookie", f"{one['name']}={text_of(one)}"))
            case _:
                lines.append((one.get("name", "authorization"), f"{one.get('prefix', 'Bearer ')}{text_of(one)}"))
    return Request(given.get("method", "GET"), path, given.get("host", "svc.foo"), headers=tuple(lines))
