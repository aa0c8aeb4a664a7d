"""What a decision costs: `make bench`. Prints medians; compares with a linear scan over the same compiled checks.

Nothing here is asserted: a machine that others use proves nothing by its clock. Tests count clauses instead.
"""

import argparse
import gc
import json
import os
import platform
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import TypeVar

from authz.authorizer import Authorizer
from authz.decision.engine import Engine, EngineSettings
from authz.decision.evaluate import decide
from authz.decision.facts import FactSettings, RequestFacts
from authz.decision.load import PolicyFiles, load_set
from authz.model.facts import Facts
from authz.model.request import Request
from authz.model.workload import Workload, WorkloadTexts
from authz.pb import CheckRequest
from authz.policy.checks import Check
from authz.policy.index import NO_MATCH
from authz.policy.program import Program
from authz.resources.documents import SourceFile
from tests.bench import shapes
from tests.bench.clusters import print_clusters
from tests.bench.forward import print_forward
from tests.bench.registry import print_registry
from tests.bench.routes import print_routes
from tests.bench.tokens import print_tokens

SIZES = (1, 100, 1_000, 10_000, 100_000)
LINEAR_UP_TO = 10_000
_ROUNDS = 5
_REQUESTS = 1_000
Argument = TypeVar("Argument")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--load-only", type=int, metavar="POLICIES", help=argparse.SUPPRESS)
    parser.add_argument("--quick", action="store_true", help="leave out 100,000 rules")
    arguments = parser.parse_args()
    if arguments.load_only:
        print(json.dumps(_load_and_measure(arguments.load_only)))
        return 0
    _print_machine()
    _print_decisions(SIZES[:-1] if arguments.quick else SIZES)
    _print_shapes(10_000)
    _print_load(10_000)
    print_tokens()
    print_registry()
    print_clusters()
    print_routes()
    print_forward()
    return 0


def _print_machine() -> None:
    cpu_lines = Path("/proc/cpuinfo").read_text().splitlines()
    cpu = next((line.split(":")[1].strip() for line in cpu_lines if line.startswith("model name")), platform.machine())
    packages = ", ".join(f"{name} {version(name)}" for name in ("authz", "protobuf", "pyyaml", "grpcio"))
    print(f"{cpu}, {os.cpu_count()} cores; Python {platform.python_version()}; {packages}")
    print("command: make bench; medians; one thread\n")


def _engine(text: bytes) -> Engine:
    source = PolicyFiles("bench", (SourceFile("bench.yaml", text),))
    loaded = load_set(source, EngineSettings(default_workload=Workload(shapes.NAMESPACE)))
    if loaded.engine is None:
        raise SystemExit("\n".join(map(str, loaded.problems[:5])))
    return loaded.engine


def _print_decisions(sizes: Sequence[int]) -> None:
    print("Mixed rules, all on one workload, each request matching one of them (microseconds)\n")
    print(f"{'rules':>8} {'decision':>9} {'+ facts':>9} {'bytes':>9} {'linear scan':>12} {'clauses looked at':>18}")
    for size in sizes:
        engine = _engine(shapes.policies(shapes.mixed(size)))
        _print_row(f"{size:>8,}", engine, shapes.mixed_requests(size, _REQUESTS), linear=size <= LINEAR_UP_TO)
    print(
        "\ndecision: by program and facts, the facts just read; + facts: from a plain request, facts read and the\n"
        "workload found; bytes: CheckRequest bytes to CheckResponse bytes; linear scan: a decision without the index.\n"
    )


def _print_shapes(size: int) -> None:
    print(f"{size:,} rules of one shape\n")
    print(f"{'':>26} {'decision':>9} {'+ facts':>9} {'bytes':>9} {'linear scan':>12} {'clauses looked at':>18}")
    for name, shape in shapes.SHAPES.items():
        engine = _engine(shapes.policies(shape.rule(i) for i in range(size)))
        requests = [shape.request(i * 7 % size) for i in range(_REQUESTS)]
        _print_row(f"{name:>26}", engine, requests, linear=True)
    print()


def _print_row(label: str, engine: Engine, requests: list[Request], *, linear: bool) -> None:
    program = engine._compiler.program(Workload(shapes.NAMESPACE), tcp=False)
    authorizer = Authorizer(engine)
    messages = [_check_request(request) for request in requests]
    gc.collect()
    gc.freeze()
    facts = [RequestFacts(request, FactSettings()) for request in requests]
    for one in facts:
        decide(program, one)
    decision = _median(lambda one: decide(program, one), facts, first=lambda one: decide(program, one))
    from_request = _median(engine.decide, requests)
    from_bytes = _median(authorizer.check_bytes, messages)
    scan = _linear(engine, program)
    linear_text = f"{_median(scan, facts[:50], rounds=1):>12.1f}" if linear else f"{'-':>12}"
    index = program.allow
    examined = max(index.candidates(one) for one in facts) if index else 0
    if linear and index and any(scan(one) != index.first_match(one) for one in facts[:50]):
        raise SystemExit("the linear scan decides otherwise")
    print(f"{label} {decision:>9.2f} {from_request:>9.2f} {from_bytes:>9.2f} {linear_text} {examined:>18}", flush=True)


def _median(
    call: Callable[[Argument], object],
    arguments: Sequence[Argument],
    rounds: int = _ROUNDS,
    first: Callable[[Argument], object] | None = None,
) -> float:
    """Microseconds of one call, the clock's own cost taken off. `first` is called before, and not counted."""
    clock = time.perf_counter_ns
    empty = statistics.median([-(clock() - clock()) for _ in range(1000)])
    taken = []
    for _ in range(rounds):
        for argument in arguments:
            if first:
                first(argument)
            before = clock()
            call(argument)
            taken.append(clock() - before)
    return (statistics.median(taken) - empty) / 1000


def _linear(engine: Engine, program: Program) -> Callable[[Facts], int]:
    """The same compiled checks, rule after rule."""
    compiled = [
        rule
        for scoped in program.policies
        for rule in engine._compiler.rules(scoped.policy, tcp=False)
        if scoped.policy.action.value == "ALLOW"
    ]
    checks: list[tuple[Check, ...]] = [
        rule.remaining(None) for rule in sorted(compiled, key=lambda rule: rule.rule.ref.id)
    ]

    def scan(facts: Facts) -> int:
        for rank, of_rule in enumerate(checks):
            if all(check(facts) for check in of_rule):
                return rank
        return NO_MATCH

    return scan


def _check_request(request: Request) -> bytes:
    message = CheckRequest()
    attributes = message.attributes
    attributes.source.address.socket_address.address = request.source_ip
    attributes.source.principal = request.principal
    attributes.destination.address.socket_address.address = "10.0.0.1"
    attributes.destination.address.socket_address.port_value = request.destination_port
    http = attributes.request.http
    http.method, http.path, http.host, http.scheme = request.method, request.path, request.host, "http"
    for name, value in ((":method", request.method), (":path", request.path), *request.headers):
        http.header_map.headers.add(key=name, raw_value=value.encode())
    attributes.context_extensions["namespace"] = shapes.NAMESPACE
    attributes.context_extensions["labels"] = "app=shop"
    if request.claims is not None:
        metadata = attributes.metadata_context.filter_metadata["envoy.filters.http.jwt_authn"]
        metadata.update({"payload": dict(request.claims)})
    return message.SerializeToString()


def _print_load(count: int) -> None:
    command = [sys.executable, "-m", "tests.bench.run", "--load-only", str(count)]
    runs = [json.loads(subprocess.run(command, check=True, capture_output=True).stdout) for _ in range(3)]
    seconds = statistics.median([run["seconds"] for run in runs])
    memory = statistics.median([run["resident_mb"] for run in runs])
    print(
        f"{count:,} policies, {runs[0]['bytes'] / 1e6:.1f} MB of YAML: read, validated and compiled in {seconds:.2f} s"
    )
    print(f"resident memory of the whole process at its highest: {memory:.0f} MB (median of {len(runs)} processes)")


def _load_and_measure(count: int) -> dict[str, float]:
    text = shapes.policies(shapes.mixed(count), rules_a_policy=1)
    before = time.perf_counter()
    engine = _engine(text)
    seconds = time.perf_counter() - before
    engine._resolve(WorkloadTexts(), tcp=False)
    return {"seconds": seconds, "resident_mb": _highest_resident_mb(), "bytes": len(text)}


def _highest_resident_mb() -> float:
    """Of this program only: getrusage would also count what the process was before it became this program."""
    line = next(line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmHWM"))
    return int(line.split()[1]) / 1024


if __name__ == "__main__":
    sys.exit(main())
