"""Records on standard output, an object a line, for whoever collects it."""

import os
from collections.abc import Sequence


class StreamWriter:
    """Writes to a descriptor, which stays open. There is no chain: whoever collects the lines keeps them elsewhere."""

    def __init__(self, descriptor: int = 1) -> None:
        self._descriptor = descriptor
        self._rest = b""

    def write(self, bodies: Sequence[bytes], dropped: int = 0) -> int:
        """All lines; what was lost is in the metrics. Raises OSError; called again, it goes on where it stopped."""
        del dropped
        if not self._rest:
            self._rest = b"".join([body + b"}\n" for body in bodies])
        size = len(self._rest)
        while self._rest:
            self._rest = self._rest[os.write(self._descriptor, self._rest) :]
        return size

    def tick(self) -> None:
        """Nothing is ever due."""

    def close(self) -> None:
        """The stream is not ours."""
