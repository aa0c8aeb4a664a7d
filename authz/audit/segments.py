"""The files of a log: `w0-0000000001.jsonl`, one segment after the other for each worker, closed ones with `.gz`.

A worker is a place in the directory, held by a lock on `w0.lock` while a process writes there; another process takes
the next. Everything is for its owner alone.
"""

import fcntl
import gzip
import os
import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

FILE_MODE, DIRECTORY_MODE = 0o600, 0o700
MAX_WORKERS = 256
_NAME = re.compile(r"(w[0-9]{1,3})-([0-9]{10})\.jsonl(\.gz)?")


@dataclass(frozen=True, slots=True, order=True)
class Segment:
    """One file. `is_compressed`: it is closed for good."""

    worker: str
    number: int
    is_compressed: bool
    path: Path

    def lines(self) -> Iterator[bytes]:
        """Its lines with their line feeds; the last may have none.

        Raises OSError, and EOFError or zlib.error for a damaged file.
        """
        if self.is_compressed:
            with gzip.open(self.path, "rb") as packed:
                yield from packed
        else:
            with self.path.open("rb") as file:
                yield from file

    def remove(self) -> None:
        """Remove it, in whichever forms it is there. Raises OSError."""
        plain = segment_path(self.path.parent, self.worker, self.number)
        plain.unlink(missing_ok=True)
        plain.with_name(f"{plain.name}.gz").unlink(missing_ok=True)


def segment_path(directory: Path, worker: str, number: int) -> Path:
    """Where a segment is while it is written."""
    return directory / f"{worker}-{number:010d}.jsonl"


def list_segments(directory: Path) -> dict[str, list[Segment]]:
    """All segments by worker, in order. Where one is there in both forms, the one that was written. Raises OSError."""
    found: dict[tuple[str, int], Segment] = {}
    for path in directory.iterdir():
        match = _NAME.fullmatch(path.name)
        if match is None:
            continue
        key, is_compressed = (match[1], int(match[2])), match[3] is not None
        if key not in found or not is_compressed:
            found[key] = Segment(*key, is_compressed, path)
    by_worker: dict[str, list[Segment]] = defaultdict(list)
    for key in sorted(found):
        by_worker[key[0]].append(found[key])
    return dict(sorted(by_worker.items(), key=lambda entry: int(entry[0][1:])))


@dataclass(frozen=True, slots=True)
class Place:
    """A worker's place in a directory, held until it is released."""

    directory: Path
    worker: str
    _descriptor: int

    def release(self) -> None:
        """Let others have it."""
        os.close(self._descriptor)


def take_place(directory: Path) -> Place:
    """Make the directory if need be, and take the first free place in it. Raises OSError."""
    directory.mkdir(mode=DIRECTORY_MODE, parents=True, exist_ok=True)
    for number in range(MAX_WORKERS):
        worker = f"w{number}"
        descriptor = os.open(directory / f"{worker}.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, FILE_MODE)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(descriptor)
            continue
        except OSError:
            os.close(descriptor)
            raise
        return Place(directory, worker, descriptor)
    raise OSError(0, f"{MAX_WORKERS} processes write there already")


def compress(segment: Segment) -> Path:
    """Replace a closed segment by its compressed form, which is there completely before the other goes.

    Raises OSError; then the segment stays as it is.
    """
    path = segment.path.with_name(f"{segment.path.name}.gz")
    partial = path.with_name(f".{path.name}.part")
    descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, FILE_MODE)
    try:
        with os.fdopen(descriptor, "wb") as raw:
            with gzip.GzipFile("", "wb", _LEVEL, raw, mtime=0) as packed, segment.path.open("rb") as file:
                while chunk := file.read(_CHUNK):
                    packed.write(chunk)
            raw.flush()
            os.fsync(raw.fileno())
        written = segment.path.stat()
        os.utime(partial, ns=(written.st_atime_ns, written.st_mtime_ns))  # its age is that of what is in it
        partial.replace(path)
    except BaseException:
        partial.unlink(missing_ok=True)
        raise
    segment.path.unlink()
    return path


_LEVEL = 6
_CHUNK = 256 * 1024
