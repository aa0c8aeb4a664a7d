"""Files -> the mesh as routing needs it, or problems: what `forward`, `routes` and `validate` have in common."""

from collections.abc import Iterable
from dataclasses import dataclass

from authz.mesh.routing_view import RoutingView
from authz.model.errors import PolicyError
from authz.model.problem import Problem, Problems, Severity
from authz.model.routing.hosts import DEFAULT_CLUSTER_DOMAIN
from authz.model.routing.mesh_defaults import MeshDefaults
from authz.model.routing.virtual_service import VirtualService
from authz.resources.collection import Collector, Resources
from authz.resources.documents import SourceFile
from authz.resources.kinds import KUBERNETES_KINDS, ROUTING_KINDS, SECURITY_KINDS
from authz.resources.lint.routes import look_at_routes
from authz.resources.mesh_config import MeshConfig, read_mesh_config
from authz.resources.peer_authentication import PeerAuthentication
from authz.resources.routing.mesh_defaults import read_mesh_defaults

FORWARDED_KINDS = (
    *ROUTING_KINDS,
    *KUBERNETES_KINDS,
    *(kind for kind in SECURITY_KINDS if kind.resource is PeerAuthentication),
)
"""What decides where requests go. A mistake in another resource is not the forwarder's business."""


@dataclass(frozen=True, slots=True)
class LoadedRouting:
    """`view` is None where a problem is an error: such a set is never forwarded by."""

    view: RoutingView | None
    problems: tuple[Problem, ...]
    resources: Resources

    @property
    def is_good(self) -> bool:
        """Whether requests can be routed by it."""
        return self.view is not None

    @property
    def good_view(self) -> RoutingView:
        """The mesh. Raises PolicyError where there is none."""
        if self.view is None:
            raise PolicyError(self.problems)
        return self.view


class RoutingLoader:
    """Loads set after set. Files that stayed the same are not read again."""

    def __init__(self, cluster_domain: str = DEFAULT_CLUSTER_DOMAIN) -> None:
        self._cluster_domain = cluster_domain
        self._collector = Collector(FORWARDED_KINDS)

    def load(
        self, files: Iterable[SourceFile], mesh: SourceFile | None = None, unreadable: Iterable[Problem] = ()
    ) -> LoadedRouting:
        """Read and validate a set; `unreadable`: what could not be read. All problems are found in one run."""
        problems = Problems()
        problems.extend(unreadable)
        config = read_mesh_config(mesh, problems) if mesh else MeshConfig()
        defaults = read_mesh_defaults(mesh, problems) if mesh else MeshDefaults()
        resources = self._collector.collect(files, problems)
        unclear = {problem.where.file for problem in problems if problem.severity is Severity.ERROR}
        services = [one for one in resources.of(VirtualService) if one.where.file not in unclear]
        problems.extend(look_at_routes(services))
        has_errors = problems.has_errors()
        view = None if has_errors else RoutingView(resources, config, defaults, self._cluster_domain)
        return LoadedRouting(view, problems.sorted(), resources)
