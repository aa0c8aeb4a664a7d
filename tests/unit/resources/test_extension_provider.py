"""Every field of an external authorizer is read, and what Istio would refuse has its place in a problem."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta

import pytest

from authz.model.header_names import HeaderNames
from authz.model.problem import Problem, Problems
from authz.model.where import Where
from authz.resources.documents import SourceFile
from authz.resources.extension_provider import ExtensionProvider, HttpCheck, ProviderKind, RequestBody
from authz.resources.mesh_config import read_mesh_config
from tests.support.policies import authorizer

HEAD = "extensionProviders:\n- name: p\n"

HTTP = """\
  envoyExtAuthzHttp:
    service: bar/my-ext-authz.example.com
    port: 8000
    timeout: 1.5s
    failOpen: true
    clearRouteCache: true
    statusOnError: '503'
    pathPrefix: /check
    includeHeadersInCheck: [x-old]
    includeRequestHeadersInCheck: [X-User, 'x-*', '*-id']
    includeAdditionalHeadersInCheck: {X-Asked-By: authz, x-share: '50%%'}
    includeRequestBodyInCheck: {maxRequestBytes: 4096, allowPartialMessage: true, packAsBytes: true}
    headersToUpstreamOnAllow: [x-a]
    headersToDownstreamOnAllow: [x-b]
    headersToDownstreamOnDeny: [x-c]
"""


def read(content: str) -> tuple[tuple[ExtensionProvider, ...], list[Problem]]:
    problems = Problems()
    config = read_mesh_config(SourceFile("mesh.yaml", content.encode()), problems)
    return config.extension_providers, list(problems)


def problems_of(kind: str, settings: str) -> list[str]:
    found = read(f"extensionProviders: [{{name: p, {kind}: {settings}}}]")[1]
    return [f"{one.code.value} {one.field.removeprefix(f'extensionProviders[0].{kind}.')}" for one in found]


def test_every_field_of_an_http_provider() -> None:
    (provider,), problems = read(HEAD + HTTP)

    assert problems == []
    assert str(provider.where) == "mesh.yaml:2:3"
    assert provider == ExtensionProvider(
        "p",
        ProviderKind.HTTP,
        Where("elsewhere", 1, 1),
        host="my-ext-authz.example.com",
        port=8000,
        namespace="bar",
        timeout=timedelta(seconds=1.5),
        fail_open=True,
        status_on_error=503,
        clear_route_cache=True,
        body=RequestBody(4096, allow_partial=True, as_bytes=True),
        http=HttpCheck(
            path_prefix="/check",
            request_headers=HeaderNames(frozenset({"x-user"}), ("x-",), ("-id",)),
            added_headers=(("x-asked-by", "authz"), ("x-share", "50%")),
            to_upstream_on_allow=HeaderNames(frozenset({"x-a"})),
            to_downstream_on_allow=HeaderNames(frozenset({"x-b"})),
            to_downstream_on_deny=HeaderNames(frozenset({"x-c"})),
        ),
    )


def test_the_defaults_are_those_of_istio() -> None:
    (provider,), problems = read(f"{HEAD}  envoyExtAuthzGrpc: {{service: a.foo.svc.cluster.local, port: 9000}}")

    assert problems == []
    assert (provider.timeout, provider.fail_open, provider.status_on_error) == (timedelta(minutes=10), False, 403)
    assert (provider.body, provider.http) == (None, HttpCheck())


def test_the_deprecated_list_counts_where_the_other_is_not_there() -> None:
    (provider,), problems = read(f"{HEAD}  envoyExtAuthzHttp: {{service: a, port: 1, includeHeadersInCheck: [x-old]}}")

    assert problems == []
    assert "x-old" in provider.http.request_headers


@pytest.mark.parametrize("service", ["a", "a.b.", "10.0.0.1", "'::1'", "bar/a.b", "_x.y", f"{'a' * 63}.b"])
def test_a_service_is_a_host_or_an_address(service: str) -> None:
    assert problems_of("envoyExtAuthzGrpc", f"{{service: {service}, port: 65535}}") == []


@pytest.mark.parametrize(
    "service", ["'*.b'", "a/b/c", "a:80", "http://a", "a..b", "-a", "/a", "Bar/a", "'a b'", f"{'a' * 64}.b", "bar/"]
)
def test_what_is_no_service(service: str) -> None:
    assert problems_of("envoyExtAuthzGrpc", f"{{service: {service}, port: 1}}") == ["AZ201 service"]


@pytest.mark.parametrize(
    ("kind", "settings", "wanted"),
    [
        ("envoyExtAuthzGrpc", "{}", ["AZ022 port", "AZ022 service"]),
        ("envoyExtAuthzGrpc", "{service: '', port: 1}", ["AZ022 service"]),
        ("envoyExtAuthzGrpc", "{service: [a], port: 1}", ["AZ021 service"]),
        ("envoyExtAuthzGrpc", "a", ["AZ021 extensionProviders[0].envoyExtAuthzGrpc"]),
        ("envoyExtAuthzGrpc", "{service: a, port: 0}", ["AZ026 port"]),
        ("envoyExtAuthzGrpc", "{service: a, port: 65536}", ["AZ026 port"]),
        ("envoyExtAuthzGrpc", "{service: a, port: '1'}", ["AZ021 port"]),
        ("envoyExtAuthzGrpc", "{service: a, port: 1, timeout: 10}", ["AZ021 timeout"]),
        ("envoyExtAuthzGrpc", "{service: a, port: 1, timeout: '10'}", ["AZ201 timeout"]),
        ("envoyExtAuthzGrpc", "{service: a, port: 1, timeout: 1us}", ["AZ201 timeout"]),
        ("envoyExtAuthzGrpc", "{service: a, port: 1, failOpen: 'true'}", ["AZ021 failOpen"]),
        ("envoyExtAuthzGrpc", "{service: a, port: 1, clearRouteCache: 1}", ["AZ021 clearRouteCache"]),
        ("envoyExtAuthzGrpc", "{service: a, port: 1, statusOnError: 503}", ["AZ021 statusOnError"]),
        *(
            ("envoyExtAuthzGrpc", f"{{service: a, port: 1, statusOnError: '{text}'}}", ["AZ201 statusOnError"])
            for text in ("0", "100", "299", "418", "600", "-403", "40x", "\u0664\u0660\u0663", "9" * 5000)
        ),
        ("envoyExtAuthzGrpc", "{service: a, port: 1, pathPrefix: /a}", ["AZ020 pathPrefix"]),
        ("envoyExtAuthzHttp", "{service: a, port: 1, pathPrefix: a}", ["AZ201 pathPrefix"]),
        ("envoyExtAuthzHttp", "{service: a, port: 1, pathPrefix: '/a?b'}", ["AZ201 pathPrefix"]),
        ("envoyExtAuthzHttp", "{service: a, port: 1, pathPrefix: '/a b'}", ["AZ201 pathPrefix"]),
        (
            "envoyExtAuthzHttp",
            "{service: a, port: 1, headersToUpstreamOnAllow: [a, '*', '']}",
            ["AZ201 headersToUpstreamOnAllow[1]", "AZ025 headersToUpstreamOnAllow[2]"],
        ),
        (
            "envoyExtAuthzHttp",
            "{service: a, port: 1, includeAdditionalHeadersInCheck: {a b: c}}",
            ["AZ201 includeAdditionalHeadersInCheck.a b"],
        ),
        *(
            (
                "envoyExtAuthzHttp",
                f"{{service: a, port: 1, includeAdditionalHeadersInCheck: {{{name}: {json.dumps(value)}}}}}",
                [f"AZ201 includeAdditionalHeadersInCheck.{name}"],
            )
            for name, value in [
                ("x", "%REQ(:path)%"),
                ("x", "50%"),
                ("x", "a\r\nb"),
                ("x", "\u00e9"),
                ("Host", "a"),
                ("content-length", "1"),
                ("Transfer-Encoding", "chunked"),
            ]
        ),
        (
            "envoyExtAuthzHttp",
            "{service: a, port: 1, includeRequestBodyInCheck: 1}",
            ["AZ021 includeRequestBodyInCheck"],
        ),
        (
            "envoyExtAuthzHttp",
            "{service: a, port: 1, includeRequestBodyInCheck: {}}",
            ["AZ022 includeRequestBodyInCheck.maxRequestBytes"],
        ),
        (
            "envoyExtAuthzHttp",
            "{service: a, port: 1, includeRequestBodyInCheck: {maxRequestBytes: 0, maxBytes: 1}}",
            ["AZ026 includeRequestBodyInCheck.maxRequestBytes", "AZ020 includeRequestBodyInCheck.maxBytes"],
        ),
    ],
)
def test_what_is_wrong_with_a_provider(kind: str, settings: str, wanted: list[str]) -> None:
    assert sorted(problems_of(kind, settings)) == sorted(wanted)


@pytest.mark.parametrize("name", ["A", "a_b", "-a", "a-", "a.b", "a" * 64, "\u00e9"])
def test_names_that_istio_refuses(name: str) -> None:
    _, problems = read(f"extensionProviders: [{{name: {name}, envoyExtAuthzGrpc: {{service: a, port: 1}}}}]")

    assert [(one.code.value, one.field) for one in problems] == [("AZ023", "extensionProviders[0].name")]


@pytest.mark.parametrize(
    "change",
    [
        {"port": 2},
        {"timeout": timedelta(1)},
        {"fail_open": True},
        {"status_on_error": 500},
        {"clear_route_cache": True},
        {"body": RequestBody(1)},
        {"http": HttpCheck(to_upstream_on_allow=HeaderNames(frozenset({"a"})))},
    ],
)
def test_the_content_has_every_field_but_the_place(change: dict[str, object]) -> None:
    provider = ExtensionProvider("p", ProviderKind.HTTP, Where("a", 1, 1), host="a", port=1)

    assert replace(provider, **change).content() != provider.content()  # type: ignore[arg-type]
    assert replace(provider, where=Where("b", 2, 2)).content() == provider.content()


def test_a_digest_names_the_providers_in_any_order() -> None:
    def digest(*providers: tuple[str, int]) -> str:
        written = [{"name": name, "envoyExtAuthzGrpc": {"service": "a", "port": port}} for name, port in providers]
        return authorizer(mesh={"extensionProviders": written}).digest

    assert digest(("p", 1), ("q", 2)) == digest(("q", 2), ("p", 1))
    assert digest(("p", 1)) != digest(("p", 2))
