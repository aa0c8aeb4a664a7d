"""Listeners, chains and secrets of gateways, as `tests/data/routing-vectors.yaml` expects them."""

from __future__ import annotations

import base64
from typing import Any

import pytest

from authz.forwarder.references import TypeUrl
from authz.forwarder.translate import Translation, translate
from authz.pb.packing import to_json
from tests.support.routing_vectors import VECTORS, Vector, proxy_of, view_of

GATEWAYS = [one for one in VECTORS if one["role"] == "gateway" and not one["expect"].get("rejected")]


def expecting(key: str, value: Any = None) -> pytest.MarkDecorator:
    found = [one for one in GATEWAYS if key in one["expect"] and value in {None, str(one["expect"][key])}]
    assert found
    return pytest.mark.parametrize("vector", found, ids=[one["name"] for one in found])


def translated(vector: Vector, *more: dict[str, Any]) -> Translation:
    return translate(view_of(vector, *more), proxy_of(vector))


def listeners(found: Translation) -> dict[str, dict[str, Any]]:
    return {name: to_json(one.message()) for name, one in found.snapshot.of_type(TypeUrl.LISTENER).items()}


def chain(vector: Vector) -> dict[str, Any]:
    """The chain of the name that the request's handshake says."""
    chains: list[dict[str, Any]] = [
        one for listener in listeners(translated(vector)).values() for one in listener["filter_chains"]
    ]
    (found,) = [
        one for one in chains if vector["request"]["tls_sni"] in one.get("filter_chain_match", {})["server_names"]
    ]
    return found


def common_tls(vector: Vector) -> dict[str, Any]:
    found: dict[str, Any] = chain(vector)["transport_socket"]["typed_config"]["common_tls_context"]
    return found


@expecting("listener")
def test_a_listener_has_the_name_that_is_expected(vector: Vector) -> None:
    assert list(listeners(translated(vector))) == [vector["expect"]["listener"]]


@expecting("server_names")
def test_a_chain_is_for_the_server_names_that_are_expected(vector: Vector) -> None:
    assert chain(vector)["filter_chain_match"]["server_names"] == vector["expect"]["server_names"]


@expecting("sds")
def test_a_certificate_is_the_secret_that_is_expected(vector: Vector) -> None:
    (config,) = common_tls(vector)["tls_certificate_sds_secret_configs"]
    assert config["name"] == vector["expect"]["sds"]


@expecting("secret")
def test_a_secret_is_read_where_it_is_expected(vector: Vector) -> None:
    namespace, name = vector["expect"]["secret"].split("/")
    pair = {key: base64.b64encode(key.encode()).decode() for key in ("tls.crt", "tls.key")}
    document = {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": name, "namespace": namespace}, "data": pair}
    elsewhere = document | {"metadata": {"name": name, "namespace": "default"}}

    assert translated(vector, document).snapshot.of_type(TypeUrl.SECRET)
    assert not translated(vector, elsewhere).snapshot.of_type(TypeUrl.SECRET)


@expecting("sds_ca")
def test_authorities_of_clients_are_the_secret_that_is_expected(vector: Vector) -> None:
    config = common_tls(vector)["combined_validation_context"]["validation_context_sds_secret_config"]
    assert config["name"] == vector["expect"]["sds_ca"]


@expecting("tcp", "refused")
def test_where_connections_are_refused_nothing_listens(vector: Vector) -> None:
    assert listeners(translated(vector)) == {}


@expecting("tcp", "reset")
def test_where_connections_are_reset_no_chain_is_for_their_server_name(vector: Vector) -> None:
    (listener,) = listeners(translated(vector)).values()
    names = [name for one in listener["filter_chains"] for name in one["filter_chain_match"]["server_names"]]
    assert names
    assert vector["request"]["tls_sni"] not in names
