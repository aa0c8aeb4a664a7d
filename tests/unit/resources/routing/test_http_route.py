from datetime import timedelta

import pytest

from authz.model.routing.http_route import (
    Delegate,
    HeaderOperations,
    Headers,
    HttpRoute,
    Percent,
    Retries,
    Rewrite,
    RouteTo,
)
from tests.support.reading import summaries
from tests.support.routes import http, problems_of, to_a, virtual_service, warned_to_a


def test_what_nobody_wrote_is_told_from_what_is_empty() -> None:
    found = to_a("name: a")
    assert found == HttpRoute(found.where, found.action, "a")
    assert isinstance(found.action, RouteTo)


def test_every_other_field_is_read() -> None:
    found = to_a(
        "name: n, match: [{port: 80}], timeout: 1.5s, rewrite: {uri: /a}, retries: {attempts: 0}, mirror: {host: b},"
        " mirrorPercentage: {value: 5}, headers: {request: {remove: [x-a]}}"
    )
    assert (found.name, found.timeout, found.retries) == ("n", timedelta(seconds=1.5), Retries(0))
    assert found.rewrite == Rewrite(uri="/a")
    assert found.headers == Headers(HeaderOperations(remove=("x-a",)))
    assert [(one.destination.host, one.percentage) for one in found.all_mirrors] == [("b", Percent(5.0))]
    assert [one.port for one in found.matches] == [80]
    assert str(found.where) == "a.yaml:4:31"


def test_routes_keep_their_order() -> None:
    found = virtual_service("{hosts: [a.com], http: [{name: b, redirect: {uri: /}}, {name: a, redirect: {uri: /}}]}")
    assert [route.name for route in found.http] == ["b", "a"]


@pytest.mark.parametrize("key", ["mirrorPercent", "mirror_percent"])
def test_the_old_percentage_of_a_mirror_counts_where_there_is_no_new_one(key: str) -> None:
    old, warned = warned_to_a(f"mirror: {{host: b}}, {key}: 50")
    assert (old.mirror_percentage, warned) == (Percent(50.0), ["AZ992"])
    both, _ = warned_to_a(f"mirror: {{host: b}}, {key}: 50, mirrorPercentage: {{value: 0}}")
    assert both.mirror_percentage == Percent(0.0)
    assert both.all_mirrors == ()


def test_a_root_has_a_delegate_and_what_it_hands_down() -> None:
    found = http("{match: [{uri: {prefix: /a}}], delegate: {name: b}, retries: {attempts: 1}}")
    assert found.action == Delegate("foo", "b")
    assert found.retries == Retries(1)


@pytest.mark.parametrize(
    "text,expected",
    [
        ("{redirect: {uri: /}, directResponse: {status: 200}}", ["AZ110 spec.http[0].directResponse"]),
        ("{redirect: {uri: /}, route: [{destination: {host: a}}]}", ["AZ110 spec.http[0].route"]),
        (
            "{directResponse: {status: 200}, fault: {delay: {fixedDelay: 1s, percent: 1}}, rewrite: {uri: /}}",
            ["AZ110 spec.http[0].fault", "AZ992 spec.http[0].fault.delay.percent", "AZ110 spec.http[0].rewrite"],
        ),
        ("{delegate: {name: b}, route: []}", ["AZ524 spec.http[0].route"]),
        ("{match: []}", ["AZ022 spec.http[0].route"]),
    ],
)
def test_a_request_has_one_end(text: str, expected: list[str]) -> None:
    found = summaries(problems_of("VirtualService", f"{{hosts: [a.com], http: [{text}]}}"))
    assert [one.partition(" ")[2] for one in found] == expected


def test_an_empty_route_beside_a_redirect_says_nothing() -> None:
    assert problems_of("VirtualService", "{hosts: [a.com], http: [{redirect: {uri: /}, route: []}]}") == []
