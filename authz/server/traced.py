"""The check door with a span a decision. Where tracing is off, it is not there at all."""

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial

from google.protobuf.message import DecodeError

from authz.model.facts import RawRequest
from authz.model.workload import Workload
from authz.observability.telemetry import Span, Spans
from authz.pb import CheckRequest, CheckResponse
from authz.server.check import Pending
from authz.server.convert import RawCheck

_log = logging.getLogger(__name__)

Check = Callable[[bytes, Mapping[str, str], float | None], bytes | Pending]


@dataclass(frozen=True, slots=True)
class TracedCheck:
    """Asks `door` and tells `spans`. What is told is in the answer; of the request nothing but whose it is.

    `workload` says whose a request is, if that is known. `with_paths`: spans have the path, without its query.
    """

    door: Check
    spans: Spans
    workload: Callable[[RawRequest], Workload | None]
    with_paths: bool = False

    def check(self, request: bytes, metadata: Mapping[str, str], deadline: float | None) -> bytes | Pending:
        """As the door. A failing span changes no answer."""
        span, attributes = self._begin(request, metadata)
        answer = self.door(request, metadata, deadline)
        if span is None:
            return answer
        if isinstance(answer, Pending):
            return answer.mapped(partial(_end, span, attributes))
        return _end(span, attributes, answer)

    def _begin(self, request: bytes, metadata: Mapping[str, str]) -> tuple[Span | None, dict[str, str]]:
        """Most requests have no parent that is sampled: they must cost next to nothing."""
        may_have_parent = b"traceparent" in request
        if not may_have_parent and not self.spans.has_own_roots:
            return None, {}
        try:
            if not may_have_parent and (span := self.spans.begin(None, None)) is None:
                return None, {}
            raw = RawCheck(CheckRequest.FromString(request), metadata)
            if may_have_parent and (span := self.spans.begin(*_context_of(raw))) is None:
                return None, {}
            return span, self._attributes(raw)
        except DecodeError:
            return None, {}
        except Exception:  # noqa: BLE001 - the decision is what counts
            _log.exception("a span could not begin")
            return None, {}

    def _attributes(self, raw: RawRequest) -> dict[str, str]:
        workload = self.workload(raw)
        attributes = {} if workload is None else {"authz.workload.namespace": workload.namespace}
        if self.with_paths and raw.is_http:
            attributes["url.path"] = raw.target.partition("?")[0].encode("utf-8", "backslashreplace").decode()
        return attributes


def _context_of(raw: RawRequest) -> tuple[str | None, str | None]:
    """`traceparent` and `tracestate`; a repeated traceparent is none. Source: W3C Trace Context, section 3.2."""
    if not raw.is_http:
        return None, None
    parents, states = raw.header_lines("traceparent"), raw.header_lines("tracestate")
    return parents[0] if len(parents) == 1 else None, ",".join(states) or None


_TOLD = {
    "reason": "authz.reason",
    "matched_policy": "authz.matched_policy",
    "policy_digest": "authz.digest",
    "decision_id": "authz.decision_id",
}


def _end(span: Span, attributes: Mapping[str, str], answer: bytes) -> bytes:
    try:
        response = CheckResponse.FromString(answer)
        said = response.dynamic_metadata.fields
        told = {name: said[key].string_value for key, name in _TOLD.items() if key in said}
        told["authz.decision"] = "denied" if response.status.code else "allowed"
        span.end({**attributes, **told})
    except Exception:  # noqa: BLE001 - the decision is what counts
        _log.exception("a span could not end")
    return answer
