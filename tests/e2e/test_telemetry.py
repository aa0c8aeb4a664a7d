"""A trace that a client began goes on in the authorizer's spans."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.e2e.support import http1
from tests.e2e.support.authorizer import policy, start_authorizer, to
from tests.e2e.support.config import HttpListener, authorizer_cluster
from tests.support.collector import Collector, counts, texts

if TYPE_CHECKING:
    from pathlib import Path

    from tests.e2e.conftest import StartEnvoy

pytestmark = pytest.mark.e2e

POLICIES = [policy("open", "ALLOW", "web", to(paths=["/open"]))]
TRACE, PARENT = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"


def test_spans_and_counters_of_requests_through_envoy_arrive(start_envoy: StartEnvoy, tmp_path: Path) -> None:
    with Collector() as collector:
        flags = ["--otlp-endpoint", collector.endpoint, "--traces", "parent", "--otlp-metrics"]
        with start_authorizer(tmp_path, POLICIES, flags=flags) as authorizer:
            cluster = authorizer_cluster(authorizer.ready.address)
            address = start_envoy([HttpListener("web", {"app": "web"})], cluster)["web"]
            sampled, not_sampled = [("traceparent", f"00-{TRACE}-{PARENT}-{flag}") for flag in ("01", "00")]
            asked = [("/open", sampled), ("/closed", sampled), ("/open", not_sampled)]
            assert [http1.get(address, path, header) for path, header in asked] == [200, 403, 200]
            assert authorizer.stop() == 0
        spans = sorted(collector.spans, key=lambda span: span.start_time_unix_nano)
        assert [(span.trace_id.hex(), span.parent_span_id.hex()) for span in spans] == [(TRACE, PARENT)] * 2
        told = [texts(span.attributes) for span in spans]
        assert [one["authz.decision"] for one in told] == ["allowed", "denied"]
        assert [one["authz.reason"] for one in told] == ["allow_rule", "no_allow_rule"]
        assert {one["authz.workload.namespace"] for one in told} == {"default"}
        assert {one["authz.digest"] for one in told} == {authorizer.ready.digest}
        assert not [key for one in told for key in one if "path" in key]
        decisions = counts(collector.metrics["authz_decisions"])
        assert (decisions["allow_rule", "allowed"], decisions["no_allow_rule", "denied"]) == (2, 1)
