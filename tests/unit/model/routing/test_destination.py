import pytest

from authz.model.routing.destination import Destination
from authz.model.routing.hosts import HostPattern
from authz.model.where import Where


@pytest.mark.parametrize(
    "host,wanted",
    [
        ("reviews", "reviews.a.svc.corp"),
        ("reviews.b", "reviews.b"),
        ("api.example.com", "api.example.com"),
    ],
)
def test_a_short_destination_is_of_the_namespace_that_mentions_it(host: str, wanted: str) -> None:
    assert Destination(Where("a.yaml"), "a", host).full_host("corp") == HostPattern(wanted)
