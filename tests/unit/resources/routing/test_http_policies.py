from datetime import timedelta

import pytest

from authz.model.routing.http_route import (
    ALL_PERCENT,
    NO_PERCENT,
    CorsPolicy,
    Fault,
    FaultAbort,
    FaultDelay,
    GrpcStatus,
    HttpStatus,
    Mirror,
    Percent,
    Retries,
    UnmatchedPreflights,
)
from authz.model.routing.matching import Exact, Prefix, Regex
from tests.support.routes import problems_to_a, to_a, warned_to_a


def ms(number: int) -> timedelta:
    return timedelta(milliseconds=number)


def test_every_field_of_retries_is_read() -> None:
    found = to_a(
        "retries: {attempts: 3, perTryTimeout: 250ms, retryOn: '5xx,503,reset,429', retryRemoteLocalities: true,"
        " retryIgnorePreviousHosts: false, backoff: 1s}"
    ).retries
    assert found == Retries(
        attempts=3,
        per_try_timeout=ms(250),
        conditions=("5xx", "reset"),
        status_codes=(503, 429),
        retry_remote_localities=True,
        ignore_previous_hosts=False,
        backoff=ms(1000),
    )


def test_no_retries_are_not_the_default_ones() -> None:
    assert to_a("name: a").retries is None
    assert to_a("retries: {}").retries == to_a("retries: {attempts: 0}").retries == Retries(0)
    assert to_a("retries: {attempts: 1}").retries == Retries(1)


def test_every_field_of_faults_is_read() -> None:
    found = to_a(
        "fault: {delay: {fixedDelay: 5s, percentage: {value: 0.1}}, abort: {httpStatus: 503, percentage: {value: 100}}}"
    ).fault
    assert found == Fault(FaultDelay(ms(5000), Percent(0.1)), FaultAbort(HttpStatus(503), ALL_PERCENT))


@pytest.mark.parametrize("name,number", [("OK", 0), ("NOT_FOUND", 5), ("UNAUTHENTICATED", 16)])
def test_a_status_of_grpc_is_a_number(name: str, number: int) -> None:
    found = to_a(f"fault: {{abort: {{grpcStatus: {name}, percentage: {{value: 1}}}}}}").fault
    assert found == Fault(abort=FaultAbort(GrpcStatus(number), Percent(1.0)))


@pytest.mark.parametrize("percentage", ["", ", percentage: {}", ", percentage: {value: 0}"])
def test_a_fault_without_percentage_is_of_zero_percent(percentage: str) -> None:
    route, warned = warned_to_a(f"fault: {{abort: {{httpStatus: 500{percentage}}}}}")
    assert route.fault == Fault(abort=FaultAbort(HttpStatus(500), NO_PERCENT))
    assert warned == ([] if percentage else ["AZ986"])


def test_the_old_percentage_counts_where_there_is_no_new_one() -> None:
    for new, wanted in (("", 50.0), (", percentage: {value: 7}", 7.0)):
        route, warned = warned_to_a(f"fault: {{delay: {{fixedDelay: 1s, percent: 50{new}}}}}")
        assert warned == ["AZ992"]
        assert route.fault == Fault(FaultDelay(ms(1000), Percent(wanted)))


def test_mirrors_have_a_percentage_each_and_without_one_get_everything() -> None:
    found = to_a("mirrors: [{destination: {host: b}}, {destination: {host: c}, percentage: {value: 0.5}}]").mirrors
    assert [(one.destination.host, one.percentage) for one in found] == [("b", ALL_PERCENT), ("c", Percent(0.5))]
    assert all(isinstance(one, Mirror) for one in found)


def test_every_field_of_a_policy_for_other_origins_is_read() -> None:
    found = to_a(
        "corsPolicy: {allowOrigins: [{exact: 'https://a.com'}, {prefix: 'https://b'}, {regex: .*}],"
        " allowMethods: [GET], allowHeaders: [x-a], exposeHeaders: [x-b, '*'], maxAge: 24h, allowCredentials: false,"
        " unmatchedPreflights: IGNORE}"
    ).cors
    assert found == CorsPolicy(
        allow_origins=(Exact("https://a.com"), Prefix("https://b"), Regex(".*")),
        allow_methods=("GET",),
        allow_headers=("x-a",),
        expose_headers=("x-b", "*"),
        max_age=timedelta(hours=24),
        allow_credentials=False,
        unmatched_preflights=UnmatchedPreflights.IGNORE,
    )


@pytest.mark.parametrize("word", ["UNSPECIFIED", "FORWARD"])
def test_preflights_of_other_origins_go_on_unless_they_are_to_be_ignored(word: str) -> None:
    assert to_a("corsPolicy: {}").cors == CorsPolicy()
    assert to_a(f"corsPolicy: {{unmatchedPreflights: {word}}}").cors == CorsPolicy()


@pytest.mark.parametrize(
    "text,message",
    [
        ("retries: {perTryTimeout: 1s}", "without attempts, or with 0 of them, nothing is tried again"),
        ("retries: {attempts: 1, retryOn: 'reset, 5xx'}", "with commas and no blanks; found ' 5xx'"),
        ("fault: {abort: {http2Error: a}}", "failures are of HTTP or gRPC; write httpStatus or grpcStatus"),
        ("fault: {delay: {fixedDelay: 1s, percentage: {value: 1e-5}}}", "expected 0, or 0.0001 to 100, found 1e-05"),
        ("corsPolicy: {maxAge: 90500ms}", "expected whole seconds, found 90.5 s"),
        ("mirror: {host: b}, mirrorPercentage: {value: half}", "expected a number, found 'half'"),
        ("mirror: {host: b}, mirrorPercentage: 50", "expected a mapping, found the number 50"),
    ],
)
def test_the_message_says_what_is_expected(text: str, message: str) -> None:
    found = problems_to_a(text)
    assert any(message in problem.message for problem in found), found
