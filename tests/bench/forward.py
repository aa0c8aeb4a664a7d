"""What `authz forward` costs with many hosts, routes and endpoints: to a ready Envoy, and after a change on disk.

It runs as people run it, in a process of its own, with clocks around its steps (`forward_clocked`).
"""

import json
import os
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.e2e.support.xds import free_port
from tests.support.gateway_files import ENDPOINTS_OF_ONE, ENTRIES, FILES, HOSTS, ROUTES_OF_A_HOST, SERVICES, write_files

_WITHIN_S = 60.0
_SETTLED_S = 0.3
_CHANGES = 5
_STEPS = ("files", "reading", "lint", "view", "translation", "references")
_PARTS = ("plan", "routes", "clusters", "snapshot")
Record = dict[str, Any]


def print_forward() -> None:
    """A gateway of one port: 2,000 hosts with 10,000 routes, to 1,000 services with 5,000 endpoints."""
    with tempfile.TemporaryDirectory(prefix="authz-bench-") as name:
        mesh = Path(name) / "mesh"
        mesh.mkdir()
        write_files(mesh)
        megabytes = sum(one.stat().st_size for one in mesh.iterdir()) / 1e6
        print(f"authz forward: {HOSTS:,} hosts, {HOSTS * ROUTES_OF_A_HOST:,} routes, ", end="")
        print(
            f"{(ENTRIES + SERVICES) * ENDPOINTS_OF_ONE:,} endpoints; {4 * FILES + 1} files, {megabytes:.1f} MB; ",
            end="",
        )
        print(f"load average {os.getloadavg()[0]:.1f} (wall ms, and of it CPU ms)")
        with _running(mesh, Path(name)) as run:
            run.print_start()
            run.print_changes("endpoint", mesh / "service-entries-0.yaml", "address: 10.0.0.", 1)
            run.print_changes("route", mesh / "virtual-services-0.yaml", "timeout: ", 1)
            run.print_memory()


class _Run:
    """A running forwarder. `began`: when it was started, on the clock of its records."""

    def __init__(self, process: subprocess.Popen[str], records: Path, began: float) -> None:
        self._process = process
        self._records = records
        self._began = began

    def print_start(self) -> None:
        """From nothing to `authz ready`."""
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        ready = time.monotonic()
        assert line.startswith("authz ready"), line
        self._settle(0)
        records = self._since(0)
        imported, in_force = records[0]["at"], _last(records, "in force")
        print(f"  ready after {ready - self._began:.2f} s: {imported - self._began:.2f} s to import, ", end="")
        print(
            f"{in_force['at'] - imported:.2f} s to a snapshot, {ready - in_force['at']:.2f} s till Envoy serves it; ",
            end="",
        )
        print(f"CPU of our process till then {records[-1]['process_cpu']:.2f} s")
        print(f"  {_steps(records)}")
        print(f"  sent: {_sent(records)}")

    def print_changes(self, what: str, file: Path, before: str, skip: int) -> None:
        """Change one text in a file, again and again: the digits behind `before`, where it stands first."""
        text = file.read_text()
        start = text.index(before) + len(before)
        runs = []
        for number in range(_CHANGES):
            known = len(self._since(0))
            file.write_text(f"{text[:start]}{number + 201}{text[start + skip :]}")
            self._settle(known)
            runs.append(self._since(known))
        after_ms = [(_last(run, "accepted")["at"] - _began(_last(run, "in force"))) * 1e3 for run in runs]
        before_ms = [sum(_last(run, step)["wall"] for step in _STEPS[:4]) * 1e3 for run in runs]
        print(
            f"  one {what} changed: read in {statistics.median(before_ms):.0f} ms; from then on accepted by Envoy ",
            end="",
        )
        print(f"after {statistics.median(after_ms):.0f} ms, at most {max(after_ms):.0f} ms")
        print(f"  {_steps(runs[-1])}")
        print(f"  sent: {_sent(runs[-1])}; {_transfer(runs[-1])}")

    def print_memory(self) -> None:
        """Of our process, at its highest."""
        status = Path(f"/proc/{self._process.pid}/status").read_text()
        highest = next(line for line in status.splitlines() if line.startswith("VmHWM"))
        print(f"  resident memory of our process at its highest: {int(highest.split()[1]) / 1024:.0f} MB")

    def _since(self, known: int) -> list[Record]:
        return [json.loads(line) for line in self._records.read_text().splitlines()[known:]]

    def _settle(self, known: int) -> None:
        """Wait until a set has come into force and Envoy has accepted all that it was sent of it."""
        ends, quiet_since = time.monotonic() + _WITHIN_S, time.monotonic()
        while time.monotonic() - quiet_since < _SETTLED_S:
            assert time.monotonic() < ends, f"not within {_WITHIN_S} s"
            whats = [record["what"] for record in self._since(known)]
            if not ("in force" in whats and "sent" in whats and whats.count("sent") == whats.count("accepted")):
                quiet_since = time.monotonic()
            time.sleep(0.05)


@contextmanager
def _running(mesh: Path, directory: Path) -> Iterator[_Run]:
    records = directory / "records"
    records.touch()
    command = [sys.executable, "-m", "tests.bench.forward_clocked", str(records), "forward", "--policies", str(mesh)]
    flags = ["--no-authorizer", "--labels", "istio=ingressgateway", "--port-map", f"80={free_port()}"]
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    with (directory / "log").open("wb") as log:
        began = time.monotonic()
        process = subprocess.Popen([*command, *flags], stdout=subprocess.PIPE, stderr=log, text=True, env=environment)
        try:
            yield _Run(process, records, began)
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(_WITHIN_S)


def _last(records: list[Record], what: str) -> Record:
    return next(record for record in reversed(records) if record["what"] == what)


def _began(record: Record) -> float:
    began: float = record["at"] - record["wall"]
    return began


def _steps(records: list[Record]) -> str:
    """How long each step took; in brackets the parts of the one before."""
    shown = {what: f"{what} {_ms(_last(records, what))}" for what in (*_STEPS, *_PARTS)}
    parts = ", ".join(shown[part] for part in _PARTS)
    return ", ".join(f"{shown[step]} ({parts})" if step == "translation" else shown[step] for step in _STEPS)


def _ms(record: Record) -> str:
    return f"{record['wall'] * 1e3:.0f}/{record['cpu'] * 1e3:.0f}"


def _sent(records: list[Record]) -> str:
    sent = [record for record in records if record["what"] == "sent"]
    return ", ".join(f"{one['count']:,} {one['type']} of {one['bytes'] / 1e3:,.1f} kB" for one in sent)


def _transfer(records: list[Record]) -> str:
    in_force, sent, accepted = (_last(records, what)["at"] for what in ("in force", "sent", "accepted"))
    return (
        f"sent {(sent - in_force) * 1e3:.0f} ms after the translation, accepted after {(accepted - sent) * 1e3:.0f} ms"
    )


if __name__ == "__main__":
    print_forward()
