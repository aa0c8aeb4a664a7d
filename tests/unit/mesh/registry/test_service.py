from dataclasses import replace

from authz.mesh.registry.service import Discovery, MeshPort
from authz.model.routing.hosts import HostPattern
from authz.model.routing.protocol import Protocol
from tests.support.mesh import mesh_service


def test_names_that_are_known_beforehand_are_looked_up() -> None:
    assert [one for one in Discovery if one.is_dns] == [Discovery.DNS, Discovery.DNS_ROUND_ROBIN]


def test_a_port_is_found_by_its_number_and_of_two_the_first() -> None:
    ports = (MeshPort(53, "dns", Protocol.UDP), MeshPort(53, "dns-tcp", Protocol.TCP), MeshPort(80, "a", Protocol.HTTP))
    service = replace(mesh_service("a.b", "foo"), ports=ports)
    assert [service.port(number) for number in (53, 80, 81)] == [ports[0], ports[2], None]


def test_services_of_one_host_and_namespace_have_one_key() -> None:
    assert mesh_service("a.b", "foo", name="1").key == mesh_service("a.b", "foo", name="2").key
    assert mesh_service("a.b", "foo").key == ("foo", HostPattern("a.b"))
    assert mesh_service("a.b", "foo").key != mesh_service("a.b", "bar").key
