"""A decision log on disk, written as the product writes it, with a clock of the test's."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import orjson
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from authz.audit.chain import Signer
from authz.audit.segments import take_place
from authz.audit.settings import DecisionLogSettings
from authz.audit.writer import SegmentWriter

if TYPE_CHECKING:
    from pathlib import Path

KEY = Ed25519PrivateKey.from_private_bytes(b"k" * 32)


class Clock:
    """Both kinds of clock."""

    def __init__(self, now_s: float = 1_700_000_000.0) -> None:
        self.now_s = now_s

    def __call__(self) -> float:
        return self.now_s


def body(number: int, **members: Any) -> bytes:
    """A record as it reaches a sink."""
    record = {
        "v": 1,
        "type": "decision",
        "time": f"2026-01-01T00:00:{number % 60:02d}.{number:06d}Z",
        "id": f"id{number}",
    }
    record |= {"latency_us": 1, "digest": "d", "engine": "e", "verdict": "allowed", "reason": "allow_rule"}
    return orjson.dumps({**record, **members})[:-1]


class LogOnDisk:
    """A directory with one worker's log."""

    def __init__(self, directory: Path, *, signed: bool = True, **settings: Any) -> None:
        self.directory = directory
        self.clock = Clock()
        self.settings = DecisionLogSettings(directory, **settings)
        self._signer = Signer(KEY) if signed else None
        self.written = 0
        self.open()

    def open(self) -> None:
        """As a process does that starts."""
        self.place = take_place(self.directory)
        self.writer = SegmentWriter(self.place, self.settings, self._signer, self.clock, self.clock)

    def write(self, count: int = 1, **members: Any) -> None:
        self.writer.write([body(self.written + number, **members) for number in range(count)])
        self.written += count

    def crash(self) -> None:
        """As a process does that is killed."""
        if self.writer._open is not None:
            os.close(self.writer._open.descriptor)
        self.place.release()

    def stop(self) -> None:
        self.writer.close()
        self.place.release()

    def restart(self) -> None:
        self.crash()
        self.open()

    def files(self) -> list[str]:
        return sorted(path.name for path in self.directory.iterdir() if path.suffix != ".lock")

    def lines(self, name: str) -> list[bytes]:
        return (self.directory / name).read_bytes().splitlines(keepends=True)
