"""The mesh at one moment, as routing needs it: what was written, ready to be asked."""

from authz.mesh.attachment import AttachedPolicies
from authz.mesh.destination_rules import DestinationRules, DestinationRuleSettings
from authz.mesh.peer_authentication import PeerAuthentications
from authz.mesh.registry import Endpoint, RegistrySettings, RegistrySources, TlsMode, build_registry
from authz.model.jwt_rule import JwtRule
from authz.model.routing.age import oldest_first
from authz.model.routing.destination_rule import DestinationRule
from authz.model.routing.gateway import Gateway
from authz.model.routing.hosts import DEFAULT_CLUSTER_DOMAIN
from authz.model.routing.kubernetes import Secret
from authz.model.routing.mesh_defaults import MeshDefaults
from authz.model.routing.virtual_service import VirtualService
from authz.model.routing.visibility import PUBLIC, ExportTo, parse_export_to
from authz.model.workload import Workload
from authz.resources.collection import Resources
from authz.resources.mesh_config import MeshConfig
from authz.resources.peer_authentication import MtlsMode, PeerAuthentication
from authz.resources.request_authentication import RequestAuthentication


class RoutingView:
    """Immutable. `gateways` and `virtual_services`: the oldest first, which often wins.

    `mesh` and `defaults` are what one MeshConfig says; `defaults` is its part on routing.
    """

    def __init__(
        self,
        resources: Resources,
        mesh: MeshConfig | None = None,
        defaults: MeshDefaults | None = None,
        cluster_domain: str = DEFAULT_CLUSTER_DOMAIN,
    ) -> None:
        self.mesh = mesh = mesh or MeshConfig()
        self.defaults = defaults = defaults or MeshDefaults()
        self.cluster_domain = cluster_domain
        self.gateways = tuple(sorted(resources.of(Gateway), key=oldest_first))
        self.virtual_services = tuple(sorted(resources.of(VirtualService), key=oldest_first))
        self.registry = build_registry(
            RegistrySources.of(resources), RegistrySettings(cluster_domain, defaults.service_export_to)
        )
        self.destination_rules = DestinationRules(
            resources.of(DestinationRule),
            DestinationRuleSettings(mesh.root_namespace, cluster_domain, defaults.destination_rule_export_to),
        )
        self.peer_authentications = tuple(
            sorted(resources.of(PeerAuthentication), key=lambda one: (one.namespace, one.name))
        )
        self._mtls = PeerAuthentications(self.peer_authentications, mesh.root_namespace)
        self._tokens = AttachedPolicies(resources.of(RequestAuthentication), mesh.root_namespace)
        self._secrets = {secret.key: secret for secret in resources.of(Secret)}

    def virtual_services_for(self, namespace: str) -> tuple[VirtualService, ...]:
        """Those that are exported to proxies of a namespace: for a gateway its own, wherever its Gateways may be."""
        return tuple(one for one in self.virtual_services if self.export_to(one).visible_to(namespace))

    def export_to(self, service: VirtualService) -> ExportTo:
        """The namespaces that a VirtualService is for, or a delegate; where it does not say, as the mesh has it."""
        words = self.defaults.virtual_service_export_to
        return service.export_to or parse_export_to(words, service.namespace) or PUBLIC

    def secret(self, namespace: str, name: str) -> Secret | None:
        """The secret of a name; None: there is none."""
        return self._secrets.get((namespace, name))

    def token_rules(self, workload: Workload) -> tuple[JwtRule, ...]:
        """The rules of RequestAuthentications for a workload whose labels are known, by issuer in byte order."""
        rules = [rule for policy in self._tokens.scope(workload).policies for rule in policy.jwt_rules]
        return tuple(sorted(rules, key=lambda rule: rule.issuer.encode("utf-8", "surrogatepass")))

    def takes_mtls(self, endpoint: Endpoint) -> bool:
        """Whether an endpoint gets mutual TLS of the mesh: its workload has a proxy, and no policy turns it off there.

        Source: istio/istio pilot/pkg/xds/endpoints/mtls_checker.go. Istio asks the policies of the service's namespace
        as well, whose answer the workload's own policy may have overruled; what the workload takes is what counts here.
        """
        workload = endpoint.workload
        if workload.tls_mode is not TlsMode.ISTIO:
            return False
        effective = self._mtls.effective(Workload(workload.namespace, workload.labels))
        return effective is None or effective.at(endpoint.port).mode is not MtlsMode.DISABLE
