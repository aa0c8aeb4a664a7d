"""Records as they are found in a directory: the newest, those that are being written, one by its id."""

import heapq
import json
import time
import zlib
from collections.abc import Callable, Generator, Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from authz.audit.segments import Segment, list_segments
from authz.model.workload import parse_labels

Record = dict[str, Any]

_ALLOWED = b'"verdict":"allowed"'


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which records. Empty text, and False: any.

    `policy`: NAMESPACE/NAME, or a name in any namespace. `principal`: a name of the peer, with or without `spiffe://`,
    or what the token says: `ISSUER/SUBJECT` or a subject. `workload`: NAMESPACE, or NAMESPACE/k=v,k=v for those with
    these labels.
    """

    denied: bool = False
    policy: str = ""
    principal: str = ""
    workload: str = ""

    def find(self, line: bytes) -> Record | None:
        """The record of a line, if it is wanted; what is no record of a decision is not."""
        if (self.denied and _ALLOWED in line) or not line.endswith(b"\n"):
            return None
        record = parse_record(line)
        if record is None or (self.denied and record.get("verdict") != "denied"):
            return None
        return record if self._has_policy(record) and self._has_principal(record) and self._is_for(record) else None

    def _has_policy(self, record: Record) -> bool:
        named = str(record.get("policy", ""))
        return not self.policy or self.policy in {named, named.partition("/")[2]}

    def _has_principal(self, record: Record) -> bool:
        return not self.principal or self.principal in principals_of(record)

    def _is_for(self, record: Record) -> bool:
        if not self.workload:
            return True
        workload = record.get("workload", {})
        namespace, _, labels = self.workload.partition("/")
        has_labels: bool = parse_labels(labels) <= set(workload.get("labels", {}).items())
        return has_labels and workload.get("namespace") == namespace


def principals_of(record: Record) -> set[str]:
    """Every way to say who called."""
    names = record.get("peer", {}).get("names", [])
    token = record.get("token", {})
    subject = token.get("subject")
    found = {*names, *[name.removeprefix("spiffe://") for name in names]}
    return found if subject is None else found | {subject, f"{token.get('issuer')}/{subject}"}


def parse_record(line: bytes) -> Record | None:
    """A record of a decision; None for lines of other kinds, and for what is no line at all."""
    try:
        record = json.loads(line)
    except (ValueError, RecursionError):
        return None
    return record if isinstance(record, dict) and record.get("type") == "decision" else None


def newest(directory: Path, count: int, wanted: Wanted) -> list[Record]:
    """The newest that are wanted, the oldest of them first. Raises OSError where the directory cannot be read."""
    found: list[Record] = []
    for segments in list_segments(directory).values():
        found += _newest_of_worker(segments, count, wanted)
    return sorted(heapq.nlargest(count, found, key=_time_of), key=_time_of)


def _newest_of_worker(segments: list[Segment], count: int, wanted: Wanted) -> list[Record]:
    found: list[Record] = []
    for segment in reversed(segments):
        of_segment = [record for line in _lines(segment) if (record := wanted.find(line)) is not None]
        found += of_segment[::-1]
        if len(found) >= count:
            break
    return found[:count]


def find_record(directory: Path, decision_id: str) -> Record | None:
    """The record of a decision; None: there is none. Raises OSError where the directory cannot be read."""
    sought = json.dumps(decision_id).encode()
    for segments in list_segments(directory).values():
        for segment in reversed(segments):
            for line in _lines(segment):
                if sought in line and (record := parse_record(line)) is not None and record.get("id") == decision_id:
                    return record
    return None


def _time_of(record: Record) -> str:
    return str(record.get("time", ""))


def _lines(segment: Segment) -> Iterator[bytes]:
    """The lines that can be read: a file may go while we look, or be damaged, which `verify` tells of."""
    try:
        yield from segment.lines()
    except (OSError, EOFError, zlib.error):
        return


class Follower:
    """Gives what is written from now on, by whichever worker, in whichever segment."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._at: dict[str, tuple[int, IO[bytes]]] = {}
        self._rest: dict[str, bytes] = {}
        for worker, segments in list_segments(directory).items():
            self._open(worker, segments[-1], at_end=True)

    def lines(self) -> Iterator[bytes]:
        """The whole lines that have come since. Raises OSError where the directory cannot be read."""
        for worker, segments in list_segments(self._directory).items():
            yield from self._new_lines(worker)
            for segment in segments:
                if segment.number > self._number(worker):
                    self._open(worker, segment, at_end=False)
                    yield from self._new_lines(worker)

    def _number(self, worker: str) -> int:
        return self._at[worker][0] if worker in self._at else 0

    def _open(self, worker: str, segment: Segment, *, at_end: bool) -> None:
        if segment.is_compressed:  # it is closed; all of it is new, or nothing
            self._let_go(worker)
            self._rest[worker] = b"" if at_end else b"".join(_lines(segment))
            self._at[worker] = segment.number, _NOTHING
            return
        file = segment.path.open("rb")
        if at_end:
            file.seek(0, 2)
        self._let_go(worker)
        self._at[worker] = segment.number, file

    def _new_lines(self, worker: str) -> Iterator[bytes]:
        if worker not in self._at:
            return
        data = self._rest.pop(worker, b"") + self._at[worker][1].read()
        whole, line_feed, self._rest[worker] = data.rpartition(b"\n")
        if line_feed:
            yield from (whole + line_feed).splitlines(keepends=True)

    def close(self) -> None:
        """Let go of everything."""
        for worker in list(self._at):
            self._let_go(worker)

    def _let_go(self, worker: str) -> None:
        """Let go of a worker's file."""
        if worker in self._at:
            self._at.pop(worker)[1].close()
        self._rest.pop(worker, None)


class _Nothing:
    """A file that is read already."""

    def read(self) -> bytes:
        return b""

    def close(self) -> None:
        pass


_NOTHING: Any = _Nothing()


def follow(
    directory: Path, wanted: Wanted, pause: Callable[[float], object] = time.sleep, pause_s: float = 0.2
) -> Generator[Record, None, None]:
    """What is written from now on, for ever. Raises OSError where the directory cannot be read."""
    return _follow(Follower(directory), wanted, pause, pause_s)


def _follow(
    follower: Follower, wanted: Wanted, pause: Callable[[float], object], pause_s: float
) -> Generator[Record, None, None]:
    with closing(follower):
        while True:
            for line in follower.lines():
                record = wanted.find(line)
                if record is not None:
                    yield record
            pause(pause_s)
