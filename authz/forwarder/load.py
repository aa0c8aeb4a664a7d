"""Files -> the mesh as routing needs it, or problems: what `forward`, `routes` and `validate` have in common."""

from dataclasses import dataclass

from authz.mesh.routing_view import RoutingView
from authz.model.errors import PolicyError
from authz.model.garbage import collector_paused
from authz.model.problem import Code, Problem, Problems, Severity
from authz.model.routing.hosts import DEFAULT_CLUSTER_DOMAIN
from authz.model.routing.mesh_defaults import MeshDefaults
from authz.model.routing.virtual_service import VirtualService
from authz.model.where import Where
from authz.resources.collection import Collector, Resources
from authz.resources.documents import SourceFile
from authz.resources.kinds import KUBERNETES_KINDS, ROUTING_KINDS, SECURITY_KINDS
from authz.resources.lint.routes import RouteLinter
from authz.resources.mesh_config import MeshConfig, read_mesh_config
from authz.resources.peer_authentication import PeerAuthentication
from authz.resources.request_authentication import RequestAuthentication
from authz.resources.routing.mesh_defaults import read_mesh_defaults

FORWARDED_KINDS = (
    *ROUTING_KINDS,
    *KUBERNETES_KINDS,
    *(kind for kind in SECURITY_KINDS if kind.resource in {PeerAuthentication, RequestAuthentication}),
)
"""What decides where requests go, tokens among it. A mistake in another resource is not the forwarder's business."""


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


@dataclass(frozen=True, slots=True)
class RoutingFiles:
    """What a set is made of: files as they were read. `origin`: what was asked for, to name it in a problem."""

    origin: str
    files: tuple[SourceFile, ...]
    mesh: SourceFile | None = None
    unreadable: tuple[Problem, ...] = ()


class RoutingLoader:
    """Loads set after set. Files that stayed the same are not read again."""

    def __init__(self, cluster_domain: str = DEFAULT_CLUSTER_DOMAIN) -> None:
        self._cluster_domain = cluster_domain
        self._collector = Collector(FORWARDED_KINDS)
        self._linter = RouteLinter()

    def load(self, source: RoutingFiles, *, allow_empty: bool = True) -> LoadedRouting:
        """Read and validate a set. All problems are found in one run."""
        with collector_paused():
            return self._load(source, allow_empty=allow_empty)

    def _load(self, source: RoutingFiles, *, allow_empty: bool) -> LoadedRouting:
        problems = Problems()
        problems.extend(source.unreadable)
        config = read_mesh_config(source.mesh, problems) if source.mesh else MeshConfig()
        defaults = read_mesh_defaults(source.mesh, problems) if source.mesh else MeshDefaults()
        resources = self._collector.collect(source.files, problems)
        if not resources.read and not allow_empty and not problems.has_errors():
            message = "nothing here says where requests go: no Gateway, VirtualService or service"
            problems.add(Code.NO_RESOURCES, Where(source.origin), "", message)
        unclear = {problem.where.file for problem in problems if problem.severity is Severity.ERROR}
        services = [one for one in resources.of(VirtualService) if one.where.file not in unclear]
        problems.extend(self._linter.look_at(services))
        has_errors = problems.has_errors()
        view = None if has_errors else RoutingView(resources, config, defaults, self._cluster_domain)
        return LoadedRouting(view, problems.sorted(), resources)
