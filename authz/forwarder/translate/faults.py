"""Failures made on purpose, as Envoy's fault filter has them for a route.

Source: istio/istio pilot/pkg/networking/core/route/route.go, TranslateFault.
"""

from typing import assert_never

from authz.forwarder.translate.wrapped import as_duration, as_millionths
from authz.model.routing.http_route import Fault, FaultAbort, FaultDelay, GrpcStatus, HttpStatus
from authz.pb import common_fault, fault

FAULT_FILTER = "envoy.filters.http.fault"


def http_fault(wanted: Fault) -> fault.HTTPFault | None:
    """What a route does to requests; None: nothing. A percentage that nobody wrote is 0, and does nothing either."""
    if wanted.delay is None and wanted.abort is None:
        return None
    made = fault.HTTPFault()
    if wanted.delay is not None:
        made.delay.CopyFrom(_delay(wanted.delay))
    if wanted.abort is not None:
        made.abort.CopyFrom(_abort(wanted.abort))
    return made


def _delay(delay: FaultDelay) -> common_fault.FaultDelay:
    return common_fault.FaultDelay(fixed_delay=as_duration(delay.fixed), percentage=as_millionths(delay.percentage))


def _abort(abort: FaultAbort) -> fault.FaultAbort:
    percentage = as_millionths(abort.percentage)
    match abort.status:
        case HttpStatus(code):
            return fault.FaultAbort(http_status=code, percentage=percentage)
        case GrpcStatus(code):
            return fault.FaultAbort(grpc_status=code, percentage=percentage)
        case _:
            assert_never(abort.status)
