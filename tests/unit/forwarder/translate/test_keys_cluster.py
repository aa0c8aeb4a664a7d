"""Clusters by which Envoy fetches issuers' keys."""

from __future__ import annotations

from typing import Any

import pytest

from authz.forwarder.translate.keys_cluster import keys_cluster, keys_cluster_name
from authz.pb.packing import to_json


def endpoint(uri: str) -> tuple[str, int]:
    made: Any = to_json(keys_cluster(uri))
    address = made["load_assignment"]["endpoints"][0]["lb_endpoints"][0]["endpoint"]["address"]["socket_address"]
    return address["address"], address["port_value"]


@pytest.mark.parametrize(
    "uri, name, where",
    [
        ("https://a.example/keys?x=y", "jwks|443|https|a.example", ("a.example", 443)),
        ("http://a.example", "jwks|80|http|a.example", ("a.example", 80)),
        ("https://A.example:8443/", "jwks|8443|https|a.example", ("a.example", 8443)),
        ("http://10.0.0.1:8080/keys", "jwks|8080|http|10.0.0.1", ("10.0.0.1", 8080)),
        ("https://[::1]/keys", "jwks|443|https|::1", ("::1", 443)),
    ],
)
def test_a_server_of_keys_is_known_by_its_place(uri: str, name: str, where: tuple[str, int]) -> None:
    assert keys_cluster_name(uri) == name
    assert keys_cluster(uri).name == name
    assert endpoint(uri) == where


@pytest.mark.parametrize(
    "uri, kind, family",
    [
        ("https://a.example", "STRICT_DNS", "ALL"),
        ("https://10.0.0.1", "STATIC", None),
        ("http://[::1]", "STATIC", None),
    ],
)
def test_a_name_is_looked_up_and_an_address_is_not(uri: str, kind: str, family: str | None) -> None:
    made = to_json(keys_cluster(uri))

    assert (made["type"], made.get("dns_lookup_family")) == (kind, family)


@pytest.mark.parametrize(
    "uri, sni, name",
    [
        ("https://a.example", "a.example", {"san_type": "DNS", "matcher": {"exact": "a.example"}}),
        ("https://10.0.0.1", None, {"san_type": "IP_ADDRESS", "matcher": {"exact": "10.0.0.1"}}),
    ],
)
def test_who_serves_https_has_a_certificate_of_its_name_of_an_authority_of_the_system(
    uri: str, sni: str | None, name: dict[str, Any]
) -> None:
    made: Any = to_json(keys_cluster(uri))["transport_socket"]
    context = made["typed_config"]
    validation = context["common_tls_context"]["combined_validation_context"]

    assert context.get("sni") == sni
    assert validation["default_validation_context"]["match_typed_subject_alt_names"] == [name]
    assert validation["validation_context_sds_secret_config"]["name"] == "file-root:system"


def test_plain_http_has_no_certificate() -> None:
    assert "transport_socket" not in to_json(keys_cluster("http://a.example"))
