from __future__ import annotations

from dataclasses import replace

from authz.forwarder.bootstrap import node_of
from authz.forwarder.nodes import proxy_of
from authz.forwarder.proxy import Proxy
from authz.model.workload import Role
from authz.pb.core import Node

PROXY = Proxy(
    "edge",
    frozenset({("istio", "gw"), ("a", "b")}),
    service_account="gateway",
    addresses=("10.0.0.7",),
    port_map=((80, 1),),
)


def test_a_node_says_which_proxy_it_is() -> None:
    assert proxy_of(node_of(PROXY), Proxy("other", port_map=((80, 1),))) == PROXY


def test_what_a_node_does_not_say_is_as_the_settings_have_it() -> None:
    assert proxy_of(Node(id="whoever"), PROXY) == PROXY
    assert proxy_of(Node(), PROXY) == PROXY


def test_labels_that_are_empty_are_none() -> None:
    node = node_of(replace(PROXY, labels=frozenset()))

    found = proxy_of(node, PROXY)
    assert found is not None
    assert found.labels == frozenset()


def test_a_node_of_another_role_gets_nothing() -> None:
    assert proxy_of(node_of(replace(PROXY, role=Role.SIDECAR)), PROXY) is None


def test_an_address_that_is_none_is_not_taken() -> None:
    node = Node(id="router~nowhere~a.b~b.svc.cluster.local")

    found = proxy_of(node, PROXY)
    assert found is not None
    assert found.addresses == PROXY.addresses
