"""Secrets by name: how clusters and listeners ask for them.

Source: istio/istio pilot/pkg/model/credentials/resource.go, pkg/security/security.go (SdsCertificateConfig), pkg/model.
"""

from datetime import timedelta

from authz.forwarder.translate.wrapped import as_duration
from authz.pb.core import AggregatedConfigSource, ApiVersion, ConfigSource
from authz.pb.tls import SdsSecretConfig

WORKLOAD_CERTIFICATE = "default"
MESH_ROOTS = "ROOTCA"
CA_SUFFIX = "-cacert"
FILE_CERTIFICATE = "file-cert:"
FILE_ROOTS = "file-root:"
SYSTEM_ROOTS = f"{FILE_ROOTS}system"
FILE_SEPARATOR = "~"

KUBERNETES = "kubernetes://"
CONFIG_MAP = "configmap://"
_SCHEMES = (KUBERNETES, CONFIG_MAP)
# a listener or a cluster with a secret that is not there waits for as long, and then opens without it
_PATIENCE = timedelta(seconds=1)


def sds_secret(name: str) -> SdsSecretConfig:
    """The secret of a name, by ADS. Without it no handshake succeeds."""
    source = ConfigSource(
        ads=AggregatedConfigSource(), resource_api_version=ApiVersion.V3, initial_fetch_timeout=as_duration(_PATIENCE)
    )
    return SdsSecretConfig(name=name, sds_config=source)


def credential(name: str) -> str:
    """The secret of a `credentialName`, which may say itself what it is; else a secret of the proxy's namespace."""
    return name if name.startswith(_SCHEMES) else f"{KUBERNETES}{name}"


def file_certificate(certificate: str, private_key: str) -> str:
    """The secret of a certificate chain and its key that are files where the proxy runs."""
    return f"{FILE_CERTIFICATE}{certificate}{FILE_SEPARATOR}{private_key}"


def file_roots(path: str) -> str:
    """The secret of authorities in a file where the proxy runs; without a path those of its operating system."""
    return f"{FILE_ROOTS}{path}" if path else SYSTEM_ROOTS
