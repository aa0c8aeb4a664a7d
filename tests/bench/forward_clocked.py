"""`authz forward` as it is, with clocks around its steps: `... -m tests.bench.forward_clocked RECORDS forward ...`."""

import json
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any, ParamSpec, TypeVar

from authz.cli.main import main
from authz.forwarder import load
from authz.forwarder.ads import Acked, Event, SnapshotFor
from authz.forwarder.servicer import AdsServer, AdsSettings
from authz.forwarder.snapshot import Resource, Snapshot
from authz.forwarder.translate import translation
from authz.pb.core import Node
from authz.pb.discovery import DeltaDiscoveryResponse
from authz.resources.collection import Collector
from authz.resources.lint.routes import RouteLinter
from authz.runtime import forward, routing
from authz.sources.watch import QuietWatch

Arguments = ParamSpec("Arguments")
Result = TypeVar("Result")
_snapshot_of = Snapshot.of


class _Records:
    """What happened, a line of JSON each. Times are of the machine's monotonic clock, in seconds."""

    def __init__(self, path: Path) -> None:
        self._out = path.open("w", encoding="utf-8", buffering=1)

    def note(self, what: str, **more: object) -> None:
        record = {"what": what, "at": time.monotonic(), "process_cpu": time.process_time(), **more}
        self._out.write(json.dumps(record) + "\n")

    def timed(self, what: str, call: Callable[Arguments, Result]) -> Callable[Arguments, Result]:
        """The same call; how long it took is noted, and how much of that its thread was running."""

        def call_timed(*arguments: Arguments.args, **named: Arguments.kwargs) -> Result:
            began, cpu_began = time.monotonic(), time.thread_time()
            try:
                return call(*arguments, **named)
            finally:
                self.note(what, wall=time.monotonic() - began, cpu=time.thread_time() - cpu_began)

        return call_timed


def _put_clocks(records: _Records) -> None:
    """Replace each step by itself with a clock."""
    steps: list[tuple[Any, str, str]] = [
        (QuietWatch, "has_changed", "looking"),
        (routing, "read_policy_files", "files"),
        (Collector, "collect", "reading"),
        (RouteLinter, "look_at", "lint"),
        (load, "RoutingView", "view"),
        (routing.LiveRouting, "_put_in_force", "in force"),
        (routing, "translate", "translation"),
        (translation, "plan_gateways", "plan"),
        (translation, "translate_routes", "routes"),
        (translation, "translate_clusters", "clusters"),
        (routing, "_checked", "references"),
    ]
    for holder, name, what in steps:
        setattr(holder, name, records.timed(what, getattr(holder, name)))
    setattr(translation, "Snapshot", _TimedSnapshot(records))  # noqa: B010
    setattr(forward, "AdsServer", _counting_server(records))  # noqa: B010


class _TimedSnapshot:
    def __init__(self, records: _Records) -> None:
        self.of: Callable[[Iterable[Resource]], Snapshot] = records.timed("snapshot", _snapshot_of)


def _counting_server(records: _Records) -> type[AdsServer]:
    """An AdsServer that notes what it sends, and what Envoy accepts."""

    def observe(_node: Node, event: Event) -> None:
        if isinstance(event, Acked):
            records.note("accepted", type=event.type_url.name.lower())

    class CountingServer(AdsServer):
        def __init__(self, snapshot_for: SnapshotFor, settings: AdsSettings) -> None:
            super().__init__(snapshot_for, settings, observe=observe)

        def _serve(self, *arguments: Any) -> Iterator[bytes]:
            for sent in super()._serve(*arguments):
                records.note("sent", **_counted(sent))
                yield sent

    return CountingServer


def _counted(sent: bytes) -> dict[str, object]:
    response = DeltaDiscoveryResponse.FromString(sent)
    names = [one.name for one in response.resources]
    return {"type": response.type_url.rpartition(".")[2], "count": len(names), "bytes": len(sent), "first": names[:1]}


if __name__ == "__main__":
    clocked = _Records(Path(sys.argv[1]))
    clocked.note("imported")
    _put_clocks(clocked)
    sys.exit(main(sys.argv[2:]))
