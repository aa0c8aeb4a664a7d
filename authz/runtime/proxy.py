"""The proxy that settings describe."""

from authz.forwarder.proxy import AuthorizerSettings, MeshFiles, Proxy
from authz.forwarder.settings import ForwardSettings
from authz.model.errors import SettingsError


def proxy_of_settings(settings: ForwardSettings) -> Proxy:
    """What a translation is for. Raises SettingsError."""
    authorizer = AuthorizerSettings(timeout_ms=settings.authorizer_timeout_ms, status_on_error=settings.status_on_error)
    return Proxy(
        namespace=settings.namespace,
        labels=settings.labels,
        role=settings.role,
        service_account=settings.service_account,
        cluster_domain=settings.cluster_domain,
        port_map=settings.port_map,
        authorizer=None if settings.authorizer is None else authorizer,
        mesh_files=_mesh_files(settings),
    )


def _mesh_files(settings: ForwardSettings) -> MeshFiles | None:
    """Raises SettingsError where some of them are given, and others not."""
    certificate, key, root = settings.envoy_certificate, settings.envoy_key, settings.envoy_root
    if certificate and key and root:
        return MeshFiles(str(certificate), str(key), str(root))
    if certificate or key or root:
        raise SettingsError("forward.envoyCertificate, forward.envoyKey, forward.envoyRoot: all three, or none of them")
    return None
