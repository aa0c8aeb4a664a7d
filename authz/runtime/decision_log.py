"""The decision log of a running authorizer, made of its settings."""

import errno
import logging
import os
import stat
from collections.abc import Iterable
from pathlib import Path

from authz.audit.keeper import KeeperThread
from authz.audit.keys import read_secret, read_signer
from authz.audit.masking import Masker
from authz.audit.queue import RecordQueue
from authz.audit.record import Records
from authz.audit.recorder import DecisionLog
from authz.audit.segments import Place, take_place
from authz.audit.settings import DecisionLogSettings, WhenFull
from authz.audit.sink import Sink
from authz.audit.stdout import StreamWriter
from authz.audit.writer import SegmentWriter
from authz.model.errors import SettingsError

_log = logging.getLogger(__name__)

_PASSING = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EIO, errno.EROFS, errno.ENFILE, errno.EMFILE})
"""What may be over in a while; anything else is a setting that is wrong."""


class RunningLog:
    """A log, and who looks after its files."""

    def __init__(self, log: DecisionLog, files: "_Files | None") -> None:
        self.log = log
        self._files = files

    def start(self) -> None:
        """Begin to write."""
        self.log.start()
        if self._files is not None:
            self._files.keeper.start()

    def stop(self) -> None:
        """Write what waits, and end."""
        self.log.stop()
        if self._files is not None:
            self._files.keeper.stop()
        self.release()

    def release(self) -> None:
        """Let others have the place in the directory."""
        if self._files is not None:
            self._files.release()


def open_log(settings: DecisionLogSettings, policies: Iterable[Path] = ()) -> RunningLog | None:
    """The log that the settings want; None: none. `policies`: where it must not be. Raises SettingsError."""
    if not settings.is_on:
        return None
    masker = _masker(settings)
    files = None if settings.directory is None else _Files(settings, settings.directory, policies)
    sinks = [] if files is None else [Sink("files", _queue(settings), files.open)]
    if settings.stdout:
        sinks.append(Sink("stdout", _queue(settings), StreamWriter))
    return RunningLog(DecisionLog(Records(settings, masker), sinks, settings), files)


def _queue(settings: DecisionLogSettings) -> RecordQueue:
    return RecordQueue(settings.queue_records, settings.queue_bytes)


def _masker(settings: DecisionLogSettings) -> Masker:
    secret = None if settings.hash_key is None else read_secret(settings.hash_key)
    try:
        return Masker(settings.masks, secret)
    except ValueError as error:
        raise SettingsError(f"log.mask: {error}") from None


class _Files:
    """Opens the files of a log: at once, or when what keeps it from that is over."""

    def __init__(self, settings: DecisionLogSettings, directory: Path, policies: Iterable[Path]) -> None:
        for path in policies:
            if path.resolve() in (directory.resolve(), *directory.resolve().parents):
                raise SettingsError(f"log.directory: {directory} is among the policies, which are read as a whole")
        self._settings = settings
        self._directory = directory
        self._signer = None if settings.signing_key is None else read_signer(settings.signing_key)
        self._place = self._take_place()
        self.keeper = KeeperThread()

    def open(self) -> SegmentWriter:
        """For the thread that writes. Raises OSError."""
        place = self._place = self._place or _take(self._directory)
        writer = SegmentWriter(place, self._settings, self._signer)
        self.keeper.keep(place, writer, self._settings)
        return writer

    def release(self) -> None:
        """Let others have the place."""
        if self._place is not None:
            self._place.release()
        self._place = None

    def _take_place(self) -> Place | None:
        try:
            place = _take(self._directory)
        except OSError as error:
            if error.errno not in _PASSING or self._settings.when_full is WhenFull.DENY:
                reason = error.strerror or error
                raise SettingsError(f"log.directory: {self._directory} cannot be written: {reason}") from None
            _log.error("the decision log cannot be opened yet: %s", error)
            return None
        mode = stat.S_IMODE(self._directory.stat().st_mode)
        if mode & (stat.S_IRWXG | stat.S_IRWXO):
            _log.warning("the decision log's directory %s is open to others: mode %o", self._directory, mode)
        return place


def _take(directory: Path) -> Place:
    place = take_place(directory)
    if not os.access(directory, os.W_OK | os.X_OK):
        place.release()
        raise OSError(errno.EACCES, os.strerror(errno.EACCES))
    return place
