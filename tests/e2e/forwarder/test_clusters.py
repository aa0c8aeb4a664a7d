"""Every shape of cluster that is generated is one that Envoy takes."""

from __future__ import annotations

import json
import subprocess
from typing import TYPE_CHECKING, Any

import pytest

from authz.forwarder.proxy import Proxy
from authz.forwarder.references import TypeUrl
from authz.forwarder.snapshot import Snapshot
from authz.forwarder.supervisor import find_envoy
from authz.forwarder.translate.clusters import WantedClusters, translate_clusters
from authz.mesh.routing_view import RoutingView
from authz.model.routing.locality import parse_locality
from authz.model.routing.mesh_defaults import MeshDefaults
from authz.model.routing.traffic_policy import TcpKeepalive
from authz.model.workload import Role
from tests.support.cluster_variants import SMALL, VARIANTS
from tests.support.mesh import mesh_resources
from tests.support.pki import Authority

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.e2e


def without_ads(json: Any) -> Any:
    """The same, with secrets that are in the bootstrap."""
    if isinstance(json, list):
        return [without_ads(one) for one in json]
    if not isinstance(json, dict):
        return json
    return {key: without_ads(value) for key, value in json.items() if key != "sds_config"}


def secrets_of(snapshot: Snapshot) -> list[dict[str, Any]]:
    """A secret of each name that clusters have."""
    authority = Authority()
    pair = authority.issue()
    names = {one.missing.name for one in snapshot.dangling_references() if one.missing.type_url is TypeUrl.SECRET}
    assert {"default", "ROOTCA", "file-root:system", "kubernetes://a"} <= names
    certificate = {
        "certificate_chain": {"inline_string": pair.certificate.decode()},
        "private_key": {"inline_string": pair.key.decode()},
    }
    roots = {"trusted_ca": {"inline_string": authority.certificate.decode()}}
    return [
        {"name": name, "validation_context": roots}
        if name == "ROOTCA" or name.startswith("file-root:") or name.endswith("-cacert")
        else {"name": name, "tls_certificate": certificate}
        for name in sorted(names)
    ]


def by_ads(snapshot: Snapshot) -> dict[str, Any]:
    """Clusters as they are, with what they get by ADS left out: Envoy looks at all the rest."""
    pilot = {
        "name": "xds",
        "type": "STATIC",
        "load_assignment": {
            "cluster_name": "xds",
            "endpoints": [
                {
                    "lb_endpoints": [
                        {"endpoint": {"address": {"socket_address": {"address": "127.0.0.1", "port_value": 1}}}}
                    ]
                }
            ],
        },
    }
    # a static cluster cannot have secrets by ADS: Envoy 1.40 crashes at one of a dynamic forward proxy
    clusters = [without_ads(cluster) for cluster in snapshot.to_json()["clusters"]]
    ads = {
        "api_type": "GRPC",
        "transport_api_version": "V3",
        "grpc_services": [{"envoy_grpc": {"cluster_name": "xds"}}],
    }
    return {
        "node": {"id": "a", "cluster": "a"},
        "dynamic_resources": {"ads_config": ads},
        "static_resources": {"clusters": [pilot, *clusters], "secrets": secrets_of(snapshot)},
    }


def with_endpoints(snapshot: Snapshot) -> dict[str, Any]:
    """Clusters with the endpoints that they would get by ADS."""
    config = by_ads(snapshot)
    assignments = {one["cluster_name"]: one for one in snapshot.to_json()["endpoints"]}  # type: ignore[index, call-overload]
    for cluster in config["static_resources"]["clusters"]:
        if cluster.get("type") == "EDS":
            del cluster["eds_cluster_config"]
            cluster["type"] = "STATIC"
            cluster["load_assignment"] = assignments[cluster["name"]]
    return config


OTHER = MeshDefaults(h2_upgrade=True, tcp_keepalive=TcpKeepalive())


@pytest.mark.parametrize(
    ("role", "config_of", "documents", "defaults"),
    [
        (Role.GATEWAY, by_ads, list(VARIANTS.values()), MeshDefaults()),
        (Role.GATEWAY, with_endpoints, SMALL, MeshDefaults()),
        (Role.SIDECAR, with_endpoints, SMALL, OTHER),
    ],
    ids=["gateway", "gateway with endpoints", "sidecar with endpoints"],
)
def test_envoy_takes_every_cluster(
    tmp_path: Path, role: Role, config_of: Any, documents: list[str], defaults: MeshDefaults
) -> None:
    view = RoutingView(mesh_resources(*documents), defaults=defaults)
    where = parse_locality("r1/z1/s1")
    proxy = Proxy("ns", frozenset({("a", "b")}), role, locality=where, addresses=("127.0.0.1",))
    snapshot = Snapshot.of(translate_clusters(view, proxy, WantedClusters(passed_on=True)).resources)
    assert len(snapshot.of_type(TypeUrl.CLUSTER)) > len(documents)
    path = tmp_path / "envoy.json"
    path.write_text(json.dumps(config_of(snapshot)))
    done = subprocess.run(
        [find_envoy(), "--mode", "validate", "-c", str(path), "--log-level", "warning"],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
