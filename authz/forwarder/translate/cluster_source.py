"""What one cluster is made of, and what of it is not done as it is written."""

from dataclasses import dataclass

from authz.forwarder.translate.cluster_names import cluster_name, sni_name
from authz.forwarder.translate.connection_pool import uses_client_protocol
from authz.forwarder.translate.consistent_hash import MAX_RING_SIZE
from authz.forwarder.translate.endpoints import can_be_reached
from authz.forwarder.translate.remarks import Remark
from authz.forwarder.translate.sds import CONFIG_MAP
from authz.mesh.effective_policy import EffectivePolicy
from authz.mesh.registry import Discovery, Endpoint, MeshPort, MeshService
from authz.model.routing.client_tls import ClientTls, ClientTlsMode
from authz.model.routing.traffic_policy import ConsistentHash, RingHash
from authz.model.where import Where

_VERIFYING = frozenset({ClientTlsMode.SIMPLE, ClientTlsMode.MUTUAL})


@dataclass(frozen=True, slots=True)
class ClusterSource:
    """All that one cluster is made of. `endpoints`: of the subset; `mtls`: those of the port that take the mesh's.

    `identities`: who may serve, SPIFFE ids and names. `is_for_bytes`: no route sends requests to it. `is_passed_on`:
    it gets TLS of the mesh as it comes, unopened.
    """

    service: MeshService
    port: MeshPort
    subset: str
    policy: EffectivePolicy
    endpoints: tuple[Endpoint, ...]
    mtls: frozenset[Endpoint]
    identities: tuple[str, ...]
    where: Where
    is_for_bytes: bool = False
    is_passed_on: bool = False

    @property
    def name(self) -> str:
        """What it is called."""
        name = sni_name if self.is_passed_on else cluster_name
        return name(self.service.host, self.port.number, self.subset)

    @property
    def is_dynamic(self) -> bool:
        """Whether it sends to whatever host a request names."""
        return self.service.discovery is Discovery.DYNAMIC_DNS

    @property
    def tls(self) -> ClientTls | None:
        """What a rule says; nothing, where TLS is passed on."""
        return self.policy.tls.value if self.policy.tls and not self.is_passed_on else None

    @property
    def has_mesh_tls(self) -> bool:
        """Whether some of its connections are mutual TLS of the mesh."""
        if self.is_passed_on:
            return False
        return bool(self.mtls) if self.tls is None else self.tls.mode is ClientTlsMode.ISTIO_MUTUAL


def remarks_on(source: ClusterSource) -> tuple[Remark, ...]:
    """What is not done as it is written."""
    return (*_on_balancer(source), *_on_pool(source), *_on_tls(source), *_on_endpoints(source))


def _on_balancer(source: ClusterSource) -> list[Remark]:
    block = source.policy.load_balancer
    if block is None:
        return []
    found = []
    policy, zones = block.value.policy, block.value.zone_aware
    if isinstance(policy, ConsistentHash) and isinstance(policy.algorithm, RingHash):
        size = policy.algorithm.minimum_ring_size or 0
        if size > MAX_RING_SIZE:
            found.append(Remark(block.where, f"minimumRingSize {size} is more than Envoy takes: it is {MAX_RING_SIZE}"))
    if zones is not None and zones.enabled is not False:
        text = "zoneAwareLbSetting keeps other regions for later, but zones count nothing: the proxy has no peers"
        found.append(Remark(block.where, text))
    return found


def _on_pool(source: ClusterSource) -> list[Remark]:
    found = []
    budget, pool = source.policy.retry_budget, source.policy.connection_pool
    if budget is not None and budget.value.budget_interval is not None:
        text = "budgetInterval does nothing: Envoy counts the requests that are active now"
        found.append(Remark(budget.where, text))
    if pool is not None and uses_client_protocol(pool.value) and source.has_mesh_tls:
        text = "useClientProtocol does nothing with mutual TLS of the mesh, which has to say beforehand what it speaks"
        found.append(Remark(pool.where, text))
    return found


def _on_tls(source: ClusterSource) -> list[Remark]:
    tls = source.tls
    if tls is not None and tls.mode in _VERIFYING and tls.credential_name.startswith(CONFIG_MAP):
        text = f"{tls.credential_name!r} cannot be read, no handshake succeeds: write credentialName of a Secret"
        return [Remark(tls.where, text)]
    return []


def _on_endpoints(source: ClusterSource) -> list[Remark]:
    by_name = source.service.discovery.is_dns
    return [
        Remark(one.workload.where, f"{one.address!r} is no address that {source.name} can have, and is left out")
        for one in source.endpoints
        if not can_be_reached(one, by_name=by_name)
    ]
