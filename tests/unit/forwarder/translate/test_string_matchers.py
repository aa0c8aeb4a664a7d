import pytest

from authz.forwarder.translate.string_matchers import string_matcher
from authz.model.routing.matching import Exact, Prefix, Regex
from authz.pb.packing import Json, to_json


@pytest.mark.parametrize(
    ("match", "found"),
    [
        (Exact("a"), {"exact": "a"}),
        (Exact(""), {"exact": ""}),
        (Prefix("a"), {"prefix": "a"}),
        (Regex("a.*"), {"safe_regex": {"regex": "a.*"}}),
    ],
)
def test_a_text_is_matched_as_it_is_written(match: Exact | Prefix | Regex, found: Json) -> None:
    assert to_json(string_matcher(match)) == found
