"""The mesh at one moment: its configuration and its policies, ready to be asked by workload."""

from collections.abc import Iterable

from authz.mesh.attachment import AttachedPolicies, Scope
from authz.mesh.peer_authentication import EffectiveMtls, PeerAuthentications
from authz.model.workload import Workload
from authz.resources.authorization_policy import AuthorizationPolicy
from authz.resources.mesh_config import MeshConfig
from authz.resources.peer_authentication import PeerAuthentication
from authz.resources.request_authentication import RequestAuthentication


class MeshView:
    """Immutable."""

    def __init__(
        self,
        config: MeshConfig,
        policies: Iterable[AuthorizationPolicy],
        peer_authentications: Iterable[PeerAuthentication] = (),
        request_authentications: Iterable[RequestAuthentication] = (),
    ) -> None:
        self.config = config
        self._policies = AttachedPolicies(policies, config.root_namespace)
        self._request_authentications = AttachedPolicies(request_authentications, config.root_namespace)
        self._peer_authentications = PeerAuthentications(peer_authentications, config.root_namespace)

    @property
    def policies(self) -> tuple[AuthorizationPolicy, ...]:
        """Every AuthorizationPolicy, by namespace and name."""
        return self._policies.all

    @property
    def request_authentications(self) -> tuple[RequestAuthentication, ...]:
        """Every RequestAuthentication, by namespace and name."""
        return self._request_authentications.all

    def scope(self, workload: Workload) -> Scope[AuthorizationPolicy]:
        """The AuthorizationPolicies that are for a workload."""
        return self._policies.scope(workload)

    def token_scope(self, workload: Workload) -> Scope[RequestAuthentication]:
        """The RequestAuthentications that are for a workload."""
        return self._request_authentications.scope(workload)

    def mtls(self, workload: Workload) -> EffectiveMtls | None:
        """What PeerAuthentication asks for at a workload; None where it asks nothing. Raises UndecidedMtlsError."""
        return self._peer_authentications.effective(workload)
