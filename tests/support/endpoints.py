"""Endpoints of the registry, as tests need them."""

from authz.mesh.registry import Endpoint, KnownWorkload, TlsMode
from authz.mesh.registry.endpoint import place_labels
from authz.model.routing.locality import parse_locality
from authz.model.routing.workload_entry import AddressKind
from authz.model.where import Where

NOWHERE = Where("")


def endpoint(
    address: str = "10.0.0.1",
    port: int = 8080,
    *,
    locality: str = "",
    weight: int = 1,
    labels: dict[str, str] | None = None,
    kind: AddressKind = AddressKind.IP,
    tls: TlsMode = TlsMode.DISABLED,
    account: str = "",
    namespace: str = "default",
    network: str = "",
) -> Endpoint:
    """`locality`: `REGION/ZONE/SUBZONE`."""
    own = frozenset((labels or {}).items())
    where = parse_locality(locality)
    workload = KnownWorkload(
        namespace,
        "",
        kind,
        (address,),
        NOWHERE,
        labels=own,
        weight=weight,
        locality=where,
        network=network,
        tls_mode=tls,
        service_account=account,
    )
    return Endpoint(address, port, workload, place_labels(own, where, network=network), where)
