from authz.model.routing.gateway_ref import MESH, GatewayRef
from authz.model.routing.hosts import HostPattern
from authz.model.routing.virtual_service import VirtualService
from authz.model.where import Where


def service(*hosts: str, gateways: tuple[GatewayRef, ...] = (MESH,)) -> VirtualService:
    patterns = tuple(map(HostPattern, hosts))
    return VirtualService("a", "web", patterns, gateways, (), (), (), None, None, Where("a.yaml"))


def test_short_hosts_are_of_its_own_namespace() -> None:
    assert service("web", "*.example.com").full_hosts("corp") == (
        HostPattern("web.a.svc.corp"),
        HostPattern("*.example.com"),
    )


def test_without_hosts_it_is_a_delegate() -> None:
    assert service().is_delegate
    assert not service("web").is_delegate


def test_it_is_for_the_mesh_only_if_it_says_so() -> None:
    gateway = GatewayRef("a", "gw")
    assert service("web").is_for_mesh
    assert service("web", gateways=(gateway, MESH)).is_for_mesh
    assert not service("web", gateways=(gateway,)).is_for_mesh
