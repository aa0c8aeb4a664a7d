"""The same decisions over every protocol that Envoy speaks, and requests that Envoy itself refuses."""

from __future__ import annotations

from typing import TYPE_CHECKING

import grpc
import pytest

from authz.runtime.quickstart.ports import port_or_any
from tests.e2e.support import http1, http2
from tests.e2e.support.authorizer import policy, source, start_authorizer, to
from tests.e2e.support.config import HttpListener, authorizer_cluster
from tests.e2e.support.servers import call_grpc

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.e2e.conftest import Addresses, StartEnvoy

pytestmark = pytest.mark.e2e

WEB = {"app": "web"}
POLICIES = [
    policy("open", "ALLOW", "web", to(paths=["/open*", "/echo.Echo/Open"])),
    policy("by-host", "ALLOW", "web", to(hosts=["inner.test"], paths=["/by-host"])),
    policy("by-address", "ALLOW", "web", {**source(ipBlocks=["::1"]), **to(paths=["/from-v6"])}),
]


@pytest.fixture(scope="module")
def envoy(start_envoy: StartEnvoy, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Addresses]:
    with start_authorizer(tmp_path_factory.mktemp("authorizer"), POLICIES) as authorizer:
        listeners = [HttpListener("v4", WEB)]
        if port_or_any("::1", 0):
            listeners.append(HttpListener("v6", WEB, address="::1"))
        yield start_envoy(listeners, authorizer_cluster(authorizer.ready.address))


@pytest.fixture
def v4(envoy: Addresses) -> tuple[str, int]:
    return envoy["v4"]


def test_http1_is_allowed_or_denied_in_istios_words(v4: tuple[str, int]) -> None:
    allowed, denied = http1.request(v4, "/open"), http1.request(v4, "/closed")
    assert (allowed.status, denied.status) == (200, 403)
    assert denied.body == b"RBAC: access denied"


def test_each_request_of_a_kept_connection_is_decided_anew(v4: tuple[str, int]) -> None:
    asked = [(b"/open", b""), (b"/closed", b""), (b"/open", b"Connection: close\r\n")]
    sent = b"".join(b"GET %b HTTP/1.1\r\nHost: web.test\r\n%b\r\n" % request for request in asked)
    answers = http1.exchange(v4, sent).split(b"HTTP/1.1 ")
    assert [answer[:3] for answer in answers[1:]] == [b"200", b"403", b"200"]


def test_http2_is_allowed_or_denied_the_same(v4: tuple[str, int]) -> None:
    allowed, denied = http2.get(v4, "/open"), http2.get(v4, "/closed")
    assert (allowed.status, denied.status) == (200, 403)
    assert denied.body == b"RBAC: access denied"


def test_an_allowed_grpc_call_is_answered(v4: tuple[str, int]) -> None:
    assert call_grpc(v4, "Open", b"\x00\xffbytes") == b"\x00\xffbytes"


def test_a_denied_grpc_caller_sees_permission_denied(v4: tuple[str, int]) -> None:
    with pytest.raises(grpc.RpcError) as caught:
        call_grpc(v4, "Closed", b"")
    assert caught.value.code() is grpc.StatusCode.PERMISSION_DENIED
    assert caught.value.details() == "RBAC: access denied"


def test_an_ipv6_peer_is_known_by_its_address(envoy: Addresses) -> None:
    if "v6" not in envoy:
        pytest.skip("this machine has no IPv6")
    assert http1.get(envoy["v6"], "/from-v6") == 200
    assert http1.get(envoy["v6"], "/closed") == 403
    assert http1.get(envoy["v4"], "/from-v6") == 403


@pytest.mark.parametrize(
    ("target", "host", "status"),
    [
        ("http://inner.test/by-host", "outer.test", 200),
        ("http://outer.test/by-host", "inner.test", 403),
        ("/by-host", "INNER.test", 200),
        ("/by-host", "inner.test.", 403),
        ("/by-host", "inner.test:80", 403),
    ],
)
def test_the_host_is_that_of_an_absolute_target_else_the_header_as_it_stands(
    v4: tuple[str, int], target: str, host: str, status: int
) -> None:
    assert http1.get(v4, target, host=host) == status


def test_a_fragment_in_the_target_is_envoys_own_400(v4: tuple[str, int]) -> None:
    assert http1.get(v4, "/open#f") == 400


def test_a_missing_host_is_envoys_own_400(v4: tuple[str, int]) -> None:
    assert http1.get(v4, "/open", host=None) == 400


def test_a_nul_in_a_header_is_envoys_own_400(v4: tuple[str, int]) -> None:
    assert http1.get(v4, "/open", ("x-any", b"a\x00b")) == 400


@pytest.mark.parametrize("path", ["open", "echo.Echo/Open", "*", ""])
def test_a_path_without_a_leading_slash_never_passes_over_http2(v4: tuple[str, int], path: str) -> None:
    assert http2.get(v4, path).status != 200
