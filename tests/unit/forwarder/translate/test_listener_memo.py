"""Listeners that are made again only where something changed."""

from __future__ import annotations

from dataclasses import replace

import pytest

from authz.forwarder.proxy import AuthorizerSettings, Proxy
from authz.forwarder.translate.gateway_plan import plan_gateways
from authz.forwarder.translate.listener_memo import ListenerMemo, recalled_listener
from authz.forwarder.translate.listeners import ListenerSource, MadeListener, make_listener
from authz.forwarder.translate.memo import Memo
from authz.mesh.routing_view import RoutingView
from authz.model.path import PathNormalization
from authz.model.routing.mesh_defaults import GatewayTopology, MeshDefaults
from authz.pb.hcm import HttpFilter
from authz.resources.mesh_config import MeshConfig
from tests.support.gateways import HTTP, PROXY, TCP, gateway, listener_source, view, virtual_service
from tests.support.mesh import kubernetes

WEB = gateway(f"{HTTP}, hosts: [a.com]")
ROUTES = virtual_service("hosts: [a.com], http: [{directResponse: {status: 204}}]")
BASE = view(WEB)


def made(source: ListenerSource, memo: ListenerMemo) -> MadeListener:
    (planned,) = plan_gateways(source.view, source.proxy).listeners
    found = recalled_listener(source, planned, memo)
    assert found == make_listener(source, planned)
    return found


def remembering(view_before: RoutingView = BASE) -> tuple[MadeListener, ListenerMemo]:
    memo: ListenerMemo = Memo()
    return made(listener_source(view_before), memo), Memo(memo)


@pytest.mark.parametrize(
    "mesh",
    [view(WEB), view(WEB, ROUTES), view(WEB, kubernetes("Service", "{ports: [{port: 1, name: http}]}"))],
    ids=["nothing", "routes", "services"],
)
def test_where_no_server_has_changed_a_listener_is_the_very_same(mesh: RoutingView) -> None:
    before, memo = remembering()

    assert made(listener_source(mesh), memo)[0] is before[0]


@pytest.mark.parametrize(
    "mesh",
    [
        view(gateway(f"{HTTP}, hosts: [a.com], bind: 127.0.0.1")),
        view(gateway(f"{HTTP}, hosts: [a.com]", name="renamed"), gateway(f"{HTTP}, hosts: [b.com]", name="another")),
        view(WEB, mesh=MeshConfig(path_normalization=PathNormalization.NONE)),
        view(WEB, defaults=MeshDefaults(topology=GatewayTopology(num_trusted_proxies=1))),
    ],
    ids=["its address", "its servers", "the form of paths", "what is in front"],
)
def test_what_a_listener_is_made_of_makes_another_one(mesh: RoutingView) -> None:
    before, memo = remembering()

    assert made(listener_source(mesh), memo)[0] is not before[0]


@pytest.mark.parametrize(
    "proxy",
    [replace(PROXY, service_account="other"), replace(PROXY, authorizer=AuthorizerSettings(timeout_ms=1))],
)
def test_another_proxy_has_another_one(proxy: Proxy) -> None:
    before, memo = remembering()

    assert made(listener_source(BASE, proxy), memo)[0] != before[0]


def test_a_filter_that_reads_tokens_makes_another_one_where_routes_ask_for_claims() -> None:
    before, memo = remembering()
    filters = (HttpFilter(name="tokens"),)
    reading = replace(listener_source(BASE), token_filters=filters, by_claims=frozenset({"http.80"}))
    changed = replace(reading, token_filters=(HttpFilter(name="others"),))

    first = made(reading, memo)
    assert first[0] != before[0]
    assert made(changed, memo)[0] != first[0]


def test_a_listener_of_bytes_follows_its_destinations() -> None:
    def routed(host: str) -> RoutingView:
        to = virtual_service(f"hosts: ['*'], tcp: [{{route: [{{destination: {{host: {host}}}}}]}}]")
        return view(gateway(f"{TCP}, hosts: ['*']"), to)

    before, memo = remembering(routed("a.com"))

    assert made(listener_source(routed("b.com")), memo)[0] != before[0]
