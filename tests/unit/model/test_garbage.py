import gc

import pytest

from authz.model.garbage import collector_paused


def test_the_collector_is_paused_and_goes_on_whatever_happens() -> None:
    with collector_paused():
        assert not gc.isenabled()
    assert gc.isenabled()

    with pytest.raises(KeyError), collector_paused():
        raise KeyError
    assert gc.isenabled()


def test_whoever_pauses_it_within_a_pause_does_not_end_that() -> None:
    with collector_paused():
        with collector_paused():
            pass
        assert not gc.isenabled()
