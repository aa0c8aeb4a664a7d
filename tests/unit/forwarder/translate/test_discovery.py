from datetime import timedelta
from typing import Any

import pytest

from authz.forwarder.translate.discovery import add_discovery, add_dynamic, cluster_type, dns_cache, port_override
from authz.mesh.registry import Discovery, MeshPort, MeshService, Origin
from authz.model.routing.hosts import parse_host
from authz.model.routing.mesh_defaults import MeshDefaults
from authz.model.routing.protocol import Protocol
from authz.model.routing.visibility import PUBLIC
from authz.model.where import Where
from authz.model.workload import Role
from authz.pb.cluster import Cluster
from authz.pb.packing import to_json

PORT = MeshPort(80, "http", Protocol.HTTP)


def service(discovery: Discovery, host: str = "a.example.com") -> MeshService:
    return MeshService(
        host=parse_host(host),
        namespace="ns",
        name="a",
        origin=Origin.SERVICE_ENTRY,
        discovery=discovery,
        ports=(PORT,),
        addresses=(),
        is_external=True,
        export_to=PUBLIC,
        server_names=(),
        service_accounts=(),
        selector=None,
        alias_of="",
        created=None,
        where=Where("a.yaml", 1),
    )


@pytest.mark.parametrize(
    ("discovery", "at_gateway", "at_sidecar"),
    [
        (Discovery.ENDPOINTS, Cluster.EDS, Cluster.EDS),
        (Discovery.HEADLESS, Cluster.EDS, Cluster.ORIGINAL_DST),
        (Discovery.ORIGINAL, Cluster.EDS, Cluster.ORIGINAL_DST),
        (Discovery.DNS, Cluster.STRICT_DNS, Cluster.STRICT_DNS),
        (Discovery.DNS_ROUND_ROBIN, Cluster.LOGICAL_DNS, Cluster.LOGICAL_DNS),
    ],
)
def test_a_gateway_never_sends_where_a_client_wanted_to_go(
    discovery: Discovery, at_gateway: int, at_sidecar: int
) -> None:
    assert cluster_type(service(discovery), Role.GATEWAY) == at_gateway
    assert cluster_type(service(discovery), Role.SIDECAR) == at_sidecar


def discovering(kind: int, override: int | None = None, addresses: tuple[str, ...] = ()) -> Any:
    cluster = Cluster(name="c", type=kind)
    add_discovery(cluster, override, addresses, MeshDefaults())
    return to_json(cluster)


def test_known_endpoints_come_by_ads_and_are_waited_for() -> None:
    assert discovering(Cluster.EDS) == {
        "name": "c",
        "type": "EDS",
        "eds_cluster_config": {
            "eds_config": {"ads": {}, "initial_fetch_timeout": "0s", "resource_api_version": "V3"},
        },
    }


@pytest.mark.parametrize("kind", [Cluster.STRICT_DNS, Cluster.LOGICAL_DNS])
def test_names_are_looked_up_as_often_as_their_answers_say(kind: int) -> None:
    made = discovering(kind)
    assert (made["respect_dns_ttl"], made["dns_refresh_rate"], made["dns_jitter"]) == (True, "60s", "0.100s")
    assert made["typed_dns_resolver_config"]["typed_config"]["udp_max_queries"] == 100


def test_names_are_not_looked_up_faster_than_envoy_takes() -> None:
    cluster = Cluster(type=Cluster.STRICT_DNS)
    add_discovery(cluster, None, (), MeshDefaults(dns_refresh_rate=timedelta(milliseconds=1)))
    assert cluster.dns_refresh_rate.ToTimedelta() == timedelta(milliseconds=2)


@pytest.mark.parametrize(
    ("addresses", "family"),
    [
        ((), "V4_ONLY"),
        (("10.0.0.1",), "V4_ONLY"),
        (("10.0.0.1", "fd00::1"), "V4_ONLY"),
        (("fd00::1", "fd00::2"), "V6_ONLY"),
    ],
)
def test_a_proxy_looks_up_addresses_of_its_own_family(addresses: tuple[str, ...], family: str) -> None:
    assert discovering(Cluster.STRICT_DNS, addresses=addresses)["dns_lookup_family"] == family
    assert to_json(dns_cache(service(Discovery.DYNAMIC_DNS), addresses)).get("dns_lookup_family", "AUTO") == family


@pytest.mark.parametrize(("target", "override"), [(None, None), (80, None), (8080, 8080), ("named", None)])
def test_the_port_of_the_original_destination_can_be_another(target: int | str | None, override: int | None) -> None:
    port = MeshPort(80, "http", Protocol.HTTP, target)
    assert port_override(service(Discovery.ORIGINAL), port) == override
    assert port_override(service(Discovery.HEADLESS), port) is None
    made = discovering(Cluster.ORIGINAL_DST, override)
    assert made.get("original_dst_lb_config", {}).get("upstream_port_override") == override


@pytest.mark.parametrize("is_insecure", [True, False])
def test_the_host_of_a_request_is_looked_up_in_the_cache_of_its_service(*, is_insecure: bool) -> None:
    cluster = Cluster()
    cache = dns_cache(service(Discovery.DYNAMIC_DNS, "*.example.com"), ())
    add_dynamic(cluster, cache, is_insecure=is_insecure)
    made: Any = to_json(cluster)
    config = made["cluster_type"]["typed_config"]
    assert made["lb_policy"] == "CLUSTER_PROVIDED"
    assert config["dns_cache_config"]["name"] == "*.example.com_dfp_dns_cache"
    assert config.get("allow_insecure_cluster_options", False) is is_insecure
