"""What a gateway does with requests: routing of Istio, settings of connections and header hygiene."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from authz.forwarder.proxy import Proxy
from authz.forwarder.translate.connection_manager import ManagerSettings, connection_manager
from authz.model.path import PathNormalization
from authz.model.routing.mesh_defaults import ForwardClientCert, GatewayTopology, MeshDefaults
from authz.pb.hcm import HttpFilter
from authz.pb.packing import to_json
from authz.resources.mesh_config import MeshConfig
from tests.support.gateways import PROXY, view

SETTINGS = ManagerSettings("http.80", "outbound_0.0.0.0_80")


def manager(
    settings: ManagerSettings = SETTINGS,
    *,
    proxy: Proxy = PROXY,
    mesh: MeshConfig | None = None,
    topology: GatewayTopology | None = None,
) -> dict[str, Any]:
    mesh_view = view(mesh=mesh, defaults=MeshDefaults(topology=topology or GatewayTopology()))
    made = connection_manager(mesh_view, proxy, settings)
    assert made.name == "envoy.filters.network.http_connection_manager"
    return to_json(made)["typed_config"]  # type: ignore[return-value]


def filters(found: dict[str, Any]) -> list[str]:
    return [one["name"].removeprefix("envoy.filters.http.") for one in found["http_filters"]]


def test_requests_are_treated_as_istios_gateways_treat_them() -> None:
    found = manager()
    for field in ("@type", "http_filters", "early_header_mutation_extensions"):
        found.pop(field)

    assert found == {
        "stat_prefix": "outbound_0.0.0.0_80",
        "rds": {
            "route_config_name": "http.80",
            "config_source": {"ads": {}, "initial_fetch_timeout": "0s", "resource_api_version": "V3"},
        },
        "server_name": "istio-envoy",
        "stream_idle_timeout": "0s",
        "use_remote_address": True,
        "forward_client_cert_details": "SANITIZE_SET",
        "set_current_client_cert_details": {"subject": True, "cert": True, "dns": True, "uri": True},
        "proxy_100_continue": True,
        "upgrade_configs": [{"upgrade_type": "websocket"}],
        "normalize_path": True,
        "path_with_escaped_slashes_action": "KEEP_UNCHANGED",
    }


def test_the_authorizer_comes_before_all_that_answers() -> None:
    assert filters(manager()) == ["ext_authz", "fault", "cors", "router"]


def test_without_an_authorizer_the_rest_is_the_same() -> None:
    assert filters(manager(proxy=replace(PROXY, authorizer=None))) == ["fault", "cors", "router"]


def test_what_reads_tokens_comes_first_of_all() -> None:
    tokens = (HttpFilter(name="envoy.filters.http.tokens"),)

    assert filters(manager(replace(SETTINGS, token_filters=tokens))) == [
        "tokens",
        "ext_authz",
        "fault",
        "cors",
        "router",
    ]


def test_calls_of_browsers_are_decided_about_before_they_are_turned_into_grpc() -> None:
    found = filters(manager(replace(SETTINGS, reads_grpc_web=True)))

    assert found == ["ext_authz", "grpc_web", "fault", "cors", "router"]


@pytest.mark.parametrize(
    "mode, normalizes, merges, slashes",
    [
        (PathNormalization.NONE, False, None, "KEEP_UNCHANGED"),
        (PathNormalization.BASE, True, None, "KEEP_UNCHANGED"),
        (PathNormalization.MERGE_SLASHES, True, True, "KEEP_UNCHANGED"),
        (PathNormalization.DECODE_AND_MERGE_SLASHES, True, True, "UNESCAPE_AND_FORWARD"),
    ],
)
def test_paths_are_in_the_form_that_the_mesh_says(
    mode: PathNormalization, *, normalizes: bool, merges: bool | None, slashes: str
) -> None:
    found = manager(mesh=MeshConfig(path_normalization=mode))

    assert found["normalize_path"] is normalizes
    assert found.get("merge_slashes") is merges
    assert found["path_with_escaped_slashes_action"] == slashes


def test_every_mode_of_paths_is_one_of_these() -> None:
    assert {mode.name for mode in PathNormalization} == {"NONE", "BASE", "MERGE_SLASHES", "DECODE_AND_MERGE_SLASHES"}


def test_the_proxies_in_front_are_counted() -> None:
    assert manager(topology=GatewayTopology(num_trusted_proxies=2))["xff_num_trusted_hops"] == 2


@pytest.mark.parametrize("mode", list(ForwardClientCert))
def test_what_clients_say_of_certificates_is_treated_as_the_mesh_says(mode: ForwardClientCert) -> None:
    found = manager(topology=GatewayTopology(forward_client_cert=mode))

    assert found.get("forward_client_cert_details", "SANITIZE") == mode.value
    says = "set_current_client_cert_details" in found
    assert says is (mode in {ForwardClientCert.SANITIZE_SET, ForwardClientCert.APPEND_FORWARD})


def test_no_client_says_who_it_is_in_the_words_of_proxies() -> None:
    (found,) = manager()["early_header_mutation_extensions"]

    assert found["typed_config"]["mutations"] == [
        {"remove": "x-envoy-peer-metadata"},
        {"remove": "x-envoy-peer-metadata-id"},
    ]


def test_it_is_the_same_whenever_it_is_made() -> None:
    assert manager() == manager()
