import pytest

from authz.decision.lazy import lazy


class Thing:
    """Counts how often it computes."""

    def __init__(self) -> None:
        self.computed = 0

    @lazy
    def value(self) -> int:
        """The value."""
        self.computed += 1
        return self.computed

    @lazy
    def broken(self) -> int:
        self.computed += 1
        raise KeyError(self.computed)


def test_a_value_is_computed_when_first_read_and_then_kept() -> None:
    thing = Thing()

    assert (thing.computed, thing.value, thing.value, thing.computed) == (0, 1, 1, 1)
    assert Thing().value == 1


def test_an_exception_is_not_kept() -> None:
    thing = Thing()
    for _ in range(2):
        with pytest.raises(KeyError):
            _ = thing.broken

    assert thing.computed == 2


def test_the_class_knows_its_documentation() -> None:
    assert Thing.value.__doc__ == "The value."
