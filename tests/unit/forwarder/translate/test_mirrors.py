from authz.forwarder.translate.mirrors import mirror_policy
from authz.model.routing.http_route import Percent
from authz.pb.packing import to_json


def test_copies_keep_the_host_and_are_not_traced() -> None:
    assert to_json(mirror_policy("outbound|80||a", Percent(0.25))) == {
        "cluster": "outbound|80||a",
        "runtime_fraction": {"default_value": {"numerator": 2500, "denominator": "MILLION"}},
        "trace_sampled": False,
        "disable_shadow_host_suffix_append": True,
    }
