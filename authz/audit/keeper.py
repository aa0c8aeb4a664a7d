"""What happens to closed segments: they are compressed, and removed when they are too old or too many."""

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

from authz.audit.segments import Place, Segment, compress, list_segments
from authz.audit.settings import DecisionLogSettings
from authz.audit.writer import SegmentWriter

_log = logging.getLogger(__name__)
_DAY_S = 86400
_LOOK_EVERY_S = 60.0
_STOP_WITHIN_S = 3.0


@dataclass(slots=True)
class Keeper:
    """Looks after the closed segments of one worker, for a thread of its own: compressing takes a while.

    What is to be removed the writer removes, which notes it in the chain first.
    """

    place: Place
    writer: SegmentWriter
    settings: DecisionLogSettings
    clock: Callable[[], float] = time.time

    def look(self) -> None:
        """Do what is to be done now. Raises OSError."""
        by_worker = list_segments(self.place.directory)
        closed = [one for one in by_worker.get(self.place.worker, []) if one.number <= self.writer.closed_through]
        sizes = {one.path: one.path.stat().st_size for segments in by_worker.values() for one in segments}
        too_much = sum(sizes.values()) - self.settings.keep_bytes if self.settings.keep_mib else 0
        retired = 0
        for one in closed:
            if too_much <= 0 and not self._is_old(one):
                break
            retired, too_much = one.number, too_much - sizes[one.path]
        if retired:
            self.writer.retire(retired)
        for one in closed:
            if self.settings.compress and one.number > retired and not one.is_compressed:
                compress(one)

    def _is_old(self, segment: Segment) -> bool:
        days = self.settings.keep_days
        return days > 0 and self.clock() - segment.path.stat().st_mtime > days * _DAY_S

    def look_safely(self) -> str | None:
        """The same; why it could not be done, None if it could."""
        try:
            self.look()
        except FileNotFoundError:
            return None  # somebody else has removed it
        except OSError as error:
            _log.warning("the decision log cannot be tidied up: %s", error)
            return str(error)
        return None


class KeeperThread:
    """Has a keeper look whenever a segment was closed, and once a minute."""

    def __init__(self, step_s: float = 1.0) -> None:
        self._keeper: Keeper | None = None
        self._step_s = step_s
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="log-keeper", daemon=True)

    def keep(self, place: Place, writer: SegmentWriter, settings: DecisionLogSettings) -> None:
        """What is to be looked after, once it is there."""
        self._keeper = Keeper(place, writer, settings)

    def start(self) -> None:
        """Begin to look."""
        self._thread.start()

    def stop(self) -> None:
        """Look no more. A segment that is being compressed is left as it is: the next start goes on there."""
        self._stopping.set()
        self._thread.join(_STOP_WITHIN_S)

    def _run(self) -> None:
        seen, looked_at_s = 0, 0.0
        while not self._stopping.wait(self._step_s):
            keeper = self._keeper
            if keeper is None:
                continue
            closed, now_s = keeper.writer.closed_through, time.monotonic()
            if closed != seen or now_s - looked_at_s >= _LOOK_EVERY_S:
                seen, looked_at_s = closed, now_s
                keeper.look_safely()
