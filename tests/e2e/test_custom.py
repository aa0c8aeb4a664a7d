"""CUSTOM policies through a real Envoy: a provider's word, and what it does to headers, reaches client and backend."""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from authz.pb import HeaderValueOption
from tests.e2e.support import http1
from tests.e2e.support.authorizer import policy, start_authorizer, to, when
from tests.e2e.support.config import HttpListener, TcpListener, authorizer_cluster, backend_on
from tests.e2e.support.servers import echoes
from tests.support.providers import grpc_provider, http_provider, response

if TYPE_CHECKING:
    from collections.abc import Iterator

    from authz.runtime.quickstart.authorizer import AuthorizerProcess
    from tests.e2e.conftest import Addresses, StartEnvoy
    from tests.support.providers import GrpcProvider, HttpProvider

pytestmark = pytest.mark.e2e

ECHO = "header-echo"


def custom(name: str, app: str, provider: str, *rules: dict[str, Any]) -> dict[str, Any]:
    written = policy(name, "CUSTOM", app, *(rules or (to(paths=["/admin*"]),)))
    written["spec"]["provider"] = {"name": provider}
    return written


POLICIES = [
    custom("g", "grpc", "grpc"),
    custom("p", "plain", "grpc"),
    custom("h", "http", "http"),
    custom("o", "other", "other"),
    custom("t", "tcp", "grpc", {}),
    custom("l", "loop", "loop", {}),
    custom("s", "slow", "slow", {}),
    policy("roles", "ALLOW", "grpc", when("request.headers[x-role]", values=["admin"])),
    policy("other", "DENY", "other", when("request.headers[x-bad]", values=["*"])),
]


class World:
    """Two providers that do as they are told, two authorizers (one asks the other), an Envoy and a backend."""

    def __init__(
        self, envoy: Addresses, grpc: GrpcProvider, http: HttpProvider, slow: HttpProvider, backend: HttpProvider
    ) -> None:
        self.envoy = envoy
        self.grpc = grpc
        self.http = http
        self.slow = slow
        self.backend = backend

    def get(self, app: str, path: str = "/admin", *headers: tuple[str, str]) -> http1.Reply:
        self.backend.asked.clear()
        return http1.request(self.envoy[app], path, headers=headers)

    def upstream(self, name: str) -> list[str]:
        (asked,) = self.backend.asked
        return asked.header(name)


def provider(name: str, kind: str, port: int, **settings: Any) -> dict[str, Any]:
    return {"name": name, f"envoyExtAuthz{kind}": {"service": "127.0.0.1", "port": port, **settings}}


@pytest.fixture(scope="module")
def world(start_envoy: StartEnvoy, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with (
        grpc_provider() as grpc,
        http_provider() as http,
        http_provider(release=threading.Event()) as slow,
        http_provider(headers=[("content-type", "text/plain")], body=b"backend") as backend,
        start_authorizer(
            tmp_path_factory.mktemp("other"), [policy("d", "DENY", "other", to(paths=["/admin/no"]))]
        ) as other,
    ):
        mesh: dict[str, Any] = {
            "extensionProviders": [
                provider("grpc", "Grpc", grpc.port),
                provider(
                    "http",
                    "Http",
                    http.port,
                    headersToUpstreamOnAllow=["x-user"],
                    headersToDownstreamOnAllow=["set-cookie"],
                    includeRequestHeadersInCheck=["x-user"],
                ),
                provider("other", "Grpc", other.ready.address[1]),
                provider("slow", "Http", slow.port),
                provider("loop", "Grpc", grpc.port),
            ]
        }
        directory = tmp_path_factory.mktemp("authorizer")
        with start_authorizer(directory, POLICIES, mesh=mesh) as authorizer:
            mesh["extensionProviders"][-1] = provider("loop", "Grpc", authorizer.ready.address[1], failOpen=True)
            (directory / "mesh.yaml").write_text(yaml.safe_dump(mesh))
            wait_for(authorizer, "in force")
            apps = ("grpc", "plain", "http", "other", "loop", "slow", "free")
            listeners: list[HttpListener | TcpListener] = [
                *[HttpListener(app, {"app": app}, backend=ECHO) for app in apps],
                TcpListener("tcp", {"app": "tcp"}),
            ]
            clusters = authorizer_cluster(authorizer.ready.address), backend_on(ECHO, backend.port)
            envoy = start_envoy(listeners, *clusters)
            yield World(envoy, grpc, http, slow, backend)


def wait_for(authorizer: AuthorizerProcess, words: str) -> None:
    authorizer.process.wait_until(lambda: words in authorizer.process.log() or None, 20)


def option(name: str, value: str, **fields: Any) -> dict[str, Any]:
    return {"header": {"key": name, "value": value}, **fields}


ADMIN = option("x-role", "admin", append_action=HeaderValueOption.OVERWRITE_IF_EXISTS_OR_ADD)


def test_what_a_grpc_provider_sets_is_seen_by_later_rules_backend_and_client(world: World) -> None:
    ok = {
        "headers": [ADMIN, option("x-join", "new", append={"value": True})],
        "headers_to_remove": ["x-gone"],
        "response_headers_to_add": [option("x-answer", "1")],
        "query_parameters_to_set": [{"key": "added", "value": "yes"}],
    }
    world.grpc.answer = lambda _: response(ok_response=ok)
    reply = world.get("grpc", "/admin?q=1", ("x-role", "guest"), ("x-join", "old"), ("x-gone", "1"))

    assert (reply.status, reply.body, reply.headers["x-answer"]) == (200, b"backend", "1")
    assert (world.upstream("x-role"), world.upstream("x-join"), world.upstream("x-gone")) == (
        ["admin"],
        ["old,new"],
        [],
    )
    assert world.backend.asked[0].path == "/admin?added=yes&q=1"


@pytest.mark.parametrize(
    ("fields", "sent", "arrives"),
    [
        ({"append_action": HeaderValueOption.OVERWRITE_IF_EXISTS_OR_ADD}, ["a"], ["admin"]),
        ({"append_action": HeaderValueOption.OVERWRITE_IF_EXISTS_OR_ADD}, [], ["admin"]),
        ({"append": {"value": False}}, ["a"], ["admin"]),
        ({"append_action": HeaderValueOption.ADD_IF_ABSENT}, ["a"], ["a"]),
        ({"append_action": HeaderValueOption.ADD_IF_ABSENT}, [], ["admin"]),
        ({"append_action": HeaderValueOption.OVERWRITE_IF_EXISTS}, [], []),
        ({"append_action": HeaderValueOption.OVERWRITE_IF_EXISTS}, ["a"], ["admin"]),
        ({}, [], ["admin"]),
        ({}, ["a"], ["admin"]),
        ({"append": {"value": True}}, ["a"], ["a,admin"]),
        ({"append": {"value": True}}, [], []),
    ],
    ids=str,
)
def test_later_rules_see_what_the_backend_sees(
    world: World, fields: dict[str, Any], sent: list[str], arrives: list[str]
) -> None:
    change = [option("x-role", "admin", **fields)]
    headers = [("x-role", value) for value in sent]
    world.grpc.answer = lambda _: response(ok_response={"headers": change})
    assert world.get("grpc", "/admin", *headers).status == (200 if "admin" in arrives else 403)
    assert world.get("plain", "/admin", *headers).status == 200
    assert world.upstream("x-role") == arrives


def test_a_grpc_provider_s_denial_reaches_the_client(world: World) -> None:
    denied = {"status": {"code": 429}, "body": "slow down", "headers": [option("retry-after", "5")]}
    world.grpc.answer = lambda _: response(status={"code": 7}, denied_response=denied)
    reply = world.get("grpc")

    assert (reply.status, reply.body, reply.headers["retry-after"]) == (429, b"slow down", "5")
    assert world.backend.asked == []
    assert world.get("grpc", "/x", ("x-role", "admin")).status == 200


def test_an_http_provider_s_headers_reach_backend_and_client(world: World) -> None:
    world.http.status, world.http.headers = 200, [("x-user", "known"), ("x-other", "1"), ("set-cookie", "a=1")]
    reply = world.get("http", "/admin", ("x-user", "forged"))

    assert (reply.status, reply.headers["set-cookie"]) == (200, "a=1")
    assert (world.upstream("x-user"), world.upstream("x-other")) == (["known"], [])
    assert world.http.asked[-1].header("x-user") == ["forged"]


def test_an_http_provider_s_denial_reaches_the_client(world: World) -> None:
    world.http.status, world.http.body = 302, b"<a>login</a>"
    world.http.headers = [("location", "/login"), ("content-type", "text/html"), ("set-cookie", "s=1")]
    reply = world.get("http")
    world.http.body = b""

    assert (reply.status, reply.body) == (302, b"<a>login</a>")
    assert (reply.headers["location"], reply.headers["content-type"]) == ("/login", "text/html")
    assert (reply.headers["set-cookie"], reply.headers["content-length"]) == ("s=1", "12")


def test_another_authorizer_of_ours_is_a_provider(world: World) -> None:
    assert world.get("other", "/admin/yes").status == 200
    refused = world.get("other", "/admin/no")
    assert (refused.status, refused.body) == (403, b"RBAC: access denied")
    assert world.get("other", "/admin/yes", ("x-bad", "1")).status == 403


def test_an_authorizer_that_asks_itself_ends(world: World) -> None:
    assert world.get("loop").status == 403


def test_a_grpc_provider_decides_on_tcp(world: World) -> None:
    world.grpc.answer = lambda _: b""
    assert echoes(world.envoy["tcp"])
    world.grpc.answer = lambda _: response(status={"code": 7})
    assert not echoes(world.envoy["tcp"])


def test_slow_providers_hold_up_nobody_else(world: World) -> None:
    def slow(_: int) -> int:
        return http1.get(world.envoy["slow"], "/")

    with ThreadPoolExecutor(100) as pool:
        waiting = [pool.submit(slow, number) for number in range(100)]
        while len(world.slow.asked) < 100:
            time.sleep(0.01)
        asked = [http1.get(world.envoy["free"], "/") for _ in range(50)]
        still_waiting = sum(not one.done() for one in waiting)
        assert world.slow.release is not None
        world.slow.release.set()
        ended = [one.result() for one in waiting]

    assert (asked, still_waiting) == ([200] * 50, 100)
    assert set(ended) <= {200, 403}  # Envoy waits two seconds


@pytest.mark.parametrize("kind", ["grpc", "http"])
@pytest.mark.parametrize("allowed", [True, False])
def test_several_cookies_stay_several(world: World, kind: str, *, allowed: bool) -> None:
    cookies = [("set-cookie", "a=1"), ("set-cookie", "b=2")]
    world.http.status, world.http.headers = 200 if allowed else 401, cookies
    options = [option(*cookie) for cookie in cookies]
    made = response(ok_response={"response_headers_to_add": options, "headers": [ADMIN]})
    if not allowed:
        made = response(status={"code": 16}, denied_response={"headers": options, "status": {"code": 401}})
    world.grpc.answer = lambda _: made
    raw = http1.exchange(world.envoy[kind], b"GET /admin HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n")
    assert [line for line in raw.split(b"\r\n") if line.startswith(b"set-cookie")] == [
        b"set-cookie: a=1",
        b"set-cookie: b=2",
    ]
