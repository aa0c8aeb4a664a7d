from authz.forwarder.translate.remarks import Remark
from authz.model.where import Where


def test_a_remark_says_where_and_they_are_in_order() -> None:
    first, second = Remark(Where("a.yaml", 2, 1), "b"), Remark(Where("a.yaml", 10, 1), "a")
    assert str(first) == "a.yaml:2:1: b"
    assert sorted([second, first]) == [first, second]
