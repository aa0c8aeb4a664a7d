"""Routes that answer by themselves: redirects and direct responses, as Envoy has them.

Source: istio/istio pilot/pkg/networking/core/route/route.go, ApplyRedirect and ApplyDirectResponse.
"""

from typing import assert_never

from authz.model.routing.http_route import DerivedPort, DirectResponse, Redirect
from authz.pb.core import DataSource
from authz.pb.route import DirectResponseAction, RedirectAction

_CODES = {
    301: RedirectAction.MOVED_PERMANENTLY,
    302: RedirectAction.FOUND,
    303: RedirectAction.SEE_OTHER,
    307: RedirectAction.TEMPORARY_REDIRECT,
    308: RedirectAction.PERMANENT_REDIRECT,
}
_USUAL_PORTS = {("http", 80), ("https", 443)}


def redirect_action(redirect: Redirect, port: int, *, is_tls: bool) -> RedirectAction:
    """`port`: what FROM_REQUEST_PORT is, that of the server; `is_tls`: whether requests come by HTTPS."""
    made = RedirectAction(
        host_redirect=redirect.authority,
        port_redirect=_port(redirect, port, is_tls=is_tls),
        response_code=_CODES[redirect.code],
    )
    if redirect.prefix_rewrite:
        made.prefix_rewrite = redirect.prefix_rewrite
    elif redirect.uri:
        made.path_redirect = redirect.uri
    if redirect.scheme:
        made.scheme_redirect = redirect.scheme
    return made


def _port(redirect: Redirect, port: int, *, is_tls: bool) -> int:
    """The port that a redirect names, 0 for none: those that everybody assumes are left out."""
    match redirect.port:
        case None | DerivedPort.FROM_PROTOCOL_DEFAULT:
            return 0
        case DerivedPort.FROM_REQUEST_PORT:
            number = port
        case int(number):
            pass
        case _:
            assert_never(redirect.port)
    scheme = redirect.scheme or ("https" if is_tls else "http")
    return 0 if (scheme, number) in _USUAL_PORTS else number


def direct_response_action(response: DirectResponse) -> DirectResponseAction:
    """An answer, with its body as text where it is one."""
    made = DirectResponseAction(status=response.status)
    if response.body:
        made.body.CopyFrom(_body(response.body))
    return made


def _body(body: bytes) -> DataSource:
    try:
        return DataSource(inline_string=body.decode())
    except UnicodeDecodeError:
        return DataSource(inline_bytes=body)
