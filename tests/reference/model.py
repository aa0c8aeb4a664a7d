"""What goes in and what comes out, as plain records."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

Policy = Mapping[str, Any]
"""One AuthorizationPolicy document."""

Mesh = Mapping[str, Any]
"""MeshConfig by its JSON names: rootNamespace, trustDomain, trustDomainAliases, pathNormalization, defaultConfig."""

BareRequestPrincipals = Literal["istio", "subject"]
Reason = Literal["custom", "deny_rule", "allow_rule", "no_allow_rule", "no_policy", "bad_path"]


@dataclass(frozen=True, slots=True)
class Workload:
    """Whom the request is for. `gateways`, `services`, `service_entries`: what targetRefs name, as `namespace/name`."""

    namespace: str = "default"
    labels: Mapping[str, str] = field(default_factory=dict)
    service_account: str = "default"
    role: Literal["sidecar", "gateway", "waypoint"] = "sidecar"
    gateways: tuple[str, ...] = ()
    services: tuple[str, ...] = ()
    service_entries: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Request:
    """One request, or for "tcp" one connection, as the proxy sent it.

    `path` has the query. `headers` are lines without the pseudo headers, which come
    from the fields of their name. In the "merged" form lines of one name are one value.
    `peer_names` are all names of the peer's certificate: URI SANs, DNS SANs,
    subject; empty for plaintext. `sni` is empty when there is none. `claims` is the
    payload of an accepted token, None without one.
    """

    protocol: Literal["http", "tcp"] = "http"
    method: str = "GET"
    scheme: str = "http"
    host: str = "svc.foo"
    path: str = "/"
    headers: tuple[tuple[str, str], ...] = ()
    header_form: Literal["raw", "merged"] = "raw"
    source_ip: str | None = "127.0.0.1"
    destination_ip: str | None = "127.0.0.1"
    destination_port: int = 8080
    peer_names: tuple[str, ...] = ()
    sni: str = ""
    claims: Mapping[str, Any] | None = None
    metadata: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Shadow:
    """What the dry-run policies of one action would have done, were they enforced (§9). `matched`: the rule, if any."""

    allowed: bool
    matched: str | None


@dataclass(frozen=True, slots=True)
class Verdict:
    """A decision.

    `reason` is "custom" or "deny_rule" (denied by `matched`), "allow_rule" (allowed by
    `matched`), "no_allow_rule" (denied, nothing allowed it), "no_policy" (allowed,
    no ALLOW policy is enforced here), "bad_path" (denied unseen). A shadow is None where
    no dry-run policy of that action applies. `audited`: an AUDIT rule matched. Shadows and
    audit are told for every decision, also where Istio's filters would have stopped earlier.
    """

    allowed: bool
    matched: str | None
    reason: Reason
    shadow_allow: Shadow | None = None
    shadow_deny: Shadow | None = None
    audited: bool = False


@dataclass(frozen=True, slots=True)
class Context:
    """What the meaning of a value depends on beside the request."""

    policy_namespace: str
    trust_domains: tuple[str, ...]
    trusted_proxies: int
    bare_request_principals: BareRequestPrincipals


def root_namespace(mesh: Mesh) -> str:
    """§2.1."""
    return str(mesh.get("rootNamespace") or "istio-system")


def trust_domains(mesh: Mesh) -> tuple[str, ...]:
    """T of §6: the mesh's own trust domain, then its aliases."""
    return (mesh.get("trustDomain") or "cluster.local", *(mesh.get("trustDomainAliases") or ()))


def trusted_proxies(mesh: Mesh) -> int:
    """N of the remote address (contract: facts)."""
    topology = (mesh.get("defaultConfig") or {}).get("gatewayTopology") or {}
    return int(topology.get("numTrustedProxies") or 0)
