import json

import pytest

from authz.observability.counters import Counters
from authz.server.health import HealthDoor
from authz.server.metrics import families
from authz.server.operations import HttpAnswer, OperationsDoor, prefers_text
from authz.server.readiness import ReadinessView
from tests.support.status import GOOD


@pytest.fixture
def health() -> HealthDoor:
    return HealthDoor()


@pytest.fixture
def door(health: HealthDoor) -> OperationsDoor:
    view = ReadinessView(lambda: GOOD, health)
    return OperationsDoor(view.look, lambda: families(Counters(), view.look(), 0.0))


def get(door: OperationsDoor, target: str, accept: str = "*/*") -> HttpAnswer:
    return door.answer("GET", target, accept)


def test_a_living_process_is_healthy_whatever_else(door: OperationsDoor, health: HealthDoor) -> None:
    health.drain()
    assert get(door, "/healthz") == HttpAnswer(200, "text/plain; charset=utf-8", b"ok\n")


def test_readiness_is_a_status_and_json(door: OperationsDoor, health: HealthDoor) -> None:
    answer = get(door, "/readyz")
    assert (answer.status, answer.content_type) == (200, "application/json")
    assert json.loads(answer.body)["ready"] is True
    health.drain()
    answer = get(door, "/readyz")
    assert answer.status == 503
    assert json.loads(answer.body)["reasons"] == ["draining: told to stop, calls in flight end"]


def test_readiness_in_short_is_text(door: OperationsDoor) -> None:
    answer = get(door, "/readyz", "text/plain")
    assert (answer.status, answer.content_type) == (200, "text/plain; charset=utf-8")
    assert answer.body.startswith(b"ready\nin force since ")


def test_metrics_are_the_text_format(door: OperationsDoor) -> None:
    answer = get(door, "/metrics", "application/openmetrics-text")
    assert (answer.status, answer.content_type) == (200, "text/plain; version=0.0.4; charset=utf-8")
    assert b"\nauthz_policies 6\n" in answer.body
    assert answer.body.endswith(b"\n")


@pytest.mark.parametrize("target", ["/readyz?verbose", "/readyz?"])
def test_a_query_changes_nothing(door: OperationsDoor, target: str) -> None:
    assert get(door, target) == get(door, "/readyz")


@pytest.mark.parametrize(
    "target", ["/", "*", "/ready", "/readyz/", "//readyz", "/./readyz", "/READYZ", "/%72eadyz", "http://h/readyz", "?"]
)
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_there_is_nothing_else(door: OperationsDoor, target: str, method: str) -> None:
    answer = door.answer(method, target, "")
    assert (answer.status, answer.body) == (404, b"not found; there are /healthz, /readyz, /metrics\n")


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "OPTIONS", "TRACE", "PATCH", "CONNECT", "get"])
@pytest.mark.parametrize("target", ["/healthz", "/readyz", "/metrics"])
def test_nothing_can_be_changed(door: OperationsDoor, method: str, target: str) -> None:
    answer = door.answer(method, target, "")
    assert (answer.status, answer.allow) == (405, "GET, HEAD")


@pytest.mark.parametrize(
    ("accept", "text"),
    [
        ("", False),
        ("*/*", False),
        ("application/json", False),
        ("text/plain, application/json", False),
        ("text/html, */*;q=0.8", False),
        ("text/plain", True),
        ("Text/Plain", True),
        ("text/*", True),
        ("text/plain;charset=utf-8", True),
        ("application/json;q=0.5, text/plain", True),
        ("application/json;q=0.5,text/plain;q=0.4", False),
        ("text/plain, */*;q=0.1", True),
        ("text/*;q=0.9, text/plain;q=0, */*;q=0.1", False),
        ("text/plain;q=nonsense", False),
        ("text/plain;q=²", False),
        ("text/plain;q=.", False),
        (",;,;q=", False),
    ],
)
def test_what_is_wanted_more_is_sent(accept: str, *, text: bool) -> None:
    assert prefers_text(accept) is text
