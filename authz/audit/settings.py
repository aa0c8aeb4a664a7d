"""What can be set of the decision log."""

from dataclasses import dataclass
from enum import Enum
from pathlib import Path

from authz.audit.masking import ClaimPath, MaskRule

_MIB = 1024 * 1024


class WhenFull(Enum):
    """What happens while records cannot be kept. DROP: they are counted and lost; DENY: so is every request."""

    DROP = "drop"
    DENY = "deny"


class Fsync(Enum):
    """When written records are forced to the disk. A killed process loses nothing that was written, with any."""

    NEVER = "never"
    INTERVAL = "interval"
    BATCH = "batch"


@dataclass(frozen=True, slots=True)
class DecisionLogSettings:
    """Off unless a directory is named or `stdout` is on.

    `queue_records`, `queue_mib`: how much may wait for one sink. `segment_mib`, `segment_seconds`: when a file is
    closed and the next begun; `keep_days`, `keep_mib`: which closed ones stay, 0 for all. `sample_allowed`,
    `sample_denied`: the share of decisions that is kept. `headers`, `claims`: to be recorded beside the usual ones and
    those that policies name; `query`: whether paths are recorded with their query.
    """

    directory: Path | None = None
    stdout: bool = False
    when_full: WhenFull = WhenFull.DROP
    queue_records: int = 100_000
    queue_mib: int = 64
    segment_mib: int = 64
    segment_seconds: int = 3600
    keep_days: int = 30
    keep_mib: int = 4096
    compress: bool = True
    fsync: Fsync = Fsync.INTERVAL
    fsync_ms: int = 1000
    signing_key: Path | None = None
    hash_key: Path | None = None
    sample_allowed: float = 1.0
    sample_denied: float = 1.0
    headers: tuple[str, ...] = ()
    claims: tuple[ClaimPath, ...] = ()
    query: bool = False
    masks: tuple[MaskRule, ...] = ()

    @property
    def is_on(self) -> bool:
        """Whether anything is recorded."""
        return self.directory is not None or self.stdout

    @property
    def queue_bytes(self) -> int:
        """`queue_mib` in bytes."""
        return self.queue_mib * _MIB

    @property
    def segment_bytes(self) -> int:
        """`segment_mib` in bytes."""
        return self.segment_mib * _MIB

    @property
    def keep_bytes(self) -> int:
        """`keep_mib` in bytes."""
        return self.keep_mib * _MIB
