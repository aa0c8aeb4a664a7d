import pytest

from authz.forwarder.translate.endpoints import can_be_reached, load_assignment
from authz.forwarder.translate.locality import Place
from authz.mesh.registry import Endpoint, TlsMode
from authz.model.routing.locality import parse_locality
from authz.model.routing.workload_entry import AddressKind
from authz.pb.packing import Json, to_json
from tests.support.endpoints import endpoint


def assigned(*places: Place) -> Json:
    return to_json(load_assignment("c", places, frozenset())).get("endpoints")


def test_no_endpoints_are_an_assignment_too() -> None:
    assert to_json(load_assignment("c", (), frozenset())) == {"cluster_name": "c"}


def test_places_have_their_weight_and_priority() -> None:
    one, two = endpoint("10.0.0.1", 80), endpoint("10.0.0.2", 81)
    place = Place(parse_locality("r/z"), ((one, 3), (two, 4)), 5, 2)
    assert assigned(place) == [
        {
            "locality": {"region": "r", "zone": "z"},
            "lb_endpoints": [
                {
                    "endpoint": {"address": {"socket_address": {"address": "10.0.0.1", "port_value": 80}}},
                    "load_balancing_weight": 3,
                },
                {
                    "endpoint": {"address": {"socket_address": {"address": "10.0.0.2", "port_value": 81}}},
                    "load_balancing_weight": 4,
                },
            ],
            "load_balancing_weight": 5,
            "priority": 2,
        }
    ]


@pytest.mark.parametrize(
    ("one", "address"),
    [
        (endpoint("fd00::1", 80), {"socket_address": {"address": "fd00::1", "port_value": 80}}),
        (
            endpoint("a.example.com", 80, kind=AddressKind.NAME),
            {"socket_address": {"address": "a.example.com", "port_value": 80}},
        ),
        (endpoint("/run/a.sock", 0, kind=AddressKind.UNIX), {"pipe": {"path": "/run/a.sock"}}),
        (endpoint("@abstract", 0, kind=AddressKind.UNIX), {"pipe": {"path": "@abstract"}}),
    ],
)
def test_each_kind_of_address(one: Endpoint, address: Json) -> None:
    assert assigned(Place(parse_locality(""), ((one, 1),), 1)) == [
        {
            "lb_endpoints": [{"endpoint": {"address": address}, "load_balancing_weight": 1}],
            "load_balancing_weight": 1,
        }
    ]


def test_who_takes_mutual_tls_is_marked_for_it() -> None:
    takes, other = endpoint(tls=TlsMode.ISTIO), endpoint("10.0.0.2")
    place = Place(parse_locality(""), ((takes, 1), (other, 1)), 2)
    first, second = load_assignment("c", [place], frozenset([takes])).endpoints[0].lb_endpoints
    assert not second.HasField("metadata")
    assert to_json(first.metadata) == {"filter_metadata": {"envoy.transport_socket_match": {"tlsMode": "istio"}}}


@pytest.mark.parametrize(
    ("one", "by_name", "by_address"),
    [
        (endpoint("10.0.0.1"), True, True),
        (endpoint("fd00::1"), True, True),
        (endpoint("10.0.0.300"), False, False),
        (endpoint("fe80::1%eth0"), False, False),
        (endpoint("a.b", kind=AddressKind.NAME), True, False),
        (endpoint("/" * 107, 0, kind=AddressKind.UNIX), False, True),
        (endpoint("/" * 108, 0, kind=AddressKind.UNIX), False, False),
        (endpoint("", kind=AddressKind.NONE), False, False),
    ],
)
def test_a_cluster_has_only_endpoints_that_it_can_reach(one: Endpoint, *, by_name: bool, by_address: bool) -> None:
    assert can_be_reached(one, by_name=True) is by_name
    assert can_be_reached(one, by_name=False) is by_address
