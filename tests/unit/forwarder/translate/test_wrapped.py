from authz.forwarder.translate.wrapped import as_millionths
from authz.model.routing.http_route import Percent
from authz.pb.packing import to_json


def test_a_percentage_is_cut_to_whole_millionths() -> None:
    assert to_json(as_millionths(Percent(33.33339))) == {"numerator": 333333, "denominator": "MILLION"}
    assert to_json(as_millionths(Percent(0))) == {"denominator": "MILLION"}
