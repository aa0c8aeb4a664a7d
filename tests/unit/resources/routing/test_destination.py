import pytest

from authz.model.routing.hosts import HostPattern
from authz.model.routing.http_route import RouteTo
from tests.support.reading import summaries
from tests.support.routes import http, problems_of, virtual_service


def test_a_destination_is_of_the_namespace_that_says_it() -> None:
    action = http("{route: [{destination: {host: Reviews, subset: v1, port: {number: 9080}}}]}").action
    assert isinstance(action, RouteTo)
    found = action.destinations[0].destination
    assert (found.namespace, found.host, found.subset, found.port) == ("foo", "reviews", "v1", 9080)
    assert found.full_host() == HostPattern("reviews.foo.svc.cluster.local")
    assert str(found.where) == "a.yaml:4:54"


def test_what_nobody_wrote_is_for_the_service_to_say() -> None:
    action = http("{route: [{destination: {host: a.com}}]}").action
    assert isinstance(action, RouteTo)
    found = action.destinations[0]
    assert (found.destination.subset, found.destination.port, found.weight, found.headers) == ("", None, 0, None)


def test_tcp_has_weights_too() -> None:
    route = "route: [{destination: {host: a}, weight: 1}, {destination: {host: b}, weight: 3}]"
    (found,) = virtual_service(f"{{hosts: [a.com], tcp: [{{{route}}}]}}").tcp
    assert [(one.destination.host, one.weight) for one in found.destinations] == [("a", 1), ("b", 3)]


@pytest.mark.parametrize(
    "text,expected",
    [
        ("{destination: {}}", "AZ022 spec.http[0].route[0].destination.host"),
        ("{destination: {host: ''}}", "AZ592 spec.http[0].route[0].destination.host"),
        ("{destination: {host: '*'}}", "AZ592 spec.http[0].route[0].destination.host"),
        ("{destination: {host: a, subset: a.b}}", "AZ023 spec.http[0].route[0].destination.subset"),
        ("{destination: {host: a, port: 80}}", "AZ021 spec.http[0].route[0].destination.port"),
        ("{destination: {host: a}, weight: 1.5}", "AZ021 spec.http[0].route[0].weight"),
        ("{destination: {host: a}, weight: 2147483648}", "AZ026 spec.http[0].route[0].weight"),
        ("{host: a}", "AZ020 spec.http[0].route[0].host"),
    ],
)
def test_a_problem_is_at_its_place(text: str, expected: str) -> None:
    found = summaries(problems_of("VirtualService", f"{{hosts: [a.com], http: [{{route: [{text}]}}]}}"))
    assert expected in [one.partition(" ")[2] for one in found]
