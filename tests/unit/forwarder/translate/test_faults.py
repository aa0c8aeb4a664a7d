from typing import Any

import pytest

from authz.forwarder.translate.faults import http_fault
from authz.model.routing.http_route import Fault
from authz.pb.packing import to_json
from tests.support.routes import warned_to_a


def made(text: str) -> Any:
    wanted = warned_to_a(f"fault: {text}")[0].fault  # warned of percentages that nobody wrote
    assert wanted is not None
    fault = http_fault(wanted)
    return None if fault is None else to_json(fault)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (
            "{delay: {fixedDelay: 5s, percentage: {value: 12.5}}}",
            {"delay": {"fixed_delay": "5s", "percentage": {"numerator": 125000, "denominator": "MILLION"}}},
        ),
        (
            "{abort: {httpStatus: 418, percentage: {value: 100}}}",
            {"abort": {"http_status": 418, "percentage": {"numerator": 1000000, "denominator": "MILLION"}}},
        ),
        (
            "{abort: {grpcStatus: UNAVAILABLE, percentage: {value: 50}}}",
            {"abort": {"grpc_status": 14, "percentage": {"numerator": 500000, "denominator": "MILLION"}}},
        ),
        ("{abort: {httpStatus: 503}}", {"abort": {"http_status": 503, "percentage": {"denominator": "MILLION"}}}),
        ("{delay: {fixedDelay: 1s}}", {"delay": {"fixed_delay": "1s", "percentage": {"denominator": "MILLION"}}}),
    ],
)
def test_a_fault_happens_as_often_as_it_says_and_never_where_it_does_not(text: str, found: Any) -> None:
    assert made(text) == found


def test_delay_and_abort_go_together() -> None:
    assert set(made("{delay: {fixedDelay: 1s}, abort: {httpStatus: 500}}")) == {"delay", "abort"}


def test_nothing_is_no_fault() -> None:
    assert http_fault(Fault()) is None
