"""How a forwarder says that it is doing."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from authz.forwarder.ads import Nacked
from authz.forwarder.references import TypeUrl
from authz.forwarder.stream_status import StreamStatus, TypeStatus
from authz.forwarder.supervisor import EnvoyStatus
from authz.observability.counters import Counters
from authz.observability.prometheus import render_metrics
from authz.runtime.forward_standing import ForwardStanding
from tests.support.status import GOOD

AT = datetime(2026, 1, 1, tzinfo=UTC)
UP = EnvoyStatus("1.40.0", 7, ready=True, restarts=0)
TAKEN = {TypeUrl.CLUSTER: TypeStatus("1", acks=1), TypeUrl.LISTENER: TypeStatus("1", acks=1)}
STREAM = StreamStatus("router~", "delta", AT, "v", in_sync=True, types=TAKEN)
NACK = Nacked(TypeUrl.LISTENER, "2", "no such filter", ())
REFUSING = replace(STREAM, in_sync=False, types={**TAKEN, TypeUrl.LISTENER: TypeStatus("1", 1, 1, NACK, AT)})
RESOURCES = dict.fromkeys(TypeUrl, 2)
GOOD_ONE = ForwardStanding(GOOD, draining=False, envoy=UP, streams=(STREAM,), resources=RESOURCES)


def metrics(standing: ForwardStanding) -> list[str]:
    return render_metrics(standing.families(Counters(), 0.0)).splitlines()


def test_an_envoy_that_has_taken_what_it_was_told_is_ready() -> None:
    assert GOOD_ONE.is_ready
    assert GOOD_ONE.reasons == []
    assert GOOD_ONE.as_json()["envoy"] == {"version": "1.40.0", "pid": 7, "ready": True, "restarts": 0, "ended": None}
    assert GOOD_ONE.as_text().startswith("ready\nin force since ")


@pytest.mark.parametrize(
    "changed, reason",
    [
        (replace(GOOD_ONE, draining=True), "draining: told to stop, connections end"),
        (
            replace(GOOD_ONE, envoy=replace(UP, pid=None, ready=False, ended="was ended by signal 9")),
            "Envoy is not running; the last one was ended by signal 9",
        ),
        (replace(GOOD_ONE, envoy=replace(UP, ready=False)), "Envoy is starting"),
        (replace(GOOD_ONE, streams=()), "Envoy has not yet accepted listeners and clusters"),
        (
            replace(GOOD_ONE, streams=(replace(STREAM, types={TypeUrl.CLUSTER: TAKEN[TypeUrl.CLUSTER]}),)),
            "Envoy has not yet accepted listeners and clusters",
        ),
    ],
)
def test_what_keeps_requests_out_is_told(changed: ForwardStanding, reason: str) -> None:
    assert not changed.is_ready
    assert changed.reasons == [reason]
    assert changed.as_text().startswith("not ready\n")
    assert "authz_ready 0" in metrics(changed)


def test_what_is_refused_or_rejected_is_told_and_what_was_in_force_goes_on() -> None:
    standing = replace(GOOD_ONE, streams=(REFUSING,), status=replace(GOOD, rejected=("x",), restart_needed=True))

    assert standing.is_ready
    assert standing.reasons == [
        "the newest files were rejected, an older set is in force",
        "settings have changed that come into force with the next start",
        "router~ refuses listener: no such filter",
    ]
    (connected,) = standing.as_json()["connected"]
    assert connected["refused"] == [{"type": "listener", "message": "no such filter"}]


def test_metrics_count_envoys_and_what_they_are_told() -> None:
    lines = metrics(replace(GOOD_ONE, streams=(STREAM, REFUSING)))

    for line in (
        'authz_forward_resources{type="cluster"} 2',
        "authz_envoys_connected 2",
        "authz_envoys_in_sync 1",
        "authz_envoys_refusing 1",
        "authz_envoy_restarts_total 0",
        "authz_reloads_total 0",
    ):
        assert line in lines


def test_where_others_run_envoys_there_is_none_of_ours_to_wait_for() -> None:
    standing = replace(GOOD_ONE, envoy=None, streams=())

    assert standing.is_ready
    assert standing.as_json()["envoy"] is None
    assert not any(line.startswith("authz_envoy_") for line in metrics(standing))
