"""Which services there are, who sees them, and where their endpoints are.

Front door: `build_registry`, which gives an immutable `Registry`; `Registry.seen_from` is the view of one namespace.
Pure; imports `resources` and `model`.
"""

from authz.mesh.registry.build import RegistrySettings, RegistrySources, build_registry
from authz.mesh.registry.endpoint import Endpoint, KnownWorkload, TlsMode
from authz.mesh.registry.registry import Registry, ServiceTarget
from authz.mesh.registry.service import Discovery, MeshPort, MeshService, Origin
from authz.mesh.registry.visible import VisibleServices

__all__ = [
    "Discovery",
    "Endpoint",
    "KnownWorkload",
    "MeshPort",
    "MeshService",
    "Origin",
    "Registry",
    "RegistrySettings",
    "RegistrySources",
    "ServiceTarget",
    "TlsMode",
    "VisibleServices",
    "build_registry",
]
