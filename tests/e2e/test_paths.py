"""Spellings of a guarded path that slipped past others, in both directions, with and without normalization in Envoy.

Source: security-cases, rows 1 to 9; the forms of a mesh's `pathNormalization`.
"""

from __future__ import annotations

import contextlib
from enum import IntEnum
from typing import TYPE_CHECKING, Any

import pytest

from tests.e2e.support import http1
from tests.e2e.support.authorizer import policy, start_authorizer, to
from tests.e2e.support.config import HttpListener, authorizer_cluster

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from tests.e2e.conftest import Addresses, StartEnvoy

pytestmark = pytest.mark.e2e


class Mode(IntEnum):
    """The mesh's normalization; each does what those before it do, and more."""

    BASE = 1
    MERGE_SLASHES = 2
    DECODE_AND_MERGE_SLASHES = 3
    NEVER = 4  # no mode makes it a guarded path


GUARDED = ["/admin", "/admin/*"]
POLICIES = [
    policy("deny-paths", "DENY", "deny-paths", to(paths=GUARDED)),
    policy("allow-not-paths", "ALLOW", "allow-not-paths", to(notPaths=GUARDED)),
]
DIRECTIONS = ("deny-paths", "allow-not-paths")
MODES = (Mode.BASE, Mode.MERGE_SLASHES, Mode.DECODE_AND_MERGE_SLASHES)
MANAGERS: Mapping[Mode, Mapping[str, Any]] = {
    Mode.BASE: {},
    Mode.MERGE_SLASHES: {"merge_slashes": True},
    Mode.DECODE_AND_MERGE_SLASHES: {
        "merge_slashes": True,
        "path_with_escaped_slashes_action": "UNESCAPE_AND_FORWARD",
    },
}

# A request target, and from which mode on it is /admin or below.
TARGETS = [
    ("/admin", Mode.BASE),
    ("/admin?", Mode.BASE),
    ("/admin?x=/public", Mode.BASE),
    ("/admin/x", Mode.BASE),
    ("/%61dmin", Mode.BASE),
    ("/%61%64%6D%69%6e", Mode.BASE),
    ("/a/../admin", Mode.BASE),
    ("/a/%2e%2e/admin", Mode.BASE),
    ("/a/%2E./admin", Mode.BASE),
    ("/./admin", Mode.BASE),
    ("/../../admin", Mode.BASE),
    ("/admin/.", Mode.BASE),
    ("/a\\..\\admin", Mode.BASE),
    ("/\\../admin", Mode.BASE),
    ("/..;/admin", Mode.BASE),
    ("/a/..;x=1/admin", Mode.BASE),
    ("/a/.;/../admin", Mode.BASE),
    ("http://web.test/admin", Mode.BASE),
    ("http://web.test/a/../admin", Mode.BASE),
    ("//admin", Mode.MERGE_SLASHES),
    ("//admin/x", Mode.MERGE_SLASHES),
    ("/a/..//admin", Mode.MERGE_SLASHES),
    ("http://web.test//admin", Mode.MERGE_SLASHES),
    ("/\\admin", Mode.MERGE_SLASHES),
    ("/%2Fadmin", Mode.DECODE_AND_MERGE_SLASHES),
    ("/%2fadmin", Mode.DECODE_AND_MERGE_SLASHES),
    ("/admin%2Fsecret", Mode.DECODE_AND_MERGE_SLASHES),
    ("/admin%2fsecret", Mode.DECODE_AND_MERGE_SLASHES),
    ("/a%5C..%5cadmin", Mode.DECODE_AND_MERGE_SLASHES),
    ("/a/..%2Fadmin", Mode.DECODE_AND_MERGE_SLASHES),
    ("/public", Mode.NEVER),
    ("/public?x=/admin", Mode.NEVER),
    ("//web.test/admin", Mode.NEVER),
    ("/Admin", Mode.NEVER),
    ("/%2561dmin", Mode.NEVER),
    ("/%252Fadmin", Mode.NEVER),
    ("/admin%3Fx=1", Mode.NEVER),
    ("/admin;jsessionid=1", Mode.NEVER),
    ("/xyz%30..//abc", Mode.NEVER),
    ("/%c0%2e%c0%2e/admin", Mode.NEVER),
]


@pytest.fixture(scope="module")
def envoy(start_envoy: StartEnvoy, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Addresses]:
    """One Envoy, one authorizer a mode, and for each a listener of either kind in either direction."""
    with contextlib.ExitStack() as stack:
        clusters, listeners = [], []
        for mode in MODES:
            mesh = {"pathNormalization": {"normalization": mode.name}}
            directory = tmp_path_factory.mktemp(mode.name)
            authorizer = stack.enter_context(start_authorizer(directory, POLICIES, mesh=mesh))
            clusters.append(authorizer_cluster(authorizer.ready.address, mode.name))
            listeners += [listener for direction in DIRECTIONS for listener in listeners_of(mode, direction)]
        yield start_envoy(listeners, *clusters)


def listeners_of(mode: Mode, direction: str) -> tuple[HttpListener, HttpListener]:
    app, name = {"app": direction}, f"{mode.name}/{direction}"
    return (
        HttpListener(f"{name}/normal", app, authorizer=mode.name, manager=MANAGERS[mode]),
        HttpListener(f"{name}/as-sent", app, authorizer=mode.name, manager={"normalize_path": False}),
    )


def statuses(envoy: Addresses, mode: Mode, target: str | bytes) -> dict[str, int]:
    """Send a target to the four listeners of a mode."""
    return {name: http1.get(address, target) for name, address in envoy.items() if name.startswith(f"{mode.name}/")}


@pytest.mark.parametrize("mode", MODES, ids=lambda mode: mode.name)
@pytest.mark.parametrize(("target", "guarded_from"), TARGETS, ids=str)
def test_a_guarded_path_is_guarded_however_it_is_spelled(
    envoy: Addresses, mode: Mode, target: str, guarded_from: Mode
) -> None:
    wanted = 403 if guarded_from <= mode else 200
    seen = statuses(envoy, mode, target)
    assert seen == dict.fromkeys(seen, wanted)


def test_leaving_the_guarded_path_again_passes_only_where_the_proxy_shows_it(envoy: Addresses) -> None:
    seen = statuses(envoy, Mode.BASE, "/admin/..")
    assert {name: status for name, status in seen.items() if name.endswith("normal")} == {
        "BASE/deny-paths/normal": 200,
        "BASE/allow-not-paths/normal": 200,
    }
    assert {status for name, status in seen.items() if name.endswith("as-sent")} == {403}


@pytest.mark.parametrize("target", ["/admin#x", "/public#/../admin", b"/admin\x00", b"/public\x00"])
def test_what_envoy_refuses_itself_passes_nowhere(envoy: Addresses, target: str | bytes) -> None:
    for mode in MODES:
        assert set(statuses(envoy, mode, target).values()) == {400}


@pytest.mark.parametrize("target", ["/admin%00", b"/admin\xff", b"\\admin", b"admin", b"/admin\x7f"])
def test_a_doubtful_spelling_is_answered_and_its_answers_are_no_servers_error(
    envoy: Addresses, target: str | bytes
) -> None:
    for mode in MODES:
        assert set(statuses(envoy, mode, target).values()) <= {200, 400, 403}
