import pytest

from authz.model.routing.locality import NO_LOCALITY, Locality, parse_locality


@pytest.mark.parametrize(
    ("text", "locality"),
    [
        ("", NO_LOCALITY),
        ("r", Locality("r")),
        ("r/z", Locality("r", "z")),
        ("r/z/s", Locality("r", "z", "s")),
        ("r/z/s/more", Locality("r", "z", "s")),
        ("/z", Locality("", "z")),
    ],
)
def test_a_locality_is_read_from_the_widest_part(text: str, locality: Locality) -> None:
    assert parse_locality(text) == locality


def test_it_is_written_without_what_is_not_known() -> None:
    assert [str(one) for one in (NO_LOCALITY, Locality("r", "z"), Locality("", "z"))] == ["", "r/z", "z"]
