"""Whether a log is as it was written: nothing changed, removed or put in another order.

Without a key this is about mistakes and damage: whoever can write the files can make a chain of their own. With the
public key of the checkpoints it holds for everything before the last of them.
"""

import hashlib
import json
import zlib
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from authz.audit.chain import GENESIS, Chain, ChainError, LineEnd, is_signed_by, key_id
from authz.audit.resume import Torn
from authz.audit.segments import Segment, list_segments
from authz.audit.writer import CHECKPOINT_EVERY

_KINDS = frozenset({"decision", "segment", "checkpoint", "gap", "retired"})


class WrongLineError(Exception):
    """The first place that is wrong; the text names file and line."""


class _BrokenChainError(WrongLineError):
    """From here on it may be what a crash has left: the next segment knows."""


@dataclass(slots=True)
class WorkerReport:
    """What one worker's chain has. `unsigned`: lines behind the last signature. `torn`: bytes that crashes have left.

    `dropped`: records that were lost as the log itself notes. `first`: number of the first segment that is there.
    """

    worker: str
    segments: int = 0
    first: int = 0
    records: int = 0
    dropped: int = 0
    since: str = ""
    until: str = ""
    unsigned: int = 0
    torn: int = 0


@dataclass(frozen=True, slots=True)
class Report:
    """What was found. `wrong`: the first place that is wrong, by worker; empty: there is none."""

    workers: tuple[WorkerReport, ...]
    wrong: tuple[str, ...] = ()

    @property
    def is_good(self) -> bool:
        """Whether there is something, and nothing of it is wrong."""
        return bool(self.workers) and not self.wrong

    def as_json(self) -> dict[str, Any]:
        """For machines. Field names are stable."""
        return {"good": self.is_good, "wrong": list(self.wrong), "workers": [asdict(one) for one in self.workers]}


def verify_directory(directory: Path, key: Ed25519PublicKey | None = None) -> Report:
    """Look at every line of every worker. Raises OSError where the directory cannot be read."""
    reports, wrong = [], []
    for worker, segments in list_segments(directory).items():
        walk = _Walk(WorkerReport(worker), key)
        try:
            walk.segments(segments)
        except WrongLineError as error:
            wrong.append(str(error))
        reports.append(walk.report)
    return Report(tuple(reports), tuple(wrong))


@dataclass(slots=True)
class _Walk:
    """Along one worker's chain."""

    report: WorkerReport
    key: Ed25519PublicKey | None
    chain: Chain | None = None
    retired: int = 0
    torn: Torn | None = None
    doubt: _BrokenChainError | None = None
    since_checkpoint: int = 0
    here: str = field(default="", init=False)

    def segments(self, segments: Iterable[Segment]) -> None:
        expected: int | None = None
        for segment in segments:
            self.here = segment.path.name
            if expected is not None and segment.number != expected:
                raise WrongLineError(f"{self.here}: segment {expected} of {segment.worker} is missing before it")
            self._segment(segment)
            expected = segment.number + 1
        if self.doubt is not None:
            raise self.doubt
        self.report.torn += self.torn.size if self.torn is not None else 0
        if self.report.first - 1 > self.retired:
            missing = f"{self.retired + 1} to {self.report.first - 1}"
            raise WrongLineError(
                f"{self.report.worker}: segments {missing} are missing, and retention has not removed them"
            )

    def _segment(self, segment: Segment) -> None:
        self.report.segments += 1
        self.report.first = self.report.first or segment.number
        number, torn_size, torn = 0, 0, hashlib.sha256()
        try:
            for number, line in enumerate(segment.lines(), 1):
                self.here = f"{segment.path.name}:{number}"
                if torn_size or not self._is_whole(line, segment, number):
                    torn_size += len(line)
                    torn.update(line)
        except (OSError, EOFError, zlib.error) as error:
            raise WrongLineError(f"{segment.path.name}: cannot be read behind line {number}: {error}") from None
        self.torn = Torn(torn_size, torn.hexdigest()) if torn_size else None

    def _is_whole(self, line: bytes, segment: Segment, number: int) -> bool:
        """Take one more line; false: it, and all behind it, is no part of the chain."""
        if not line.endswith(b"\n"):
            return False
        try:
            self._line(line[:-1], segment, number)
        except _BrokenChainError as error:
            self.doubt = self.doubt or error
            if number == 1:  # nothing of this segment explains what is wrong before it
                raise self.doubt from None
            return False
        return True

    def _line(self, line: bytes, segment: Segment, number: int) -> None:
        end = LineEnd.of(line)
        record = self._parsed(line)
        if end is None or record is None:
            raise _BrokenChainError(f"{self.here}: it is no line of a decision log")
        if self.chain is None:
            self._first(end, segment, number)
        assert self.chain is not None  # noqa: S101 - for the type checker
        try:
            self.chain = self.chain.after(line)
        except ChainError as error:
            raise _BrokenChainError(f"{self.here}: {error}") from None
        if (number == 1) is not (record["type"] == "segment"):
            raise self._wrong("a segment begins with a line about itself, and has only one")
        if record.get("worker") != segment.worker:
            raise self._wrong(f"it is of {record.get('worker')}, not of {segment.worker}")
        self._note(record, end, segment)

    def _first(self, end: LineEnd, segment: Segment, number: int) -> None:
        """The chain begins where the first segment says, which nobody could tell if it were the wrong one."""
        if segment.number == 1 and (end.seq, end.prev) != (1, GENESIS):
            raise self._wrong("the first segment does not begin the chain")
        if number != 1:
            raise self._wrong("the segment has lost its beginning")
        self.chain = Chain(end.seq - 1, end.prev)

    def _note(self, record: dict[str, Any], end: LineEnd, segment: Segment) -> None:
        self.since_checkpoint += 1
        self.report.unsigned += 1
        match record["type"]:
            case "decision":
                self.report.records += 1
                self.report.since = self.report.since or record.get("time", "")
                self.report.until = record.get("time", "")
            case "segment":
                self._header(record, segment)
            case "retired":
                self.retired = max(self.retired, _number(record, "through"))
            case "gap":
                self.report.dropped += _number(record, "dropped")
            case "checkpoint":
                self._checkpoint(record, end)
                return
        if self.since_checkpoint > CHECKPOINT_EVERY:
            raise self._wrong(f"there is no checkpoint among {self.since_checkpoint} lines: some were removed")

    def _header(self, record: dict[str, Any], segment: Segment) -> None:
        if record.get("segment") != segment.number:
            raise self._wrong(f"it says that it is segment {record.get('segment')}")
        said = record.get("torn")
        found = self.torn.members() if self.torn is not None else None
        if found != said and self.report.segments > 1:
            what = "what stands at the end of the segment before is not what a crash left there"
            raise self.doubt or self._wrong(what)
        self.doubt = None
        self.report.torn += self.torn.size if self.torn is not None else 0
        self.torn = None
        self.retired = max(self.retired, _number(record, "retired"))

    def _checkpoint(self, record: dict[str, Any], end: LineEnd) -> None:
        self.since_checkpoint = 0
        if self.key is None:
            return
        if end.signature is None:
            raise self._wrong("the checkpoint is not signed")
        if not is_signed_by(end, self.key):
            other = record.get("key") != key_id(self.key)
            raise self._wrong("the checkpoint is signed with another key" if other else "the signature is not good")
        self.report.unsigned = 0

    def _parsed(self, line: bytes) -> dict[str, Any] | None:
        try:
            record = json.loads(line)
        except (ValueError, RecursionError):
            return None
        return record if isinstance(record, dict) and record.get("type") in _KINDS else None

    def _wrong(self, what: str) -> WrongLineError:
        return WrongLineError(f"{self.here}: {what}")


def _number(record: dict[str, Any], name: str) -> int:
    value = record.get(name)
    return value if isinstance(value, int) else 0
