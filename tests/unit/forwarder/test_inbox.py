"""authz.forwarder.inbox: order, one word for another model, nothing after the end."""

import threading

from authz.forwarder.inbox import Inbox, Word


def test_requests_come_in_their_order() -> None:
    inbox = Inbox(4)
    assert inbox.put(b"1")
    assert inbox.put(b"2")
    assert [inbox.take(0), inbox.take(0)] == [b"1", b"2"]


def test_nothing_is_a_word_too() -> None:
    assert Inbox(1).take(0) is Word.NOTHING


def test_another_model_is_said_once_and_before_requests() -> None:
    inbox = Inbox(4)
    inbox.put(b"1")
    inbox.wake()
    inbox.wake()
    assert [inbox.take(0), inbox.take(0), inbox.take(0)] == [Word.ANOTHER_MODEL, b"1", Word.NOTHING]


def test_nothing_is_looked_at_after_the_end() -> None:
    inbox = Inbox(4)
    inbox.put(b"1")
    inbox.wake()
    inbox.end()
    assert inbox.take(0) is Word.OVER
    assert not inbox.put(b"2")


def test_who_brings_more_than_it_holds_waits() -> None:
    inbox = Inbox(1)
    inbox.put(b"1")
    brought = threading.Thread(target=inbox.put, args=(b"2",), daemon=True)
    brought.start()
    brought.join(0.05)
    assert brought.is_alive()
    assert inbox.take(0) == b"1"
    brought.join(10)
    assert inbox.take(0) == b"2"


def test_who_waits_to_bring_is_let_go_at_the_end() -> None:
    inbox = Inbox(1)
    inbox.put(b"1")
    brought = threading.Thread(target=inbox.put, args=(b"2",), daemon=True)
    brought.start()
    inbox.end()
    brought.join(10)
    assert not brought.is_alive()


def test_who_waits_is_woken() -> None:
    inbox = Inbox(1)
    taken: list[bytes | Word] = []
    waits = threading.Thread(target=lambda: taken.append(inbox.take(10)), daemon=True)
    waits.start()
    inbox.put(b"1")
    waits.join(10)
    assert taken == [b"1"]
