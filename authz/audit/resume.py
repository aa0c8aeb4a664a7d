"""Where a worker's chain ended: after a clean stop, or a crash that left a line unfinished."""

import hashlib
import json
import zlib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from authz.audit.chain import Chain, ChainError, LineEnd
from authz.audit.segments import Segment, list_segments


@dataclass(frozen=True, slots=True)
class Torn:
    """What stands behind the last good line of a segment, and is no line."""

    size: int
    sha256: str

    def members(self) -> dict[str, Any]:
        """As the next segment notes it."""
        return {"bytes": self.size, "sha256": self.sha256}


@dataclass(frozen=True, slots=True)
class Ended:
    """The end of what is there. `number`: of the last segment, 0 for none; `retired`: up to which they were removed."""

    number: int = 0
    chain: Chain = field(default_factory=Chain)
    retired: int = 0
    torn: Torn | None = None


def find_end(directory: Path, worker: str) -> Ended:
    """The end of a worker's chain. A segment without a single whole line is removed. Raises OSError."""
    for segment in reversed(list_segments(directory).get(worker, [])):
        ended = read_end(segment)
        if ended is not None:
            return ended
        segment.path.unlink()
    return Ended()


def read_end(segment: Segment) -> Ended | None:
    """The end of a segment, which begins as it says itself; None: it has no whole line."""
    chain: Chain | None = None
    retired = 0
    torn_size, torn = 0, hashlib.sha256()
    try:
        for line in segment.lines():
            after = _after(chain, line) if not torn_size else None
            if after is None:
                torn_size += len(line)
                torn.update(line)
                continue
            chain = after
            retired = _retired(line, retired)
    except (OSError, EOFError, zlib.error):
        if chain is None:
            raise
    if chain is None:
        return None
    return Ended(segment.number, chain, retired, Torn(torn_size, torn.hexdigest()) if torn_size else None)


def _after(chain: Chain | None, line: bytes) -> Chain | None:
    """The chain with one more line; None: it is no good line."""
    if not line.endswith(b"\n"):
        return None
    line = line[:-1]
    if chain is None:
        end = LineEnd.of(line)
        if end is None:
            return None
        chain = Chain(end.seq - 1, end.prev)
    try:
        return chain.after(line)
    except ChainError:
        return None


def _retired(line: bytes, before: int) -> int:
    if b'"type":"segment"' not in line and b'"type":"retired"' not in line:
        return before
    record = json.loads(line)
    if record.get("type") not in {"segment", "retired"}:
        return before
    return max(before, int(record.get("retired", record.get("through", 0))))
