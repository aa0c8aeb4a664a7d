"""Kubernetes' secrets, and files, as Envoy is told of them.

Source: istio/istio pilot/pkg/credentials/kube/secrets.go and pilot/pkg/model/credentials/resource.go.
"""

from collections.abc import Iterable, Iterator, Mapping

from authz.forwarder.proxy import Proxy
from authz.forwarder.references import TypeUrl
from authz.forwarder.snapshot import Resource
from authz.forwarder.translate.file_secrets import certificate_secret, file_secret, roots_secret
from authz.forwarder.translate.remarks import Remark
from authz.forwarder.translate.sds import CA_SUFFIX, KUBERNETES, MESH_ROOTS, WORKLOAD_CERTIFICATE
from authz.mesh.routing_view import RoutingView
from authz.model.where import Where
from authz.pb.core import DataSource
from authz.pb.tls import CertificateValidationContext, Secret, TlsCertificate

_NOWHERE: Mapping[str, Where] = {}
SYSTEM_ROOTS_FILE = "/etc/ssl/certs/ca-certificates.crt"


def translate_secrets(
    view: RoutingView, proxy: Proxy, resources: Iterable[Resource], places: Mapping[str, Where] = _NOWHERE
) -> Iterator[tuple[Resource | None, Remark | None]]:
    """The secrets that resources name, or a remark on each that is not to be had.

    `places`: where somebody has written that it needs a secret; of others it is the origin of the resource.
    """
    wanted: dict[str, Where] = {}
    for resource in resources:
        for reference in resource.references:
            if reference.type_url is TypeUrl.SECRET:
                wanted.setdefault(reference.name, places.get(reference.name) or resource.origin or Where(""))
    for name in sorted(wanted):
        found, refused = _secret(view, proxy, name)
        if found is not None:
            yield found, None
        else:
            yield None, Remark(wanted[name], f"{name}: {refused}; connections that need it are reset")


def _secret(view: RoutingView, proxy: Proxy, name: str) -> tuple[Resource | None, str]:
    if name in {WORKLOAD_CERTIFICATE, MESH_ROOTS}:
        return _of_mesh(proxy, name)
    if not name.startswith(KUBERNETES):
        found = file_secret(name, SYSTEM_ROOTS_FILE)
        return (Resource.of(found), "") if found else (None, "there is no such secret here")
    namespace, _, short = name.removeprefix(KUBERNETES).rpartition("/")
    if namespace not in {"", proxy.namespace}:
        return None, f"a secret of another namespace than the proxy's, {proxy.namespace}"
    if short.endswith(CA_SUFFIX):
        return _authorities(view, proxy, name, short)
    return _certificate(view, proxy, name, short)


def _of_mesh(proxy: Proxy, name: str) -> tuple[Resource | None, str]:
    """What Istio's agent gets from the mesh's authority: here they are files that somebody provides."""
    files = proxy.mesh_files
    if files is None:
        return None, "the proxy has no certificate of the mesh (--envoy-certificate, --envoy-key, --envoy-root)"
    if name == MESH_ROOTS:
        return Resource.of(roots_secret(name, files.roots)), ""
    return Resource.of(certificate_secret(name, files.certificate, files.private_key)), ""


def _certificate(view: RoutingView, proxy: Proxy, name: str, short: str) -> tuple[Resource | None, str]:
    secret = view.secret(proxy.namespace, short)
    if secret is None:
        return None, f"there is no Secret {proxy.namespace}/{short}"
    pair = secret.key_pair
    if pair is None:
        wanted = "neither tls.crt and tls.key, nor cert and key"
        return None, f"Secret {secret.namespace}/{secret.name} has no key pair: {wanted}"
    certificate = TlsCertificate(
        certificate_chain=DataSource(inline_bytes=pair.certificate),
        private_key=DataSource(inline_bytes=pair.private_key),
    )
    return Resource.of(Secret(name=name, tls_certificate=certificate), secret.where), ""


def _authorities(view: RoutingView, proxy: Proxy, name: str, short: str) -> tuple[Resource | None, str]:
    """Authorities, of a secret of its own, else of the one that the certificate is in."""
    plain = short.removesuffix(CA_SUFFIX)
    secret = view.secret(proxy.namespace, short) or view.secret(proxy.namespace, plain)
    if secret is None:
        return None, f"there is neither a Secret {proxy.namespace}/{short} nor {proxy.namespace}/{plain}"
    if not secret.ca_certificates:
        return None, f"Secret {secret.namespace}/{secret.name} has no authorities: neither ca.crt nor cacert"
    context = CertificateValidationContext(trusted_ca=DataSource(inline_bytes=secret.ca_certificates))
    if secret.crl:
        context.crl.CopyFrom(DataSource(inline_bytes=secret.crl))
    return Resource.of(Secret(name=name, validation_context=context), secret.where), ""
