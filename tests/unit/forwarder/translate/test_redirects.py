from typing import Any

import pytest

from authz.forwarder.translate.redirects import direct_response_action, redirect_action
from authz.model.routing.http_route import DirectResponse, Redirect
from authz.pb.packing import to_json
from tests.support.routes import http


def redirected(text: str, port: int = 8080, *, is_tls: bool = False) -> Any:
    action = http(f"{{redirect: {text}}}").action
    assert isinstance(action, Redirect)
    return to_json(redirect_action(action, port, is_tls=is_tls))


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("{uri: /a}", {"path_redirect": "/a"}),
        ("{prefixRewrite: /a}", {"prefix_rewrite": "/a"}),
        ("{authority: a.com}", {"host_redirect": "a.com"}),
        ("{scheme: https}", {"scheme_redirect": "https"}),
        ("{authority: a.com, redirectCode: 301}", {"host_redirect": "a.com"}),
        ("{authority: a.com, redirectCode: 302}", {"host_redirect": "a.com", "response_code": "FOUND"}),
        ("{authority: a.com, redirectCode: 303}", {"host_redirect": "a.com", "response_code": "SEE_OTHER"}),
        ("{authority: a.com, redirectCode: 307}", {"host_redirect": "a.com", "response_code": "TEMPORARY_REDIRECT"}),
        ("{authority: a.com, redirectCode: 308}", {"host_redirect": "a.com", "response_code": "PERMANENT_REDIRECT"}),
    ],
)
def test_a_redirect_changes_what_it_names_and_nothing_else(text: str, found: Any) -> None:
    assert redirected(text) == found


@pytest.mark.parametrize(
    ("text", "port", "scheme", "found"),
    [
        ("{port: 8443}", 80, "http", 8443),
        ("{port: 80}", 8080, "http", None),
        ("{port: 443}", 8080, "http", 443),
        ("{port: 443}", 8443, "https", None),
        ("{port: 80}", 8443, "https", 80),
        ("{port: 443, scheme: https}", 8080, "http", None),
        ("{port: 80, scheme: https}", 8080, "http", 80),
        ("{derivePort: FROM_REQUEST_PORT}", 8080, "http", 8080),
        ("{derivePort: FROM_REQUEST_PORT}", 80, "http", None),
        ("{derivePort: FROM_REQUEST_PORT, scheme: https}", 80, "http", 80),
        ("{derivePort: FROM_PROTOCOL_DEFAULT}", 8080, "http", None),
        ("{uri: /a}", 8080, "http", None),
    ],
)
def test_a_port_is_named_unless_everybody_assumes_it(text: str, port: int, scheme: str, found: int | None) -> None:
    assert redirected(text, port, is_tls=scheme == "https").get("port_redirect") == found


@pytest.mark.parametrize(
    ("response", "found"),
    [
        (DirectResponse(204), {"status": 204}),
        (DirectResponse(200, b"hello"), {"status": 200, "body": {"inline_string": "hello"}}),
        (DirectResponse(200, b"\xff"), {"status": 200, "body": {"inline_bytes": "/w=="}}),
    ],
)
def test_a_response_has_a_status_and_maybe_a_body(response: DirectResponse, found: Any) -> None:
    assert to_json(direct_response_action(response)) == found
