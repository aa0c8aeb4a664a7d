from authz.model.where import Where


def test_a_place_is_written_as_editors_read_it() -> None:
    assert str(Where("a.yaml", 3, 7)) == "a.yaml:3:7"


def test_a_file_as_a_whole_has_no_line() -> None:
    assert str(Where("a.yaml")) == "a.yaml"


def test_places_are_in_the_order_of_files_then_lines_then_columns() -> None:
    places = [Where("a", 10, 1), Where("b"), Where("a", 9, 2), Where("a"), Where("a", 9, 1)]
    assert [str(place) for place in sorted(places)] == ["a", "a:9:1", "a:9:2", "a:10:1", "b"]
