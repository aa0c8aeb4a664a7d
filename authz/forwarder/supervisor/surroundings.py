"""What a child process lives in."""

from __future__ import annotations

import os
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What a child process is started and waited for with.

    `sleep` is called between polls; what it raises leaves the wait, so a caller
    can be interrupted there and nowhere else.
    """

    environ: Mapping[str, str] = field(default_factory=lambda: dict(os.environ))
    clock: Callable[[], float] = time.monotonic
    sleep: Callable[[float], object] = time.sleep
