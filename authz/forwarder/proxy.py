"""Which proxy a configuration is for: all that a translation depends on beside the mesh."""

from dataclasses import dataclass, field

from authz.model.routing.hosts import DEFAULT_CLUSTER_DOMAIN
from authz.model.routing.locality import NO_LOCALITY, Locality
from authz.model.workload import Labels, Role, Workload


@dataclass(frozen=True, slots=True)
class AuthorizerSettings:
    """Whom a proxy asks about every request. `cluster`: a static one of its bootstrap.

    `timeout_ms`: of one question; `status_on_error`: what callers get where it cannot be asked.
    """

    cluster: str = "authz"
    timeout_ms: int = 1000
    status_on_error: int = 403


@dataclass(frozen=True, slots=True)
class MeshFiles:
    """Where the proxy runs: its certificate for mutual TLS of the mesh, the key of it, and the mesh's authorities."""

    certificate: str
    private_key: str
    roots: str


@dataclass(frozen=True, slots=True)
class Proxy:
    """One workload that an Envoy plays.

    `port_map`: the port that is listened on, by the number that a Gateway has. `addresses`: its own. `authorizer` None:
    nobody is asked, which somebody has meant. `mesh_files` None: it cannot speak mutual TLS of the mesh.
    """

    namespace: str
    labels: Labels = frozenset()
    role: Role = Role.GATEWAY
    service_account: str = ""
    cluster_domain: str = DEFAULT_CLUSTER_DOMAIN
    locality: Locality = NO_LOCALITY
    addresses: tuple[str, ...] = ()
    port_map: tuple[tuple[int, int], ...] = ()
    authorizer: AuthorizerSettings | None = field(default_factory=AuthorizerSettings)
    mesh_files: MeshFiles | None = None

    @property
    def workload(self) -> Workload:
        """What policies are picked by."""
        return Workload(self.namespace, self.labels, self.service_account, self.role)
