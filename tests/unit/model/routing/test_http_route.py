import pytest

from authz.model.routing.destination import Destination
from authz.model.routing.http_route import ALL_PERCENT, NO_PERCENT, HttpRoute, Mirror, Percent, RouteTo
from authz.model.where import Where

WHERE = Where("a.yaml", 1, 1)
ONE, OTHER = Destination(WHERE, "a", "one"), Destination(WHERE, "a", "other")


@pytest.mark.parametrize(
    "percent,wanted", [(0.0, 0), (0.0001, 1), (0.00019, 1), (0.29, 2900), (33.3333, 333333), (100.0, 1_000_000)]
)
def test_a_percentage_is_cut_to_millionths(percent: float, wanted: int) -> None:
    assert Percent(percent).per_million == wanted


@pytest.mark.parametrize("written,wanted", [(None, ALL_PERCENT), (Percent(5.0), Percent(5.0))])
def test_a_mirror_without_percentage_gets_everything(written: Percent | None, wanted: Percent) -> None:
    route = HttpRoute(WHERE, RouteTo(()), mirror=ONE, mirror_percentage=written)
    assert route.all_mirrors == (Mirror(ONE, wanted),)


def test_a_mirror_of_zero_percent_is_none() -> None:
    route = HttpRoute(WHERE, RouteTo(()), mirror=ONE, mirror_percentage=NO_PERCENT)
    assert route.all_mirrors == ()


def test_several_mirrors_keep_their_order_and_those_of_zero_percent_go() -> None:
    mirrors = (Mirror(OTHER), Mirror(ONE, NO_PERCENT), Mirror(ONE, Percent(1.0)))
    assert HttpRoute(WHERE, RouteTo(()), mirrors=mirrors).all_mirrors == (mirrors[0], mirrors[2])


def test_a_percentage_without_a_mirror_mirrors_nothing() -> None:
    assert HttpRoute(WHERE, RouteTo(()), mirror_percentage=ALL_PERCENT).all_mirrors == ()
