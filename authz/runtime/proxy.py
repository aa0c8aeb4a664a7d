"""The proxy that settings describe."""

from authz.forwarder.proxy import AuthorizerSettings, Proxy
from authz.forwarder.settings import ForwardSettings


def proxy_of_settings(settings: ForwardSettings) -> Proxy:
    """What a translation is for."""
    authorizer = AuthorizerSettings(timeout_ms=settings.authorizer_timeout_ms, status_on_error=settings.status_on_error)
    return Proxy(
        namespace=settings.namespace,
        labels=settings.labels,
        role=settings.role,
        service_account=settings.service_account,
        cluster_domain=settings.cluster_domain,
        port_map=settings.port_map,
        authorizer=None if settings.authorizer is None else authorizer,
    )
