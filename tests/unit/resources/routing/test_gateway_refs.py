import pytest

from authz.model.routing.gateway_ref import MESH, GatewayRef
from tests.support.routes import match, problems_of, virtual_service

REST = "http: [{redirect: {uri: /}}]"


def test_gateways_are_of_the_own_namespace_unless_another_is_named() -> None:
    found = virtual_service(f"{{hosts: [a.com], gateways: [gw, b/gw, ./other], {REST}}}")
    assert found.gateways == (GatewayRef("foo", "gw"), GatewayRef("b", "gw"), GatewayRef("foo", "other"))
    assert not found.is_for_mesh


def test_without_gateways_it_is_for_the_mesh() -> None:
    assert virtual_service(f"{{hosts: [a.com], {REST}}}").gateways == (MESH,)
    assert virtual_service(f"{{hosts: [a.com], gateways: [], {REST}}}").gateways == (MESH,)


def test_a_match_without_gateways_is_for_all_of_them() -> None:
    assert match("{}").gateways == ()
    assert match("{gateways: [mesh, gw]}").gateways == (MESH, GatewayRef("foo", "gw"))


def test_the_old_form_is_warned_of_with_the_new_one() -> None:
    (problem,) = problems_of("VirtualService", f"{{hosts: [a.com], gateways: [gw.b.svc.cluster.local], {REST}}}")
    assert problem.message == "write b/gw instead of 'gw.b.svc.cluster.local'"


@pytest.mark.parametrize("text", ["a/b/c", "/", "'*/gw'", "..", "gw.", "a b"])
def test_what_names_no_gateway_is_refused(text: str) -> None:
    (problem,) = problems_of("VirtualService", f"{{hosts: [a.com], gateways: [{text}], {REST}}}")
    assert (problem.code.value, problem.field) == ("AZ523", "spec.gateways[0]")
