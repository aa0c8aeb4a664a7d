"""One worker's segments, written line by line: begun, closed, signed, and removed when they are too old or too many.

INVARIANT: a file only ever has whole lines of the chain, but for what a crash tears at its end. What could not be
written as a whole is taken back, and can be tried again.
"""

import contextlib
import os
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson

from authz import __version__
from authz.audit.chain import Chain, Signer
from authz.audit.record import SCHEMA_VERSION, render_time
from authz.audit.resume import Ended, find_end
from authz.audit.segments import FILE_MODE, Place, list_segments, segment_path
from authz.audit.settings import DecisionLogSettings, Fsync

MAX_BATCH = 500
CHECKPOINT_EVERY = 1000
"""At most so many lines without a checkpoint: what is missing then was removed."""

_UNSIGNED_AT_MOST = CHECKPOINT_EVERY - 10  # notes of our own come between
_CHECKPOINT_SECONDS = 10.0
_LOOK_SECONDS = 1.0


@dataclass(slots=True)
class _Open:
    """The segment that is written. Times are of a clock that only counts."""

    descriptor: int
    path: Path
    began_s: float
    size: int = 0
    unsigned: int = 0
    signed_at_s: float = 0.0
    synced_at_s: float = 0.0
    is_synced: bool = True
    looked_at_s: float = 0.0


class SegmentWriter:
    """Not for several threads, but for `retire`. Any method may raise OSError, and may be called again then."""

    def __init__(
        self,
        place: Place,
        settings: DecisionLogSettings,
        signer: Signer | None = None,
        clock: Callable[[], float] = time.time,
        counts: Callable[[], float] = time.monotonic,
    ) -> None:
        self._place = place
        self._settings = settings
        self._signer = signer
        self._clock = clock
        self._counts = counts
        self._ended: Ended | None = None
        self._chain = Chain()
        self._retired = self._to_retire = 0
        self._number = 0
        self._open: _Open | None = None

    @property
    def closed_through(self) -> int:
        """Up to which segment all are closed; 0 as long as nobody has looked."""
        return self._number - 1 if self._open is not None else self._number

    def write(self, bodies: Sequence[bytes], dropped: int = 0) -> int:
        """Add records, at most MAX_BATCH, after a note that `dropped` were lost; gives the bytes. All or nothing."""
        segment = self._begun()
        own = b',"worker":"%b"' % self._place.worker.encode()
        bodies = [body + own for body in bodies]
        if dropped:
            bodies.insert(0, self._note("gap", dropped=dropped))
        chain, lines, unsigned = self._chain, [], segment.unsigned
        if unsigned + len(bodies) > _UNSIGNED_AT_MOST:
            line, chain = self._checkpoint(chain)
            lines, unsigned = [line], 0
        for body in bodies:
            line, chain = chain.link(body)
            lines.append(line)
        written = self._append(segment, lines, chain)
        segment.unsigned = unsigned + len(bodies)
        return written

    def tick(self) -> None:
        """What is due by now. To be called several times a second."""
        now = self._counts()
        if self._to_retire > self._retired:
            self._retire()
        segment = self._open
        if segment is None:
            return
        if now - segment.looked_at_s >= _LOOK_SECONDS:
            segment.looked_at_s = now
            self._look(segment)
        if segment.unsigned and now - segment.signed_at_s >= _CHECKPOINT_SECONDS:
            self._write_checkpoint(segment)
        is_full = segment.size >= self._settings.segment_bytes
        if is_full or now - segment.began_s >= self._settings.segment_seconds:
            self.close()
        elif self._is_sync_due(segment, now):
            self._sync(segment)

    def _is_sync_due(self, segment: _Open, now: float) -> bool:
        match self._settings.fsync:
            case Fsync.BATCH:
                return True
            case Fsync.INTERVAL:
                return now - segment.synced_at_s >= self._settings.fsync_ms / 1000
            case Fsync.NEVER:
                return False

    def close(self) -> None:
        """Close the segment, if there is one; the next record begins another."""
        segment = self._open
        if segment is None:
            return
        if segment.unsigned:
            self._write_checkpoint(segment)
        if self._settings.fsync is not Fsync.NEVER:
            self._sync(segment)
        self._open = None
        os.close(segment.descriptor)

    def retire(self, through: int) -> None:
        """Have the segments up to this one removed."""
        self._to_retire = max(self._to_retire, through)

    def _begun(self) -> _Open:
        if self._open is not None:
            return self._open
        if self._ended is None:
            self._ended = find_end(self._place.directory, self._place.worker)
            self._chain, self._number = self._ended.chain, self._ended.number
            self._retired = self._to_retire = self._ended.retired
        return self._begin(self._ended)

    def _begin(self, ended: Ended) -> _Open:
        number, now = self._number + 1, self._counts()
        path = segment_path(self._place.directory, self._place.worker, number)
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_APPEND | os.O_CLOEXEC, FILE_MODE)
        segment = _Open(descriptor, path, now, signed_at_s=now, synced_at_s=now, looked_at_s=now)
        members: dict[str, Any] = {"segment": number, "retired": self._retired, "engine": __version__}
        members["pid"] = os.getpid()
        if ended.torn is not None:
            members["torn"] = ended.torn.members()
        try:
            header, chain = self._chain.link(self._note("segment", **members))
            checkpoint, chain = self._checkpoint(chain, number)
            self._append(segment, [header, checkpoint], chain)
        except BaseException:
            os.close(descriptor)
            path.unlink(missing_ok=True)
            raise
        self._open, self._number, self._ended = segment, number, Ended()
        return segment

    def _append(self, segment: _Open, lines: Sequence[bytes], chain: Chain) -> int:
        data = b"\n".join(lines) + b"\n"
        segment.is_synced = False
        try:
            view = memoryview(data)
            while view:
                view = view[os.write(segment.descriptor, view) :]
        except OSError:
            self._take_back(segment)
            raise
        segment.size += len(data)
        self._chain = chain
        return len(data)

    def _take_back(self, segment: _Open) -> None:
        """Remove the half of a line that may be there; where that is not possible, go on in another segment."""
        try:
            os.ftruncate(segment.descriptor, segment.size)
        except OSError:
            self._open = self._ended = None
            with contextlib.suppress(OSError):
                os.close(segment.descriptor)

    def _note(self, kind: str, **members: Any) -> bytes:
        """A line of our own, without what the chain adds."""
        head = {"v": SCHEMA_VERSION, "type": kind, "time": render_time(self._clock()), "worker": self._place.worker}
        return orjson.dumps({**head, **members})[:-1]

    def _checkpoint(self, chain: Chain, number: int | None = None) -> tuple[bytes, Chain]:
        members: dict[str, Any] = {"segment": number or self._number, "every": CHECKPOINT_EVERY}
        if self._signer is None:
            return chain.link(self._note("checkpoint", **members))
        return chain.sign(self._note("checkpoint", **members, key=self._signer.key_id), self._signer)

    def _write_checkpoint(self, segment: _Open) -> None:
        line, chain = self._checkpoint(self._chain)
        self._append(segment, [line], chain)
        segment.unsigned, segment.signed_at_s = 0, self._counts()

    def _sync(self, segment: _Open) -> None:
        if not segment.is_synced:
            os.fsync(segment.descriptor)
        segment.is_synced, segment.synced_at_s = True, self._counts()

    def _look(self, segment: _Open) -> None:
        """Whether the file is still where it was: what is written to one that was removed would be lost."""
        try:
            there = segment.path.stat()
        except FileNotFoundError:
            there = None
        own = os.fstat(segment.descriptor)
        if there is not None and (there.st_dev, there.st_ino) == (own.st_dev, own.st_ino):
            return
        self._open = None
        os.close(segment.descriptor)
        raise OSError(0, f"{segment.path} was removed")

    def _retire(self) -> None:
        """Note it in the chain, then remove: what is missing without a note was not removed by us."""
        segment = self._begun()
        line, chain = self._chain.link(self._note("retired", through=self._to_retire))
        self._append(segment, [line], chain)
        segment.unsigned += 1
        self._retired = self._to_retire
        for one in list_segments(self._place.directory).get(self._place.worker, []):
            if one.number <= self._retired and one.number != self._number:
                one.remove()
