"""A snapshot as one configuration file."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

from authz.forwarder.snapshot import Snapshot
from authz.forwarder.static import static_configuration
from tests.support import xds
from tests.support.gateways import PROXY

SNAPSHOT = Snapshot.of(
    [
        xds.listener("l", "r", secrets=["kubernetes://a"]),
        xds.routes("r", "a", "b"),
        xds.cluster("a"),
        xds.endpoints("a", 8000),
        xds.cluster("b"),
        xds.secret("kubernetes://a"),
    ]
)
NOBODY = replace(PROXY, authorizer=None)


def made(snapshot: Snapshot = SNAPSHOT, **options: Any) -> dict[str, Any]:
    return static_configuration(snapshot, NOBODY, None, **options)


def static(found: dict[str, Any], kind: str) -> list[dict[str, Any]]:
    listed: list[dict[str, Any]] = found["static_resources"][kind]
    return listed


def test_routes_stand_where_they_are_named() -> None:
    (listener,) = static(made(), "listeners")
    (manager,) = [filter_["typed_config"] for filter_ in listener["filter_chains"][0]["filters"]]

    assert "rds" not in manager
    assert manager["route_config"]["name"] == "r"
    assert manager["route_config"]["virtual_hosts"]


def test_a_name_without_routes_has_none() -> None:
    (listener,) = static(made(Snapshot.of([xds.listener("l", "r")])), "listeners")

    assert listener["filter_chains"][0]["filters"][0]["typed_config"]["route_config"] == {"name": "r"}


def test_clusters_have_their_endpoints_in_themselves() -> None:
    with_some, without = static(made(), "clusters")

    assert with_some["type"] == without["type"] == "STATIC"
    assert "eds_cluster_config" not in with_some
    (place,) = with_some["load_assignment"]["endpoints"]
    assert place["lb_endpoints"][0]["endpoint"]["address"]["socket_address"]["port_value"] == 8000
    assert without["load_assignment"] == {"cluster_name": "b"}


def test_other_clusters_are_as_they_are() -> None:
    (cluster,) = static(made(Snapshot.of([xds.static_cluster("a", 8000)])), "clusters")

    assert cluster["load_assignment"]["endpoints"]


def test_secrets_are_named_and_stand_in_the_same_file() -> None:
    found = made()
    (listener,) = static(found, "listeners")
    common = listener["filter_chains"][0]["transport_socket"]["typed_config"]["common_tls_context"]

    assert common["tls_certificate_sds_secret_configs"] == [{"name": "kubernetes://a"}]
    assert [one["name"] for one in static(found, "secrets")] == ["kubernetes://a"]


def test_keys_are_there_only_where_they_are_wanted() -> None:
    key = "a2V5"  # the key of `xds.secret`, in base64

    assert key not in json.dumps(made())
    assert key in json.dumps(made(with_keys=True))


def test_nothing_comes_by_ads() -> None:
    assert '"ads"' not in json.dumps(made())
    assert "dynamic_resources" not in made()


def test_the_authorizer_is_a_cluster_unless_nobody_is_asked() -> None:
    asked = static_configuration(SNAPSHOT, PROXY, "127.0.0.1:9191")

    assert [one["name"] for one in static(asked, "clusters")] == ["a", "b", "authz"]
    assert [one["name"] for one in static(made(), "clusters")] == ["a", "b"]


def test_it_says_which_proxy_it_is_for() -> None:
    assert made()["node"]["id"].startswith("router~")
    assert made()["layered_runtime"]["layers"]
