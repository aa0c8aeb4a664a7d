"""Which proxy a configuration is for."""

from authz.forwarder.proxy import Proxy
from authz.model.workload import Role, Workload

LABELS = frozenset({("a", "b")})


def test_policies_are_picked_by_what_a_proxy_plays() -> None:
    proxy = Proxy("ns", LABELS, Role.SIDECAR, "account", addresses=("10.0.0.1",))

    assert proxy.workload == Workload("ns", LABELS, "account", Role.SIDECAR)


def test_a_proxy_is_a_gateway_that_asks_an_authorizer_unless_it_says_otherwise() -> None:
    assert Proxy("ns").role is Role.GATEWAY
    assert Proxy("ns").authorizer is not None


def test_equal_proxies_are_one_key() -> None:
    assert {Proxy("ns", LABELS): 1}[Proxy("ns", LABELS)] == 1
