import pytest

from authz.model.routing.gateway_ref import MESH, GatewayRef, resolve_gateway_ref


@pytest.mark.parametrize(
    "text,wanted",
    [
        ("mesh", MESH),
        ("gw", GatewayRef("a", "gw")),
        ("./gw", GatewayRef("a", "gw")),
        ("b/gw", GatewayRef("b", "gw")),
        ("gw.b", GatewayRef("b", "gw")),
        ("gw.b.svc.cluster.local", GatewayRef("b", "gw")),
        ("b/mesh", GatewayRef("b", "mesh")),
    ],
)
def test_a_gateway_is_of_the_own_namespace_unless_another_is_named(text: str, wanted: GatewayRef) -> None:
    assert resolve_gateway_ref(text, "a") == wanted


def test_a_gateway_named_mesh_is_not_the_mesh() -> None:
    assert GatewayRef("a", "mesh") != MESH
    assert (str(MESH), str(GatewayRef("a", "mesh"))) == ("mesh", "a/mesh")
