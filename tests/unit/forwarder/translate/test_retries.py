from typing import Any

import pytest

from authz.forwarder.translate.retries import retry_policy
from authz.model.routing.http_route import Retries
from authz.pb.packing import to_json
from tests.support.routes import to_a

PREVIOUS_HOSTS = {
    "name": "envoy.retry_host_predicates.previous_hosts",
    "typed_config": {
        "@type": "type.googleapis.com/envoy.extensions.retry.host.previous_hosts.v3.PreviousHostsPredicate"
    },
}
DEFAULT_ON = "connect-failure,refused-stream,unavailable,cancelled,retriable-status-codes"


def made(text: str = "", *, default: Retries | None = None, is_hashed: bool = False) -> Any:
    policy = retry_policy(to_a(f"retries: {text}" if text else "").retries, default, is_hashed=is_hashed)
    return None if policy is None else to_json(policy)


def test_a_route_that_says_nothing_tries_again_twice_but_not_for_an_answer_of_503() -> None:
    assert made() == {
        "num_retries": 2,
        "retry_on": DEFAULT_ON,
        "host_selection_retry_max_attempts": "5",
        "retry_host_predicate": [PREVIOUS_HOSTS],
    }


def test_a_consistent_hash_stays_with_its_host() -> None:
    assert "retry_host_predicate" not in made(is_hashed=True)
    assert made("{attempts: 1, retryIgnorePreviousHosts: true}", is_hashed=True)["retry_host_predicate"] == [
        PREVIOUS_HOSTS
    ]


@pytest.mark.parametrize("text", ["{attempts: 0}", "{}"])
def test_no_attempts_are_no_retries(text: str) -> None:
    assert made(text) is None
    assert made(text, default=Retries(3)) is None


def test_the_meshs_default_is_for_routes_that_say_nothing() -> None:
    assert made(default=Retries(7))["num_retries"] == 7
    assert made(default=Retries(0)) is None
    assert made("{attempts: 1}", default=Retries(7))["num_retries"] == 1


@pytest.mark.parametrize(
    ("retry_on", "conditions", "codes"),
    [
        ("5xx", "5xx", None),
        ("5xx,503", "5xx,retriable-status-codes", [503]),
        ("503,418", "retriable-status-codes", [503, 418]),
        ("retriable-status-codes,503", "retriable-status-codes", [503]),
    ],
)
def test_status_codes_are_told_from_conditions(retry_on: str, conditions: str, codes: list[int] | None) -> None:
    found = made(f"{{attempts: 1, retryOn: '{retry_on}'}}")
    assert found["retry_on"] == conditions
    assert found.get("retriable_status_codes") == codes


def test_every_other_field_has_its_place() -> None:
    found = made(
        "{attempts: 3, perTryTimeout: 2s, retryRemoteLocalities: true, retryIgnorePreviousHosts: false, backoff: 10ms}"
    )
    assert found == {
        "num_retries": 3,
        "retry_on": DEFAULT_ON,
        "per_try_timeout": "2s",
        "host_selection_retry_max_attempts": "5",
        "retry_back_off": {"base_interval": "0.010s"},
        "retry_priority": {
            "name": "envoy.retry_priorities.previous_priorities",
            "typed_config": {
                "@type": "type.googleapis.com/"
                "envoy.extensions.retry.priority.previous_priorities.v3.PreviousPrioritiesConfig",
                "update_frequency": 2,
            },
        },
    }
