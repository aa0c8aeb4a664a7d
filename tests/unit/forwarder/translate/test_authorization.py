"""How the authorizer stands in filters: it is asked about everything, and no answer lets nothing pass."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from authz.forwarder.proxy import AuthorizerSettings, Proxy
from authz.forwarder.translate.authorization import (
    HTTP_FILTER,
    add_authorization,
    connection_authorization,
    http_authorization,
    workload_texts,
)
from authz.model.workload import Role
from authz.pb.packing import to_json
from authz.pb.route import RouteConfiguration
from tests.support.gateways import PROXY

NAMED = replace(PROXY, service_account="ingress", labels=frozenset({("b", "2"), ("a", "1")}))
NOBODY = replace(PROXY, authorizer=None)
METADATA = [
    {"key": "authz-namespace", "value": "istio-system"},
    {"key": "authz-labels", "value": "a=1,b=2"},
    {"key": "authz-role", "value": "gateway"},
    {"key": "authz-service-account", "value": "ingress"},
]


def http(proxy: Proxy) -> dict[str, Any]:
    (made,) = http_authorization(proxy)
    assert made.name == HTTP_FILTER
    return to_json(made)["typed_config"]  # type: ignore[return-value]


def network(proxy: Proxy) -> dict[str, Any]:
    (made,) = connection_authorization(proxy, "outbound|80||a")
    assert made.name == "envoy.filters.network.ext_authz"
    return to_json(made)["typed_config"]  # type: ignore[return-value]


def test_requests_are_asked_about_with_all_that_a_decision_can_need() -> None:
    settings = AuthorizerSettings(cluster="asked", timeout_ms=1500, status_on_error=503)
    found = http(replace(NAMED, authorizer=settings))
    found.pop("@type")

    assert found == {
        "transport_api_version": "V3",
        "grpc_service": {
            "envoy_grpc": {"cluster_name": "asked"},
            "timeout": "1.500s",
            "initial_metadata": METADATA,
        },
        "status_on_error": {"code": "ServiceUnavailable"},
        "encode_raw_headers": True,
        "include_peer_certificate": True,
        "include_tls_session": True,
        "bootstrap_metadata_labels_key": "LABELS",
    }


def test_connections_are_asked_about_with_the_same() -> None:
    found = network(NAMED)
    found.pop("@type")

    assert found == {
        "stat_prefix": "outbound|80||a",
        "transport_api_version": "V3",
        "grpc_service": {"envoy_grpc": {"cluster_name": "authz"}, "timeout": "1s", "initial_metadata": METADATA},
        "include_peer_certificate": True,
        "include_tls_session": True,
        "bootstrap_metadata_labels_key": "LABELS",
    }


def test_no_answer_is_never_allowed_by_the_filter() -> None:
    for found in (http(PROXY), network(PROXY)):
        assert "failure_mode_allow" not in found
        assert "filter_enabled" not in found
        assert "filter_enabled_metadata" not in found


def test_the_route_is_not_chosen_anew_after_the_answer() -> None:
    found = http(PROXY)

    assert "clear_route_cache" not in found
    assert "metadata_context_namespaces" not in found


def test_nobody_is_asked_where_that_is_meant() -> None:
    config = RouteConfiguration()
    add_authorization(config, NOBODY)

    assert http_authorization(NOBODY) == ()
    assert connection_authorization(NOBODY, "a") == ()
    assert config == RouteConfiguration()


def test_route_configurations_say_whose_requests_theirs_are() -> None:
    config = RouteConfiguration()
    add_authorization(config, NAMED)

    (found,) = to_json(config)["typed_per_filter_config"].values()  # type: ignore[union-attr]
    assert found["check_settings"] == {  # type: ignore[index, call-overload]
        "context_extensions": {
            "namespace": "istio-system",
            "labels": "a=1,b=2",
            "role": "gateway",
            "service_account": "ingress",
        }
    }


def test_what_is_not_known_is_not_said_but_that_there_are_no_labels_is() -> None:
    assert workload_texts(Proxy("ns", role=Role.SIDECAR)) == {"namespace": "ns", "labels": "", "role": "sidecar"}


def test_in_metadata_that_there_are_no_labels_is_said_with_a_comma_since_envoy_leaves_out_what_is_empty() -> None:
    for found in (http(Proxy("ns")), network(Proxy("ns"))):
        said = {one["key"]: one["value"] for one in found["grpc_service"]["initial_metadata"]}
        assert said == {"authz-namespace": "ns", "authz-labels": ",", "authz-role": "gateway"}


def test_metadata_says_what_labels_say_and_nothing_that_envoy_would_put_in() -> None:
    (found,) = [
        one["value"]
        for one in http(Proxy("ns", frozenset({("a", "%PATH%")})))["grpc_service"]["initial_metadata"]
        if one["key"] == "authz-labels"
    ]
    assert found == "a=%%PATH%%"
