import pytest

from authz.mesh.registry.endpoint import KnownWorkload, place_labels
from authz.model.routing.locality import NO_LOCALITY, Locality
from authz.model.routing.workload_entry import AddressKind
from authz.model.where import Where

APP = frozenset({("app", "a")})
PLACE = Locality("r", "z", "s")


def test_the_labels_of_a_place_are_among_those_of_a_workload() -> None:
    assert dict(place_labels(APP, PLACE, "n", "w")) == {
        "app": "a",
        "topology.kubernetes.io/region": "r",
        "topology.kubernetes.io/zone": "z",
        "topology.istio.io/subzone": "s",
        "kubernetes.io/hostname": "n",
        "topology.istio.io/network": "w",
    }


def test_a_place_that_is_not_known_has_no_labels() -> None:
    assert place_labels(APP, NO_LOCALITY) == APP


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("topology.kubernetes.io/region", "r"),
        ("kubernetes.io/hostname", "n"),
        ("topology.istio.io/network", "own"),
    ],
)
def test_a_workload_may_say_its_network_but_not_where_it_is(key: str, value: str) -> None:
    placed = dict(place_labels(frozenset({(key, "own")}), PLACE, "n", "w"))
    assert placed[key] == value
    assert len(placed) == 5


def test_of_two_ports_of_one_name_the_first_counts() -> None:
    ports = (("http", 80), ("http", 81))
    workload = KnownWorkload("a", "b", AddressKind.IP, ("10.0.0.1",), Where("f"), ports=ports)
    assert (workload.port("http"), workload.port("grpc")) == (80, None)
