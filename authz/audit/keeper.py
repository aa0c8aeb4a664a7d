"""What happens to closed segments: they are compressed, and removed when they are too old or too many."""

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass

from authz.audit.segments import Place, Segment, compress, list_segments
from authz.audit.settings import DecisionLogSettings
from authz.audit.writer import SegmentWriter

_log = logging.getLogger(__name__)
_DAY_S = 86400


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
