"""Repeated headers and bytes that are no text, with raw headers (our way) and merged ones (Envoy's default)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.e2e.support import http1
from tests.e2e.support.authorizer import policy, start_authorizer, when
from tests.e2e.support.config import HttpListener, authorizer_cluster

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.e2e.conftest import Addresses, StartEnvoy

pytestmark = pytest.mark.e2e

POLICIES = [
    policy("admins", "ALLOW", "allow", when("request.headers[x-role]", values=["admin"])),
    policy("teams", "ALLOW", "allow", when("request.headers[x-team]", values=["team-*"])),
    policy("loud", "ALLOW", "allow", when("request.headers[x-loud]", values=["!!"])),
    policy("marked", "ALLOW", "allow", when("request.headers[x-mark]", values=["*"])),
    policy("no-admins", "DENY", "deny", when("request.headers[x-role]", values=["admin"])),
]
FORMS = {"raw": True, "merged": False}
Header = tuple[str, str | bytes]


@pytest.fixture(scope="module")
def envoy(start_envoy: StartEnvoy, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Addresses]:
    with start_authorizer(tmp_path_factory.mktemp("authorizer"), POLICIES) as authorizer:
        listeners = [
            HttpListener(f"{form}/{app}", {"app": app}, ext_authz={"encode_raw_headers": raw})
            for form, raw in FORMS.items()
            for app in ("allow", "deny")
        ]
        yield start_envoy(listeners, authorizer_cluster(authorizer.ready.address))


def statuses(envoy: Addresses, form: str, *headers: Header) -> tuple[int, int]:
    """Send headers to the workload that allows by them, and to the one that denies by them."""
    return http1.get(envoy[f"{form}/allow"], "/", *headers), http1.get(envoy[f"{form}/deny"], "/", *headers)


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize(
    "header", [("x-role", "admin"), ("X-ROLE", "admin"), ("x-role", "admin \t"), ("x-role", " \tadmin")]
)
def test_one_line_is_one_value_without_the_blanks_around_it(envoy: Addresses, form: str, header: Header) -> None:
    assert statuses(envoy, form, header) == (200, 403)


@pytest.mark.parametrize("values", [("guest", "admin"), ("admin", "guest"), ("", "admin"), ("admin", "admin")])
def test_each_line_of_a_repeated_header_is_a_value_where_headers_are_raw(
    envoy: Addresses, values: tuple[str, str]
) -> None:
    assert statuses(envoy, "raw", *(("x-role", value) for value in values)) == (200, 403)


def test_repeated_lines_are_one_joined_value_where_the_proxy_merged_them(envoy: Addresses) -> None:
    assert statuses(envoy, "merged", ("x-role", "guest"), ("x-role", "admin")) == (403, 200)


@pytest.mark.parametrize("form", FORMS)
def test_a_comma_in_one_line_separates_nothing(envoy: Addresses, form: str) -> None:
    assert statuses(envoy, form, ("x-role", "guest,admin")) == (403, 200)


@pytest.mark.parametrize("form", FORMS)
def test_a_header_with_an_empty_value_is_present(envoy: Addresses, form: str) -> None:
    assert statuses(envoy, form, ("x-mark", ""))[0] == 200


@pytest.mark.parametrize(
    ("headers", "allowed"),
    [
        ([("x-role", b"admin\xff")], False),
        ([("x-role", b"\xff\xfe"), ("x-role", b"admin")], True),
        ([("x-other", b"\xff\xfe"), ("x-role", b"admin")], True),
        ([("x-team", b"team-\xff")], True),
        ([("x-team", b"\xffteam-1")], False),
        ([("x-loud", b"!!")], True),
        ([("x-loud", b"\xff\xfe")], False),
    ],
)
def test_bytes_that_are_no_utf8_are_compared_as_they_came(
    envoy: Addresses, headers: list[Header], *, allowed: bool
) -> None:
    assert http1.get(envoy["raw/allow"], "/", *headers) == (200 if allowed else 403)


def test_a_merged_header_that_is_no_utf8_spoils_only_itself(envoy: Addresses) -> None:
    assert statuses(envoy, "merged", ("x-role", b"admin\xff")) == (403, 200)
    assert statuses(envoy, "merged", ("x-role", b"admin"), ("x-other", b"\xff")) == (200, 403)
