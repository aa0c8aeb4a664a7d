"""What a provider sent -> its answer. What cannot be carried on safely is refused, which denies and never fails open.

Sources: envoy/service/auth/v3/external_auth.proto; envoy/config/core/v3/base.proto, HeaderValueOption; for HTTP
envoy/extensions/filters/http/ext_authz/v3/ext_authz.proto, AuthorizationResponse, and the fields of istio/api
mesh/v1alpha1/config.proto, EnvoyExternalAuthorizationHttpProvider.
"""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from google.protobuf.message import DecodeError

from authz.model.custom import HeaderAction, HeaderChange, ProviderAllows, ProviderAnswer, ProviderDenies
from authz.model.decision import Reason
from authz.model.header_names import NO_NAMES, RESERVED, HeaderNames, is_header_name, is_header_value
from authz.model.string_match import ascii_lower
from authz.pb import CheckResponse, HeaderValueOption
from authz.resources.extension_provider import HttpCheck

_ALWAYS_DOWNSTREAM = frozenset({"location", "www-authenticate"})
_REMOVE_HEADERS = "x-envoy-auth-headers-to-remove"
_QUERY = re.compile(r"[!-\"$-~]*")  # it is written into the request line as it stands
_MAX_HEADERS = 200
_OK, _FIRST_SERVER_ERROR = 200, 500
_STATUSES = range(200, 600)

_ACTIONS = {
    HeaderValueOption.ADD_IF_ABSENT: HeaderAction.ADD_IF_ABSENT,
    HeaderValueOption.OVERWRITE_IF_EXISTS_OR_ADD: HeaderAction.OVERWRITE,
    HeaderValueOption.OVERWRITE_IF_EXISTS: HeaderAction.OVERWRITE_IF_EXISTS,
}


@dataclass(frozen=True, slots=True)
class Failed:
    """The provider could not be asked, or said that it failed: what `failOpen` is for."""

    detail: str


class RefusedError(Exception):
    """An answer, or a question, that must not be carried on; the text says why."""


def refusal(error: RefusedError) -> ProviderDenies:
    """The denial that an answer becomes when it is refused."""
    return ProviderDenies(reason=Reason.CUSTOM_ANSWER_REFUSED, detail=f"the provider's answer is refused: {error}")


def read_check_response(data: bytes) -> ProviderAnswer:
    """Read a CheckResponse as Envoy does: its status alone decides. Its dynamic metadata is not taken over."""
    try:
        message = CheckResponse.FromString(data)
        if message.status.code:
            denied = message.denied_response
            status = denied.status.code if denied.status.code in _STATUSES else 403
            return ProviderDenies(status, _options(denied.headers, HeaderAction.ADD), denied.body)
        ok = message.ok_response
        return ProviderAllows(
            headers=_options(ok.headers, HeaderAction.OVERWRITE),
            remove_headers=_removals(ok.headers_to_remove),
            response_headers=_options(ok.response_headers_to_add, HeaderAction.ADD),
            set_query=tuple([(_query(one.key), _query(one.value)) for one in ok.query_parameters_to_set]),
            remove_query=tuple([_query(key) for key in ok.query_parameters_to_remove]),
        )
    except DecodeError:
        return refusal(RefusedError("it is no CheckResponse"))
    except RefusedError as error:
        return refusal(error)


def _options(options: Sequence[HeaderValueOption], default: HeaderAction) -> tuple[HeaderChange, ...]:
    """`default`: what Envoy 1.40 does where nothing is said, or APPEND_IF_EXISTS_OR_ADD, which looks the same."""
    _check_number(len(options))
    return _settable(
        [(one.header.key, _text(one.header.value or one.header.raw_value), _action(one, default)) for one in options]
    )


def _action(option: HeaderValueOption, default: HeaderAction) -> HeaderAction:
    if option.HasField("append"):
        return HeaderAction.JOIN if option.append.value else HeaderAction.OVERWRITE
    return _ACTIONS.get(option.append_action, default)


def read_http_response(
    status: int, lines: Sequence[tuple[bytes, bytes]], body: bytes, settings: HttpCheck
) -> ProviderAnswer | Failed:
    """Read an answer of HTTP: 200 allows, 5xx is a failure, anything else denies."""
    if status >= _FIRST_SERVER_ERROR:
        return Failed(f"it answered {status}")
    try:
        _check_number(len(lines))
        headers = [(ascii_lower(name.decode("latin-1")), value) for name, value in lines]
        if status == _OK:
            return _http_allows(headers, settings)
        return _http_denies(status, headers, body, settings)
    except RefusedError as error:
        return refusal(error)


def _http_allows(headers: Sequence[tuple[str, bytes]], settings: HttpCheck) -> ProviderAllows:
    upstream = {name: value for name, value in headers if name in settings.to_upstream_on_allow}  # the last one counts
    removals = [_text(value).split(",") for name, value in headers if name == _REMOVE_HEADERS]
    return ProviderAllows(
        headers=_settable(
            [
                (name, _text(value), HeaderAction.OVERWRITE)
                for name, value in upstream.items()
                if name != _REMOVE_HEADERS
            ]
        ),
        remove_headers=_removals(name.strip(" \t") for names in removals for name in names),
        response_headers=_downstream(headers, settings.to_downstream_on_allow),
    )


def _http_denies(status: int, headers: Sequence[tuple[str, bytes]], body: bytes, settings: HttpCheck) -> ProviderDenies:
    """All headers of the answer, or the listed ones and those that a client cannot do without."""
    if status not in _STATUSES:
        raise RefusedError(f"its status is {status}")
    wanted = settings.to_downstream_on_deny
    if wanted:
        wanted = HeaderNames(wanted.exact | _ALWAYS_DOWNSTREAM, wanted.prefixes, wanted.suffixes)
    else:
        wanted = HeaderNames(frozenset(name for name, _ in headers))
    try:
        text = body.decode("utf-8")
    except UnicodeDecodeError:  # a CheckResponse carries text only
        encoded = any(name == "content-encoding" for name, _ in headers)
        text = "" if encoded else body.decode("utf-8", "replace")
        wanted = HeaderNames(wanted.exact - {"content-encoding"}, wanted.prefixes, wanted.suffixes)
    return ProviderDenies(status, _downstream(headers, wanted), text)


def _downstream(headers: Iterable[tuple[str, bytes]], wanted: HeaderNames) -> tuple[HeaderChange, ...]:
    """Headers for the client: what is there is overwritten, but several lines of a name (cookies) are added to it.

    Not the first line overwriting and the others added: Envoy adds before it overwrites.
    """
    if wanted is NO_NAMES:
        return ()
    chosen = [(name, value) for name, value in headers if name in wanted]
    lines = Counter(name for name, _ in chosen)
    return _settable(
        [
            (name, _text(value), HeaderAction.ADD if lines[name] > 1 else HeaderAction.OVERWRITE)
            for name, value in chosen
        ]
    )


def _settable(headers: Iterable[tuple[str, str, HeaderAction]]) -> tuple[HeaderChange, ...]:
    """Pseudo headers, the host and what speaks of a connection are not a provider's to set: they are left out.

    Raises RefusedError for what would not stay one header.
    """
    changes = []
    for key, value, action in headers:
        name = ascii_lower(key)
        if name.startswith(":") or name in RESERVED:
            continue
        if not is_header_name(name):
            raise RefusedError(f"{name[:80]!r} is no header's name")
        if not is_header_value(value):
            raise RefusedError(f"the header {name} has a line break or a NUL")
        changes.append(HeaderChange(name, value, action))
    return tuple(changes)


def _removals(names: Iterable[str]) -> tuple[str, ...]:
    wanted = [ascii_lower(name) for name in names if name]
    _check_number(len(wanted))
    kept = [name for name in wanted if not name.startswith(":") and name != "host"]
    for name in kept:
        if not is_header_name(name):
            raise RefusedError(f"{name[:80]!r} is no header's name")
    return tuple(kept)


def _query(text: str) -> str:
    if not _QUERY.fullmatch(text):
        raise RefusedError(f"{text[:80]!r} cannot stand in a query")
    return text


def _check_number(headers: int) -> None:
    if headers > _MAX_HEADERS:
        raise RefusedError(f"it has {headers} headers, more than {_MAX_HEADERS}")


def _text(value: str | bytes) -> str:
    try:
        return value if isinstance(value, str) else value.decode("utf-8")
    except UnicodeDecodeError:
        raise RefusedError("a header is not UTF-8") from None
