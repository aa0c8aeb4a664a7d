"""What routing needs to know of Kubernetes' own kinds: services, their endpoints, pods, namespaces, secrets.

Source: the Kubernetes API reference, core/v1 and discovery.k8s.io/v1; for the annotations istio/istio
pilot/pkg/serviceregistry/kube/conversion.go.
"""

from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum

from authz.model.routing.visibility import ExportTo
from authz.model.where import Where
from authz.model.workload import Labels


@dataclass(frozen=True, slots=True)
class KubernetesPort:
    """A port of a Service. `name` may be empty where there is only one. `transport`: TCP, UDP or SCTP.

    `target_port`: a number, the name of a port of the pods, or None: the same as `number`.
    """

    number: int
    name: str
    transport: str
    app_protocol: str | None
    target_port: int | str | None


@dataclass(frozen=True, slots=True)
class Service:
    """One service. `cluster_ips`: empty of a headless one, and where nobody has given it one yet.

    `external_name`: empty, unless the service is an alias. `selector` None: its endpoints are made by hand.
    `export_to` None: as the mesh has it. `service_accounts`: those that the annotation
    `alpha.istio.io/kubernetes-serviceaccounts` allows beside the endpoints' own.
    """

    namespace: str
    name: str
    ports: tuple[KubernetesPort, ...]
    cluster_ips: tuple[str, ...]
    is_headless: bool
    external_name: str
    selector: Labels | None
    export_to: ExportTo | None
    service_accounts: tuple[str, ...]
    created: datetime | None
    where: Where

    @property
    def key(self) -> tuple[str, str]:
        """Namespace and name: what it is known by."""
        return self.namespace, self.name


class AddressType(Enum):
    """What the addresses of a slice are. Istio uses none of FQDN."""

    IPV4 = "IPv4"
    IPV6 = "IPv6"
    FQDN = "FQDN"


@dataclass(frozen=True, slots=True)
class SliceEndpoint:
    """One backend. `is_ready`: unless it says that it is not, as one does that goes away. `pod`: its name, or empty."""

    addresses: tuple[str, ...]
    is_ready: bool = True
    pod: str = ""
    zone: str = ""
    node: str = ""


@dataclass(frozen=True, slots=True)
class SlicePort:
    """A port of every endpoint of a slice, by the name of the service's port. `number` None: no port at all."""

    name: str
    number: int | None
    transport: str = "TCP"


@dataclass(frozen=True, slots=True)
class EndpointSlice:
    """Some of the endpoints of a service. `service`: its name, or empty: the slice is of none."""

    namespace: str
    name: str
    service: str
    address_type: AddressType
    endpoints: tuple[SliceEndpoint, ...]
    ports: tuple[SlicePort, ...]
    created: datetime | None
    where: Where

    @property
    def key(self) -> tuple[str, str]:
        """Namespace and name: what it is known by."""
        return self.namespace, self.name


@dataclass(frozen=True, slots=True)
class Pod:
    """What a pod is called and where it is found. `ports`: its named container ports.

    `is_ready`: it has an address, is neither finished nor being deleted, and does not say that it is not ready.
    """

    namespace: str
    name: str
    labels: Labels
    service_account: str
    addresses: tuple[str, ...]
    ports: tuple[tuple[str, int], ...]
    node: str
    is_ready: bool
    created: datetime | None
    where: Where

    @property
    def key(self) -> tuple[str, str]:
        """Namespace and name: what it is known by."""
        return self.namespace, self.name


@dataclass(frozen=True, slots=True)
class Namespace:
    """A namespace and its labels. `namespace` has no meaning."""

    namespace: str
    name: str
    labels: Labels
    created: datetime | None
    where: Where


@dataclass(frozen=True, slots=True)
class KeyPair:
    """A certificate chain and its key, PEM. Never shown."""

    certificate: bytes = field(repr=False)
    private_key: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Secret:
    """A secret, decoded; what is in it is never shown."""

    namespace: str
    name: str
    type: str
    data: tuple[tuple[str, bytes], ...] = field(repr=False)
    created: datetime | None
    where: Where

    @property
    def key(self) -> tuple[str, str]:
        """Namespace and name: what it is known by."""
        return self.namespace, self.name

    def get(self, key: str) -> bytes:
        """The bytes under a key; none where it is missing."""
        return dict(self.data).get(key, b"")

    @property
    def key_pair(self) -> KeyPair | None:
        """`cert` and `key`, else `tls.crt` and `tls.key`; None unless both are there.

        Source: istio/istio pilot/pkg/credentials/kube/secrets.go.
        """
        for certificate, private_key in (("cert", "key"), ("tls.crt", "tls.key")):
            if self.get(certificate) and self.get(private_key):
                return KeyPair(self.get(certificate), self.get(private_key))
        return None

    @property
    def ca_certificates(self) -> bytes:
        """`cacert`, else `ca.crt`, PEM; empty where there is none."""
        return self.get("cacert") or self.get("ca.crt")

    @property
    def crl(self) -> bytes:
        """`crl`, else `ca.crl`, PEM; empty where there is none."""
        return self.get("crl") or self.get("ca.crl")
