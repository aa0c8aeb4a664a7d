"""Tokens that are read before a route is chosen: where routes ask for claims, and nowhere else.

Whether a token is good enough is for the authorizer to decide. Envoy's own filter says here what stands in good ones; a
bad one is as none, goes on as it came, and gets its answer from the authorizer.

Source: istio/istio pilot/pkg/security/authn/policy_applier.go, convertToEnvoyJwtConfig; Envoy's jwt_authn filter.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from authz.forwarder.proxy import Proxy
from authz.forwarder.snapshot import Resource
from authz.forwarder.translate.keys_cluster import keys_cluster, keys_cluster_name
from authz.forwarder.translate.matches import JWT_FILTER, JWT_PAYLOAD
from authz.forwarder.translate.remarks import Remark
from authz.forwarder.translate.wrapped import as_duration
from authz.mesh.routing_view import RoutingView
from authz.model.jwt_rule import JwtRule
from authz.pb.core import DataSource, HttpUri
from authz.pb.hcm import HttpFilter
from authz.pb.jwt_authn import (
    JwtAuthentication,
    JwtHeader,
    JwtProvider,
    JwtRequirement,
    JwtRequirementOrList,
    RemoteJwks,
    RequirementRule,
)
from authz.pb.packing import pack
from authz.pb.protobuf import Empty
from authz.pb.route import RouteMatch

_LISTS = ("scope", "permission")
"""Claims whose words are a list, whatever a rule says."""


@dataclass(frozen=True, slots=True)
class TokenReading:
    """`filters`: one, or none where no token can be read. `clusters`: where keys are. `remarks`: what is not read."""

    filters: tuple[HttpFilter, ...] = ()
    clusters: tuple[Resource, ...] = ()
    remarks: tuple[Remark, ...] = ()


def read_tokens(view: RoutingView, proxy: Proxy) -> TokenReading:
    """What reads the tokens of the RequestAuthentications that are for a proxy."""
    rules = view.token_rules(proxy.workload)
    readable = [rule for rule in rules if rule.jwks or rule.jwks_uri]
    if not readable:
        return TokenReading(remarks=_unreadable(rules))
    clusters = {keys_cluster_name(rule.jwks_uri): rule for rule in reversed(readable) if not rule.jwks}
    return TokenReading(
        filters=(HttpFilter(name=JWT_FILTER, typed_config=pack(_authentication(readable))),),
        clusters=tuple([Resource.of(keys_cluster(rule.jwks_uri), rule.where) for _, rule in sorted(clusters.items())]),
        remarks=_unreadable(rules),
    )


def _unreadable(rules: Iterable[JwtRule]) -> tuple[Remark, ...]:
    text = "Envoy does not discover keys by an issuer: routes know no claims of its tokens; write `jwksUri` or `jwks`"
    return tuple([Remark(rule.where, text) for rule in rules if not (rule.jwks or rule.jwks_uri)])


def _authentication(rules: list[JwtRule]) -> JwtAuthentication:
    providers = {f"origins-{index}": _provider(rule) for index, rule in enumerate(rules)}
    any_of = [JwtRequirement(provider_name=name) for name in providers]
    any_of.append(JwtRequirement(allow_missing_or_failed=Empty()))
    requires = JwtRequirement(requires_any=JwtRequirementOrList(requirements=any_of))
    return JwtAuthentication(
        providers=providers,
        rules=[RequirementRule(match=RouteMatch(prefix="/"), requires=requires)],
        bypass_cors_preflight=True,
    )


def _provider(rule: JwtRule) -> JwtProvider:
    """The route is chosen anew when claims are known. The token and its headers are the authorizer's to change."""
    provider = JwtProvider(
        issuer=rule.issuer,
        audiences=rule.audiences,
        forward=True,
        from_headers=[JwtHeader(name=one.name, value_prefix=one.prefix) for one in rule.from_headers],
        from_params=rule.from_params,
        from_cookies=rule.from_cookies,
        payload_in_metadata=JWT_PAYLOAD,
        normalize_payload_in_metadata=JwtProvider.NormalizePayload(
            space_delimited_claims=dict.fromkeys([*_LISTS, *rule.space_delimited_claims])
        ),
        clear_route_cache=True,
    )
    if rule.jwks:
        provider.local_jwks.CopyFrom(DataSource(inline_string=rule.jwks))
    else:
        provider.remote_jwks.CopyFrom(_remote(rule))
    return provider


def _remote(rule: JwtRule) -> RemoteJwks:
    uri = HttpUri(uri=rule.jwks_uri, cluster=keys_cluster_name(rule.jwks_uri), timeout=as_duration(rule.timeout))
    return RemoteJwks(http_uri=uri)
