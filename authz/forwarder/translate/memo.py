"""What an earlier translation has made, for the next one to use again where nothing has changed.

A memo changes no result, only the time it takes: whoever recalls a value proves that it would be made again as it is.
What a translation does not keep is forgotten after the next one.
"""

from typing import Generic, TypeVar

Key = TypeVar("Key")
Value = TypeVar("Value")


class Memo(Generic[Key, Value]):
    """Of one translation, which recalls from the one before and keeps for the one after."""

    def __init__(self, before: "Memo[Key, Value] | None" = None) -> None:
        self._before = before.kept if before else {}
        self.kept: dict[Key, Value] = {}

    def recall(self, key: Key) -> Value | None:
        """What has been kept under a key, by this translation or else by the one before."""
        found = self.kept.get(key)
        return self._before.get(key) if found is None else found

    def keep(self, key: Key, value: Value) -> Value:
        """Keep a value for the next translation, and return it."""
        self.kept[key] = value
        return value
