"""Specs of Gateways and VirtualServices -> what the readers make of them."""

from __future__ import annotations

from typing import TypeVar

from authz.model.problem import Problem
from authz.model.routing.gateway import Gateway, Server, ServerTls
from authz.model.routing.http_match import HttpMatch
from authz.model.routing.http_route import HttpRoute
from authz.model.routing.virtual_service import VirtualService
from authz.resources.kinds import Resource
from tests.support.reading import resources

_HEAD = "apiVersion: networking.istio.io/v1\nkind: %s\nmetadata: {name: a, namespace: foo}\nspec: %s\n"
_TO_A = "{route: [{destination: {host: a}}], %s}"
_PORT = "{number: 443, name: https, protocol: HTTPS}"

One = TypeVar("One", bound=Resource)


def _one(kind: type[One], spec: str) -> One:
    found, problems = resources(_HEAD % (kind.__name__, spec))
    assert problems == []
    (one,) = found.of(kind)
    return one


def problems_of(kind: str, spec: str) -> list[Problem]:
    """What is wrong with a spec, in flow style: it begins at line 4, column 7."""
    return resources(_HEAD % (kind, spec))[1]


def gateway(spec: str) -> Gateway:
    return _one(Gateway, spec)


def server(text: str) -> Server:
    (one,) = gateway(f"{{servers: [{text}]}}").servers
    return one


def tls(text: str) -> ServerTls:
    """The TLS of an HTTPS server."""
    one = server(f"{{port: {_PORT}, hosts: ['*'], tls: {text}}}").tls
    assert one is not None
    return one


def virtual_service(spec: str) -> VirtualService:
    return _one(VirtualService, spec)


def http(text: str) -> HttpRoute:
    """The only route of a VirtualService."""
    (one,) = virtual_service(f"{{hosts: [a.com], http: [{text}]}}").http
    return one


def to_a(text: str) -> HttpRoute:
    """A route to the service `a`, with more fields."""
    return http(_TO_A % text)


def problems_to_a(text: str) -> list[Problem]:
    """What is wrong with such a route."""
    return problems_of("VirtualService", f"{{hosts: [a.com], http: [{_TO_A % text}]}}")


def warned_to_a(text: str) -> tuple[HttpRoute, list[str]]:
    """Such a route, and the codes that it is warned of."""
    found, problems = resources(_HEAD % ("VirtualService", f"{{hosts: [a.com], http: [{_TO_A % text}]}}"))
    (one,) = found.of(VirtualService)
    return one.http[0], [problem.code.value for problem in problems]


def match(text: str, gateways: str = "[mesh]") -> HttpMatch:
    """The only match of a route."""
    entry = f"{{match: [{text}], route: [{{destination: {{host: a}}}}]}}"
    (one,) = virtual_service(f"{{hosts: [a.com], gateways: {gateways}, http: [{entry}]}}").http[0].matches
    return one
