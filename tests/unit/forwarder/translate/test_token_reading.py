"""Tokens that are read before a route is chosen."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from authz.forwarder.proxy import Proxy
from authz.forwarder.translate.token_reading import TokenReading, read_tokens
from authz.pb.packing import to_json
from tests.support.gateways import PROXY, view
from tests.support.jwts import jwk, jwks
from tests.support.mesh import document

KEYS = jwks(jwk("rsa1", kid="k1"))
INLINE = f"issuer: a, jwks: '{KEYS}'"
REMOTE = "issuer: b, jwksUri: 'https://b.example/keys'"


def authentication(*rules: str, name: str = "a", namespace: str = "istio-system", selector: str = "") -> str:
    selects = f"selector: {{matchLabels: {{{selector}}}}}, " if selector else ""
    listed = ", ".join(f"{{{rule}}}" for rule in rules)
    spec = f"{{{selects}jwtRules: [{listed}]}}"
    return document("RequestAuthentication", spec, f"name: {name}, namespace: {namespace}", "security.istio.io/v1")


def reading(*documents: str, proxy: Proxy = PROXY) -> TokenReading:
    return read_tokens(view(*documents), proxy)


def config(found: TokenReading) -> dict[str, Any]:
    (made,) = found.filters
    assert made.name == "envoy.filters.http.jwt_authn"
    return to_json(made)["typed_config"]  # type: ignore[return-value]


def provider(rule: str) -> dict[str, Any]:
    (found,) = config(reading(authentication(rule)))["providers"].values()
    return found  # type: ignore[no-any-return]


def issuers(found: TokenReading) -> list[str]:
    return [one["issuer"] for _, one in sorted(config(found)["providers"].items())]


def test_no_token_keeps_a_request_from_its_route_nor_does_a_bad_one() -> None:
    found = config(reading(authentication(INLINE, REMOTE)))

    (rule,) = found["rules"]
    assert rule["match"] == {"prefix": "/"}
    assert rule["requires"]["requires_any"]["requirements"] == [
        {"provider_name": "origins-0"},
        {"provider_name": "origins-1"},
        {"allow_missing_or_failed": {}},
    ]
    assert found["bypass_cors_preflight"] is True


def test_a_good_token_says_its_claims_goes_on_and_the_route_is_chosen_anew() -> None:
    assert provider(INLINE) == {
        "issuer": "a",
        "local_jwks": {"inline_string": KEYS},
        "forward": True,
        "payload_in_metadata": "payload",
        "normalize_payload_in_metadata": {"space_delimited_claims": ["scope", "permission"]},
        "clear_route_cache": True,
    }


def test_what_the_authorizer_puts_into_headers_envoy_does_not() -> None:
    more = "outputPayloadToHeader: x-payload, outputClaimToHeaders: [{header: x-sub, claim: sub}]"

    assert provider(f"{INLINE}, {more}") == provider(INLINE)


def test_tokens_are_looked_for_where_the_rule_says() -> None:
    places = "fromHeaders: [{name: x-a, prefix: 'P '}, {name: x-b}], fromParams: [p], fromCookies: [c]"
    found = provider(f"{INLINE}, audiences: [x, y], spaceDelimitedClaims: [groups, scope], {places}")

    assert found["from_headers"] == [{"name": "x-a", "value_prefix": "P "}, {"name": "x-b"}]
    assert (found["from_params"], found["from_cookies"], found["audiences"]) == (["p"], ["c"], ["x", "y"])
    assert found["normalize_payload_in_metadata"]["space_delimited_claims"] == ["scope", "permission", "groups"]


def test_keys_that_are_elsewhere_are_fetched_by_a_cluster_of_their_own() -> None:
    found = reading(authentication(f"{REMOTE}, timeout: 2s"))

    ((remote,),) = [[one["remote_jwks"] for one in config(found)["providers"].values()]]
    name = "jwks|443|https|b.example"
    assert remote == {"http_uri": {"uri": "https://b.example/keys", "cluster": name, "timeout": "2s"}}
    assert [cluster.name for cluster in found.clusters] == [name]
    assert found.clusters[0].origin is not None


def test_a_server_of_keys_has_one_cluster_and_one_whose_keys_are_written_has_none() -> None:
    more = "issuer: c, jwksUri: 'https://b.example/other'"

    assert len(reading(authentication(REMOTE, more)).clusters) == 1
    assert reading(authentication(INLINE)).clusters == ()


def test_rules_are_those_of_the_proxy_by_issuer() -> None:
    found = reading(
        authentication("issuer: z, jwksUri: 'http://z'", name="root"),
        authentication("issuer: y, jwksUri: 'http://y'", name="mine", namespace="ns"),
        authentication("issuer: x, jwksUri: 'http://x'", name="of-others", namespace="ns", selector="app: other"),
        authentication("issuer: w, jwksUri: 'http://w'", name="elsewhere", namespace="other"),
        proxy=Proxy("ns", frozenset({("app", "gateway")})),
    )

    assert issuers(found) == ["y", "z"]


@pytest.mark.parametrize("documents", [[], [authentication()], [authentication(INLINE, selector="app: other")]])
def test_where_no_rule_is_for_the_proxy_nothing_is_read(documents: list[str]) -> None:
    assert reading(*documents) == TokenReading()


def test_keys_that_would_have_to_be_discovered_are_told_of_and_the_rest_is_read() -> None:
    found = reading(authentication("issuer: 'https://c.example'", INLINE))

    assert issuers(found) == ["a"]
    (remark,) = found.remarks
    assert remark.text.startswith("Envoy does not discover keys by an issuer")
    assert reading(authentication("issuer: 'https://c.example'")).filters == ()


def test_a_proxy_that_asks_nobody_reads_them_all_the_same() -> None:
    assert reading(authentication(INLINE), proxy=replace(PROXY, authorizer=None)) == reading(authentication(INLINE))
