"""The normal form of a path in our words is the one that Envoy makes, in every mode.

Source: Envoy's own answers; the semantics give only the outline.
"""

from __future__ import annotations

import random
from typing import TYPE_CHECKING, Any

import pytest

from authz.forwarder.supervisor import Envoy
from authz.model.path import PathNormalization, normalize_path
from authz.runtime.quickstart.envoy_config import Json, socket_address, typed
from tests.e2e.support import http1
from tests.e2e.support.config import LOCALHOST

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from tests.e2e.conftest import Addresses

pytestmark = pytest.mark.e2e

SEED, GENERATED = 20260826, 400
MANAGERS: Mapping[PathNormalization, Mapping[str, Any]] = {
    PathNormalization.NONE: {},
    PathNormalization.BASE: {"normalize_path": True},
    PathNormalization.MERGE_SLASHES: {"normalize_path": True, "merge_slashes": True},
    PathNormalization.DECODE_AND_MERGE_SLASHES: {
        "normalize_path": True,
        "merge_slashes": True,
        "path_with_escaped_slashes_action": "UNESCAPE_AND_FORWARD",
    },
}
WRITTEN = [
    "/", "//", "///", "//a//b", "/a//", "/%2f", "/%2F%2f", "/a%2Fb", "/a%5cb", "/a%5c..%5cb", "/%252f", "/a\\b\\..",
    "/.", "/..", "/a/.", "/a/..", "/a/./", "/a/../..", "/...", "/.a", "/..a/b", "/%2e", "/a/%2E%2e/b", "/a/.%2e",
    "/..;/a", "/b/..;x=1/a", "/b/.;x/a", "/b/.;", "/b/..;", "/b/...;x/a", "/b;x/../a", "/b;../a", "/b/%2e%2e;x/a",
    "/b/..;x\\a", "/b/..;x%2fa/c", "/b/..%3b/a", "/%61%7e%5f%2d%41%30", "/%23%26%3b%3f", "/%c0%ae", "/%zz", "/a%",
    "/a%2", "/%2%61", "/%%41a", "/%%32%65", "/a[]'()*!$&,;=:@~", '/a"<>`{}|^',
]  # fmt: skip
PIECES = [
    "/", "//", "/.", "/..", ".", "..", "%2e", "%2E", "%2f", "%5C", "\\", "a", "6", "%61", "%7e", "%25", "%41", "%zz",
    "%", "%2", "%c0", ";", "..;", ".;", "?", "+", "*", "%20", "{", "[", "|", "^", '"', "<", "%3f", "%23", "~", "%3B",
]  # fmt: skip


def generated() -> list[str]:
    chance = random.Random(SEED)
    return ["/" + "".join(chance.choices(PIECES, k=chance.randint(1, 7))) for _ in range(GENERATED)]


@pytest.fixture(scope="module")
def envoy() -> Iterator[Addresses]:
    listeners = [listener(mode) for mode in MANAGERS]
    options = ["--concurrency", "1", "--log-level", "warning"]
    with Envoy({"static_resources": {"listeners": listeners}}, options=options) as running:
        yield {mode.name: running.address_of(mode.name) for mode in MANAGERS}


def listener(mode: PathNormalization) -> Json:
    """Answer with the path that a filter would see."""
    says_path = [{"header": {"key": "x-path", "value": "%REQ(:PATH)%"}}]
    route = {"match": {"prefix": "/"}, "direct_response": {"status": 200}, "response_headers_to_add": says_path}
    manager = typed(
        "envoy.filters.network.http_connection_manager",
        "filters.network.http_connection_manager.v3.HttpConnectionManager",
        stat_prefix=mode.name,
        http_filters=[typed("envoy.filters.http.router", "filters.http.router.v3.Router")],
        route_config={"virtual_hosts": [{"name": "all", "domains": ["*"], "routes": [route]}]},
        **MANAGERS[mode],
    )
    return {
        "name": mode.name,
        "address": socket_address(LOCALHOST, 0),
        "filter_chains": [{"filters": [manager]}],
    }


@pytest.mark.parametrize("mode", MANAGERS, ids=lambda mode: mode.name)
@pytest.mark.parametrize("targets", [WRITTEN, generated()], ids=["written", "generated"])
def test_the_normal_form_is_envoys(envoy: Addresses, mode: PathNormalization, targets: list[str]) -> None:
    ours, envoys = {}, {}
    for target in targets:
        reply = http1.request(envoy[mode.name], target)
        assert reply.status == 200, target
        envoys[target] = reply.headers["x-path"].partition("?")[0]
        ours[target] = normalize_path(target.partition("?")[0], mode)
    assert ours == envoys


@pytest.mark.parametrize("target", [b"/a\xff", "/é", b"/a\x7f", b"/a\x01", "/a%00"])
def test_what_has_no_normal_form_is_refused_by_an_envoy_that_normalizes(envoy: Addresses, target: str | bytes) -> None:
    for mode in MANAGERS:
        if mode is not PathNormalization.NONE:
            assert http1.get(envoy[mode.name], target) == 400
