from dataclasses import dataclass
from datetime import UTC, datetime

from authz.model.routing.age import oldest_first


@dataclass(frozen=True)
class Named:
    namespace: str
    name: str
    created: datetime | None = None


def test_the_oldest_comes_first_and_without_a_time_it_is_the_oldest() -> None:
    young = Named("a", "a", datetime(2024, 2, 1, tzinfo=UTC))
    old = Named("a", "c", datetime(2024, 1, 1, tzinfo=UTC))
    undated = Named("a", "b")
    assert sorted([young, old, undated], key=oldest_first) == [undated, old, young]


def test_of_the_same_age_the_name_counts_before_the_namespace() -> None:
    wanted = [Named("b", "a"), Named("a", "b"), Named("b", "b")]
    assert sorted([wanted[2], wanted[0], wanted[1]], key=oldest_first) == wanted
