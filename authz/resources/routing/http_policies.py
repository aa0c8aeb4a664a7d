"""What else an HTTP route does with requests, time-outs apart: retries, faults, copies, other origins.

Source: istio/istio pkg/config/validation/validation.go, validateHTTPFaultInjection, validateHTTPMirrors,
validateCORSPolicy; agent/validation.go, ValidateHTTPRetry; pilot/pkg/networking/core/route/retry/retry.go.
"""

from datetime import timedelta
from http import HTTPStatus

from authz.model.header_names import is_header_name
from authz.model.problem import Code
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
from authz.model.routing.matching import Exact, Present, StringMatch
from authz.resources.fields import Fields
from authz.resources.nodes import Mapping, Node, text_of
from authz.resources.routing.destination import required_destination
from authz.resources.routing.http_actions import read_status
from authz.resources.routing.string_matches import read_string_match
from authz.resources.routing.values import read_decimal, read_duration, warn

_MAX_INT32 = 2**31 - 1
_ALL = 100
_LEAST_PERCENT = 0.0001
_RETRY_FIELDS = frozenset(
    {"attempts", "perTryTimeout", "retryOn", "retryRemoteLocalities", "retryIgnorePreviousHosts", "backoff"}
)
_RETRY_CONDITIONS = frozenset(
    {
        "5xx",
        "cancelled",
        "connect-failure",
        "deadline-exceeded",
        "envoy-ratelimited",
        "gateway-error",
        "http3-post-connect-failure",
        "internal",
        "refused-stream",
        "reset",
        "reset-before-request",
        "resource-exhausted",
        "retriable-4xx",
        "retriable-headers",
        "retriable-status-codes",
        "unavailable",
    }
)
_STATUS_CODES = {str(status.value): status.value for status in HTTPStatus}
_GRPC_STATUS = {
    name: number
    for number, name in enumerate(
        (
            "OK",
            "CANCELLED",
            "UNKNOWN",
            "INVALID_ARGUMENT",
            "DEADLINE_EXCEEDED",
            "NOT_FOUND",
            "ALREADY_EXISTS",
            "PERMISSION_DENIED",
            "RESOURCE_EXHAUSTED",
            "FAILED_PRECONDITION",
            "ABORTED",
            "OUT_OF_RANGE",
            "UNIMPLEMENTED",
            "INTERNAL",
            "UNAVAILABLE",
            "DATA_LOSS",
            "UNAUTHENTICATED",
        )
    )
}
_CORS_FIELDS = frozenset(
    {
        "allowOrigin",
        "allowOrigins",
        "allowMethods",
        "allowHeaders",
        "exposeHeaders",
        "maxAge",
        "allowCredentials",
        "unmatchedPreflights",
    }
)
_METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "CONNECT", "OPTIONS", "TRACE", "*")
_SECOND = timedelta(seconds=1)


def read_retries(fields: Fields, node: Node | None, path: str) -> Retries | None:
    """`retries`; None where nothing is said, which means the default ones; `{}` means none."""
    root = fields.mapping(node, path, _RETRY_FIELDS)
    if root is None:
        return None
    attempts = fields.integer(root.get("attempts"), f"{path}.attempts", 0, _MAX_INT32) or 0
    words = _retry_on(fields, root.get("retryOn"), f"{path}.retryOn")
    if not attempts:
        _refuse_idle_retries(fields, root, path)
    return Retries(
        attempts=attempts,
        per_try_timeout=read_duration(fields, root.get("perTryTimeout"), f"{path}.perTryTimeout"),
        conditions=tuple([word for word in words if word not in _STATUS_CODES]),
        status_codes=tuple([_STATUS_CODES[word] for word in words if word in _STATUS_CODES]),
        retry_remote_localities=fields.boolean(root.get("retryRemoteLocalities"), f"{path}.retryRemoteLocalities")
        or False,
        ignore_previous_hosts=fields.boolean(root.get("retryIgnorePreviousHosts"), f"{path}.retryIgnorePreviousHosts"),
        backoff=read_duration(fields, root.get("backoff"), f"{path}.backoff"),
    )


def _retry_on(fields: Fields, node: Node | None, path: str) -> list[str]:
    """The words of a list with commas, without blanks: Istio does not take them either."""
    text = fields.string(node, path)
    words = text.split(",") if text else []
    for word in words:
        if node is not None and word not in _RETRY_CONDITIONS and word not in _STATUS_CODES:
            known = ", ".join(sorted(_RETRY_CONDITIONS))
            message = f"expected HTTP status codes or some of {known}, with commas and no blanks; found {word!r}"
            fields.problem(Code.NOT_ONE_OF, node, path, message)
    return words


def _refuse_idle_retries(fields: Fields, root: Mapping, path: str) -> None:
    for key in ("perTryTimeout", "retryOn", "retryRemoteLocalities"):
        node = root.get(key)
        if node is not None and not (key == "retryOn" and not text_of(node)):
            message = "without attempts, or with 0 of them, nothing is tried again; add attempts, or remove this"
            fields.problem(Code.CONFLICTING_FIELDS, root.entries[key][0], f"{path}.{key}", message)


def read_percent(fields: Fields, node: Node | None, path: str, *, least: float = 0.0) -> Percent | None:
    """`{value: 12.5}`, from 0 to 100; None where nothing is said. `least`: of a percentage other than 0."""
    root = fields.mapping(node, path, ("value",))
    if root is None or node is None:
        return None
    value = read_decimal(fields, root.get("value"), f"{path}.value", _ALL) or 0.0
    if 0 < value < least:
        message = f"expected 0, or {least:.4f} to 100, found {value}"
        fields.problem(Code.NOT_ONE_OF, root.get("value") or root, f"{path}.value", message)
    return Percent(value)


def read_old_percent(fields: Fields, root: Mapping, path: str, key: str, instead: str) -> Percent | None:
    """A whole percentage in a field that has been given up for another one."""
    number = fields.integer(root.get(key), f"{path}.{key}", 0, _ALL)
    if key in root.entries:
        warn(fields, Code.DEPRECATED_FIELD, root.entries[key][0], f"{path}.{key}", f"write `{instead}` instead")
    return None if number is None else Percent(float(number))


def read_fault(fields: Fields, node: Node | None, path: str) -> Fault | None:
    """`fault`; None where nothing is said."""
    root = fields.mapping(node, path, ("delay", "abort"))
    if root is None:
        return None
    if not root.entries:
        fields.problem(Code.EMPTY_BLOCK, root, path, "expected delay or abort")
    return Fault(
        delay=_delay(fields, root.get("delay"), f"{path}.delay"),
        abort=_abort(fields, root.get("abort"), f"{path}.abort"),
    )


def _delay(fields: Fields, node: Node | None, path: str) -> FaultDelay | None:
    root = fields.mapping(node, path, ("fixedDelay", "exponentialDelay", "percentage", "percent"))
    if root is None:
        return None
    if "exponentialDelay" in root.entries:
        message = "delays are fixed ones; write fixedDelay"
        fields.problem(Code.NOT_SERVED, root.entries["exponentialDelay"][0], f"{path}.exponentialDelay", message)
    fixed = read_duration(fields, root.get("fixedDelay"), f"{path}.fixedDelay")
    old = read_old_percent(fields, root, path, "percent", "percentage: {value: NUMBER}")
    percentage = read_percent(fields, root.get("percentage"), f"{path}.percentage", least=_LEAST_PERCENT) or old
    if "fixedDelay" not in root.entries:
        warn(fields, Code.IDLE_FAULT, root, path, "this delays nothing; add fixedDelay")
        return None
    _warn_of_no_percentage(fields, root, path, percentage)
    return FaultDelay(fixed or timedelta(0), percentage or NO_PERCENT)


def _abort(fields: Fields, node: Node | None, path: str) -> FaultAbort | None:
    root = fields.mapping(node, path, ("httpStatus", "grpcStatus", "http2Error", "percentage"))
    if root is None:
        return None
    percentage = read_percent(fields, root.get("percentage"), f"{path}.percentage", least=_LEAST_PERCENT)
    kinds = [key for key in ("httpStatus", "grpcStatus", "http2Error") if key in root.entries]
    if len(kinds) > 1:
        message = f"a failure is of one kind; found {' and '.join(kinds)}"
        fields.problem(Code.CONFLICTING_FIELDS, root.entries[kinds[-1]][0], f"{path}.{kinds[-1]}", message)
    if "http2Error" in root.entries:
        message = "failures are of HTTP or gRPC; write httpStatus or grpcStatus"
        fields.problem(Code.NOT_SERVED, root.entries["http2Error"][0], f"{path}.http2Error", message)
    if not kinds:
        warn(fields, Code.IDLE_FAULT, root, path, "this aborts nothing; add httpStatus or grpcStatus")
        return None
    _warn_of_no_percentage(fields, root, path, percentage)
    return FaultAbort(_abort_status(fields, root, path), percentage or NO_PERCENT)


def _abort_status(fields: Fields, root: Mapping, path: str) -> HttpStatus | GrpcStatus:
    if "grpcStatus" in root.entries:
        name = fields.one_of(root.get("grpcStatus"), f"{path}.grpcStatus", _GRPC_STATUS)
        return GrpcStatus(_GRPC_STATUS.get(name or "", 0))
    return HttpStatus(read_status(fields, root.get("httpStatus"), f"{path}.httpStatus"))


def _warn_of_no_percentage(fields: Fields, root: Mapping, path: str, percentage: Percent | None) -> None:
    if percentage is None:
        message = "without percentage no request has this fault; for all write `percentage: {value: 100}`"
        warn(fields, Code.IDLE_FAULT, root, path, message)


def read_mirrors(fields: Fields, node: Node | None, path: str, namespace: str) -> tuple[Mirror, ...]:
    """`mirrors` of a route in a VirtualService of `namespace`."""
    found = []
    for item_path, item in fields.items(node, path):
        root = fields.mapping(item, item_path, ("destination", "percentage"))
        if root is not None:
            destination = required_destination(fields, root, item_path, namespace)
            percentage = read_percent(fields, root.get("percentage"), f"{item_path}.percentage")
            found.append(Mirror(destination, ALL_PERCENT if percentage is None else percentage))
    return tuple(found)


def read_cors(fields: Fields, node: Node | None, path: str) -> CorsPolicy | None:
    """`corsPolicy`; None where nothing is said."""
    root = fields.mapping(node, path, _CORS_FIELDS)
    if root is None:
        return None
    methods = fields.strings(root.get("allowMethods"), f"{path}.allowMethods")
    for index, _, item in methods:
        fields.one_of(item, f"{path}.allowMethods[{index}]", _METHODS)
    word = fields.one_of(
        root.get("unmatchedPreflights"), f"{path}.unmatchedPreflights", ("UNSPECIFIED", "FORWARD", "IGNORE")
    )
    return CorsPolicy(
        allow_origins=_origins(fields, root, path),
        allow_methods=tuple([method for _, method, _ in methods]),
        allow_headers=_header_names(fields, root.get("allowHeaders"), f"{path}.allowHeaders"),
        expose_headers=_header_names(fields, root.get("exposeHeaders"), f"{path}.exposeHeaders"),
        max_age=_max_age(fields, root.get("maxAge"), f"{path}.maxAge"),
        allow_credentials=fields.boolean(root.get("allowCredentials"), f"{path}.allowCredentials"),
        unmatched_preflights=UnmatchedPreflights.IGNORE if word == "IGNORE" else UnmatchedPreflights.FORWARD,
    )


def _origins(fields: Fields, root: Mapping, path: str) -> tuple[StringMatch, ...]:
    """`allowOrigins`, else the old `allowOrigin`."""
    old = fields.strings(root.get("allowOrigin"), f"{path}.allowOrigin")
    if "allowOrigin" in root.entries:
        message = "write `allowOrigins: [{exact: ORIGIN}]` instead; beside it this does nothing"
        warn(fields, Code.DEPRECATED_FIELD, root.entries["allowOrigin"][0], f"{path}.allowOrigin", message)
    if "allowOrigins" not in root.entries:
        return tuple([Exact(text) for _, text, _ in old])
    found = []
    for item_path, item in fields.items(root.get("allowOrigins"), f"{path}.allowOrigins"):
        match = read_string_match(fields, item, item_path)
        if match in {Present(), Exact("")}:
            fields.problem(Code.EMPTY_VALUE, item, item_path, 'an origin is not empty; for any write `regex: ".*"`')
        elif match is not None:
            found.append(match)
    return tuple(found)


def _header_names(fields: Fields, node: Node | None, path: str) -> tuple[str, ...]:
    found = fields.strings(node, path)
    for index, name, item in found:
        if name != "*" and not is_header_name(name):
            fields.problem(Code.BAD_HEADER_NAME, item, f"{path}[{index}]", f"no header has a name such as {name!r}")
    return tuple([name for _, name, _ in found])


def _max_age(fields: Fields, node: Node | None, path: str) -> timedelta | None:
    age = read_duration(fields, node, path)
    if age is not None and age % _SECOND and node is not None:
        fields.problem(Code.BAD_DURATION, node, path, f"expected whole seconds, found {age / _SECOND:g} s")
    return age
