"""TLS towards what a client connects to: `tls` of a DestinationRule.

Source: istio/api networking/v1alpha3/destination_rule.proto, ClientTLSSettings.
"""

from dataclasses import dataclass, field
from enum import Enum

from authz.model.where import Where


class ClientTlsMode(Enum):
    """DISABLE is plain text, and said on purpose: it also turns mutual TLS of the mesh off."""

    DISABLE = "DISABLE"
    SIMPLE = "SIMPLE"
    MUTUAL = "MUTUAL"
    ISTIO_MUTUAL = "ISTIO_MUTUAL"


@dataclass(frozen=True, slots=True)
class ClientTls:
    """Texts that are not given are empty. Without CA and credential a server is verified by the system's roots.

    `credential_name`: as written, of a secret in the proxy's namespace; beside it no files are given.
    `client_certificate`, `private_key`, `ca_certificates`, `ca_crl`: paths of files where the proxy runs; with
    ISTIO_MUTUAL they count nothing. `sni` empty: the host that the client asked for.
    """

    mode: ClientTlsMode
    credential_name: str = ""
    client_certificate: str = ""
    private_key: str = ""
    ca_certificates: str = ""
    ca_crl: str = ""
    sni: str = ""
    subject_alt_names: tuple[str, ...] = ()
    insecure_skip_verify: bool = False
    where: Where = field(default=Where(""), compare=False)
