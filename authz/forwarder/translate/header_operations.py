"""`headers` of a route or a destination, as Envoy has them.

Source: istio/istio pilot/pkg/networking/core/route/route.go, TranslateHeadersOperations. Envoy removes first, then adds
in the order of the list.
"""

from dataclasses import dataclass

from authz.model.routing.http_route import HeaderOperations, Headers, HeaderValues
from authz.model.string_match import ascii_lower
from authz.pb.core import HeaderValue, HeaderValueOption
from authz.pb.route import Route, WeightedCluster

_AUTHORITY = frozenset({":authority", "host"})
_SET = HeaderValueOption.OVERWRITE_IF_EXISTS_OR_ADD
_ADD = HeaderValueOption.APPEND_IF_EXISTS_OR_ADD


@dataclass(frozen=True, slots=True)
class HeaderChanges:
    """What becomes of headers. `authority`: the host that the workload sees instead; empty: as it was."""

    request_add: tuple[HeaderValueOption, ...] = ()
    request_remove: tuple[str, ...] = ()
    response_add: tuple[HeaderValueOption, ...] = ()
    response_remove: tuple[str, ...] = ()
    authority: str = ""


NO_CHANGES = HeaderChanges()


def header_changes(headers: Headers | None) -> HeaderChanges:
    """First all that is set, then all that is added. An authority that is set wins over one that is added."""
    if headers is None:
        return NO_CHANGES
    request, response = headers.request, headers.response
    return HeaderChanges(
        request_add=_additions(request),
        request_remove=_removals(request),
        response_add=_additions(response),
        response_remove=_removals(response),
        authority=_authority(request.set) or _authority(request.add),
    )


def add_header_changes(holder: Route | WeightedCluster.ClusterWeight, changes: HeaderChanges) -> None:
    """Put changes after those that are there. The authority is not among them: it is rewritten by the action."""
    if changes is NO_CHANGES:
        return
    holder.request_headers_to_add.extend(changes.request_add)
    holder.request_headers_to_remove.extend(changes.request_remove)
    holder.response_headers_to_add.extend(changes.response_add)
    holder.response_headers_to_remove.extend(changes.response_remove)


def _additions(operations: HeaderOperations) -> tuple[HeaderValueOption, ...]:
    return (*_values(operations.set, _SET), *_values(operations.add, _ADD))


def _values(values: HeaderValues, action: int) -> list[HeaderValueOption]:
    return [
        HeaderValueOption(header=HeaderValue(key=name, value=value), append_action=action)
        for name, value in values
        if not _is_internal(name)
    ]


def _removals(operations: HeaderOperations) -> tuple[str, ...]:
    return tuple([name for name in operations.remove if not _is_internal(name)])


def _authority(values: HeaderValues) -> str:
    return next((value for name, value in reversed(values) if ascii_lower(name) in _AUTHORITY), "")


def _is_internal(name: str) -> bool:
    """Whether it is none of the headers that can be changed as such."""
    return name.startswith(":") or ascii_lower(name) == "host"
