"""Policy sets of a size and of mixed or single shapes, and requests that one of their rules matches."""

import json
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from authz.model.request import Request

NAMESPACE = "shop"
RULES_A_POLICY = 100

Rule = dict[str, object]


@dataclass(frozen=True)
class Shape:
    """`rule(i)` is the i-th rule, `request(i)` a request that only it matches."""

    rule: Callable[[int], Rule]
    request: Callable[[int], Request]


def _octets(i: int) -> str:
    return f"10.{i // 250 % 250}.{i % 250}"


def _base(**fields: object) -> Request:
    known: dict[str, object] = {
        "path": "/none/of/them",
        "host": "shop.example.com",
        "source_ip": "192.168.3.4",
        "destination_port": 8080,
        "principal": "spiffe://cluster.local/ns/web/sa/front",
        "headers": (("x-tenant", "none"), ("user-agent", "bench"), ("accept", "*/*")),
        "claims": {"iss": "https://issuer.example.com", "sub": "someone", "group": "none"},
    }
    return Request(**{**known, **fields})  # type: ignore[arg-type] # fields by their names


SHAPES: dict[str, Shape] = {
    "principal and path prefix": Shape(
        lambda i: {
            "from": [{"source": {"principals": [f"cluster.local/ns/team-{i % 97}/sa/app-{i}"]}}],
            "to": [{"operation": {"methods": ["GET"], "paths": [f"/api/v1/thing-{i}/*"]}}],
        },
        lambda i: _base(principal=f"spiffe://cluster.local/ns/team-{i % 97}/sa/app-{i}", path=f"/api/v1/thing-{i}/x"),
    ),
    "exact path": Shape(
        lambda i: {"to": [{"operation": {"methods": ["GET", "HEAD"], "paths": [f"/exact/{i}"]}}]},
        lambda i: _base(path=f"/exact/{i}"),
    ),
    "path template": Shape(
        lambda i: {"to": [{"operation": {"paths": [f"/users/{{*}}/things-{i}"]}}]},
        lambda i: _base(path=f"/users/someone/things-{i}"),
    ),
    "ip block": Shape(
        lambda i: {"from": [{"source": {"ipBlocks": [f"{_octets(i)}.0/24"]}}]},
        lambda i: _base(source_ip=f"{_octets(i)}.7"),
    ),
    "header": Shape(
        lambda i: {"when": [{"key": "request.headers[x-tenant]", "values": [f"tenant-{i}"]}]},
        lambda i: _base(headers=(("x-tenant", f"tenant-{i}"), ("user-agent", "bench"), ("accept", "*/*"))),
    ),
    "claim": Shape(
        lambda i: {
            "from": [{"source": {"requestPrincipals": ["*"]}}],
            "when": [{"key": "request.auth.claims[group]", "values": [f"group-{i}"]}],
        },
        lambda i: _base(claims={"iss": "https://issuer.example.com", "sub": "someone", "group": f"group-{i}"}),
    ),
    "host": Shape(
        lambda i: {"to": [{"operation": {"hosts": [f"tenant-{i}.example.com"]}}]},
        lambda i: _base(host=f"tenant-{i}.example.com"),
    ),
    "namespace and shared path": Shape(
        lambda i: {
            "from": [{"source": {"namespaces": [f"team-{i}"]}}],
            "to": [{"operation": {"paths": ["/shared*"]}}],
        },
        lambda i: _base(principal=f"spiffe://cluster.local/ns/team-{i}/sa/app", path="/shared/1"),
    ),
}


def mixed(count: int) -> Iterator[Rule]:
    """Rules of all shapes in turn."""
    shapes = list(SHAPES.values())
    for i in range(count):
        yield shapes[i % len(shapes)].rule(i)


def mixed_requests(count: int, how_many: int, seed: int = 1) -> list[Request]:
    """Requests that each match one of the mixed rules, chosen by chance."""
    shapes = list(SHAPES.values())
    chosen = random.Random(seed)
    numbers = [chosen.randrange(count) for _ in range(how_many)]
    return [shapes[i % len(shapes)].request(i) for i in numbers]


def policies(rules: Iterator[Rule], rules_a_policy: int = RULES_A_POLICY) -> bytes:
    """ALLOW policies with these rules, as a YAML file of many documents (each of them JSON, which is YAML)."""
    held: list[Rule] = []
    documents: list[str] = []

    def close() -> None:
        metadata = {"name": f"policy-{len(documents)}", "namespace": NAMESPACE}
        spec = {"action": "ALLOW", "rules": list(held)}
        documents.append(
            json.dumps(
                {
                    "apiVersion": "security.istio.io/v1",
                    "kind": "AuthorizationPolicy",
                    "metadata": metadata,
                    "spec": spec,
                },
                indent=1,
            )
        )
        held.clear()

    for rule in rules:
        held.append(rule)
        if len(held) == rules_a_policy:
            close()
    if held:
        close()
    return "\n---\n".join(documents).encode()
