from datetime import timedelta

import pytest

from authz.forwarder.translate.outlier_detection import add_outlier_detection, error_matcher
from authz.model.routing.traffic_policy import OutlierDetection
from authz.pb.cluster import Cluster
from authz.pb.packing import Json, to_json


def detecting(policy: OutlierDetection | None) -> dict[str, Json]:
    cluster = Cluster()
    add_outlier_detection(cluster, policy)
    return to_json(cluster)


def test_without_a_policy_nothing_is_left_out_and_envoy_panics_as_it_does() -> None:
    assert detecting(None) == {}


def test_a_policy_without_a_word_has_envoys_defaults_and_never_panics() -> None:
    assert detecting(OutlierDetection()) == {
        "common_lb_config": {"healthy_panic_threshold": {}},
        "outlier_detection": {"enforcing_success_rate": 0},
    }


@pytest.mark.parametrize(
    ("policy", "found"),
    [
        (
            OutlierDetection(consecutive_5xx_errors=7),
            {"consecutive_5xx": 7, "enforcing_consecutive_5xx": 100},
        ),
        (
            OutlierDetection(consecutive_5xx_errors=0),
            {"consecutive_5xx": 0, "enforcing_consecutive_5xx": 0},
        ),
        (
            OutlierDetection(consecutive_gateway_errors=3),
            {"consecutive_gateway_failure": 3, "enforcing_consecutive_gateway_failure": 100},
        ),
        (
            OutlierDetection(consecutive_gateway_errors=0),
            {"consecutive_gateway_failure": 0, "enforcing_consecutive_gateway_failure": 0},
        ),
        (OutlierDetection(interval=timedelta(milliseconds=1500)), {"interval": "1.500s"}),
        (OutlierDetection(base_ejection_time=timedelta(minutes=3)), {"base_ejection_time": "180s"}),
        (OutlierDetection(max_ejection_percent=100), {"max_ejection_percent": 100}),
        (
            OutlierDetection(split_local_origin_errors=True),
            {"split_external_local_origin_errors": True, "enforcing_local_origin_success_rate": 0},
        ),
        (
            OutlierDetection(split_local_origin_errors=True, consecutive_local_origin_failures=2),
            {
                "split_external_local_origin_errors": True,
                "consecutive_local_origin_failure": 2,
                "enforcing_consecutive_local_origin_failure": 100,
                "enforcing_local_origin_success_rate": 0,
            },
        ),
    ],
)
def test_each_field(policy: OutlierDetection, found: dict[str, Json]) -> None:
    assert detecting(policy)["outlier_detection"] == {"enforcing_success_rate": 0} | found


def test_with_too_few_healthy_endpoints_all_get_requests_if_the_policy_says_so() -> None:
    assert detecting(OutlierDetection(min_health_percent=30))["common_lb_config"] == {
        "healthy_panic_threshold": {"value": 30.0}
    }


def status(code: str) -> Json:
    return {"http_response_headers_match": {"headers": [{"name": ":status", "string_match": {"exact": code}}]}}


def test_statuses_that_count_as_errors() -> None:
    assert to_json(error_matcher([429])) == status("429")
    assert to_json(error_matcher([429, 500])) == {"or_match": {"rules": [status("429"), status("500")]}}
