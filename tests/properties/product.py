"""The product, asked about a situation of the strategies."""

import datetime as dt
import json
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any
from urllib.parse import quote

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from authz.decision.engine import Engine, EngineSettings
from authz.decision.load import PolicyFiles, load_set
from authz.model.request import Request
from authz.model.settings import BareRequestPrincipals, DecidingSettings
from authz.model.workload import Role, Workload, parse_target
from authz.resources.documents import SourceFile
from tests import reference

_KEY = ec.generate_private_key(ec.SECP256R1())
_DAY = dt.timedelta(days=1)


def engine_for(policies: Sequence[reference.Policy], mesh: reference.Mesh, bare: str = "istio") -> Engine:
    """The engine of a policy set, read from a file as users would write it."""
    text = "\n---\n".join(json.dumps(policy, ensure_ascii=False) for policy in policies)
    files = (SourceFile("policies.yaml", text.encode()),)
    source = PolicyFiles("policies", files, SourceFile("mesh.json", json.dumps(mesh).encode()))
    settings = EngineSettings(DecidingSettings(BareRequestPrincipals(bare)))
    loaded = load_set(source, settings, allow_empty=True)
    if loaded.engine is None:
        raise AssertionError("\n".join(map(str, loaded.problems)))
    return loaded.engine


def request_for(request: reference.Request, workload: reference.Workload) -> Request:
    """The same request in the product's words. Header lines that the proxy merges arrive merged."""
    certificate = certificate_for(request.peer_names) if len(request.peer_names) > 1 else ""
    return Request(
        method=request.method,
        path=request.path,
        host=request.host,
        scheme=request.scheme,
        headers=_merged(request.headers) if request.header_form == "merged" else request.headers,
        source_ip=request.source_ip or "",
        destination_ip=request.destination_ip or "",
        destination_port=request.destination_port,
        principal=request.peer_names[0] if request.peer_names else "",
        certificate=certificate,
        sni=request.sni,
        claims=request.claims,
        dynamic_metadata=request.metadata,
        workload=workload_for(workload),
        protocol=request.protocol,
    )


def workload_for(workload: reference.Workload) -> Workload:
    """The same workload in the product's words."""
    return Workload(
        namespace=workload.namespace,
        labels=frozenset(workload.labels.items()),
        service_account=workload.service_account,
        role=Role(workload.role),
        gateways=frozenset(map(parse_target, workload.gateways)),
        services=frozenset(map(parse_target, workload.services)),
        service_entries=frozenset(map(parse_target, workload.service_entries)),
    )


def _merged(lines: Sequence[tuple[str, str]]) -> tuple[tuple[str, str], ...]:
    joined: dict[str, str] = {}
    for name, value in lines:
        joined[name.lower()] = f"{joined[name.lower()]},{value}" if name.lower() in joined else value
    return tuple(joined.items())


@lru_cache(maxsize=1000)
def certificate_for(names: tuple[str, ...]) -> str:
    """A certificate with these names, as Envoy sends it: URI SANs, DNS SANs, `CN=...` as subject."""
    subjects = [name.removeprefix("CN=") for name in names if name.startswith("CN=")]
    uris = [name for name in names if "://" in name]
    others = [name for name in names if "://" not in name and not name.startswith("CN=")]
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text) for text in subjects])
    now = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "test")]))
        .public_key(_KEY.public_key())
        .serial_number(1)
        .not_valid_before(now)
        .not_valid_after(now + _DAY)
    )
    sans: list[x509.GeneralName] = [*map(x509.UniformResourceIdentifier, uris), *map(x509.DNSName, others)]
    if sans:
        builder = builder.add_extension(x509.SubjectAlternativeName(sans), critical=False)
    pem = builder.sign(_KEY, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)
    return quote(pem.decode())


def document(action: str, rules: Sequence[Mapping[str, Any]], name: str = "extra", namespace: str = "foo") -> Any:
    """A policy for all workloads of a namespace."""
    return {
        "apiVersion": "security.istio.io/v1",
        "kind": "AuthorizationPolicy",
        "metadata": {"name": name, "namespace": namespace},
        "spec": {"action": action, "rules": list(rules)},
    }
