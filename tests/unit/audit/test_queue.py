"""What waits for a sink, and what does not fit."""

import threading

from authz.audit.queue import RecordQueue


def test_records_are_taken_in_their_order() -> None:
    queue = RecordQueue(10, 1000)
    assert [queue.put(b"a"), queue.put(b"bb"), queue.put(b"c")] == [True, True, True]
    assert (queue.records, queue.size) == (3, 4)
    assert queue.take(2, 1000, 0) == [b"a", b"bb"]
    assert queue.take(2, 1000, 0) == [b"c"]
    assert (queue.records, queue.size) == (0, 0)


def test_what_does_not_fit_by_number_is_dropped_and_counted() -> None:
    queue = RecordQueue(2, 1000)
    assert [queue.put(b"a"), queue.put(b"b"), queue.put(b"c")] == [True, True, False]
    assert (queue.is_full, queue.dropped, queue.records) == (True, 1, 2)


def test_what_does_not_fit_by_bytes_is_dropped_and_counted() -> None:
    queue = RecordQueue(10, 4)
    assert [queue.put(b"abc"), queue.put(b"def"), queue.put(b"g")] == [True, True, False]
    assert (queue.is_full, queue.dropped) == (True, 1)


def test_what_was_promised_a_place_gets_it() -> None:
    queue = RecordQueue(1, 1000)
    assert [queue.put(b"a"), queue.put(b"b", promised=True)] == [True, True]
    assert queue.dropped == 0


def test_there_is_room_again_once_something_was_taken() -> None:
    queue = RecordQueue(1, 1000)
    queue.put(b"a")
    queue.take(1, 1000, 0)
    assert queue.put(b"b")


def test_as_much_is_taken_as_asked_for_and_at_least_one() -> None:
    queue = RecordQueue(10, 1000)
    for record in (b"aaaa", b"b", b"c", b"d"):
        queue.put(record)
    assert queue.take(10, 2, 0) == [b"aaaa"]
    assert queue.take(10, 2, 0) == [b"b", b"c"]


def test_whoever_waits_gets_what_comes() -> None:
    queue, taken = RecordQueue(10, 1000), []
    thread = threading.Thread(target=lambda: taken.extend(queue.take(1, 1000, 30)))
    thread.start()
    queue.put(b"a")
    thread.join(30)
    assert taken == [b"a"]


def test_nobody_waits_for_a_queue_that_is_closed() -> None:
    queue = RecordQueue(10, 1000)
    thread = threading.Thread(target=lambda: queue.take(1, 1000, 60))
    thread.start()
    queue.close()
    thread.join(30)
    assert not thread.is_alive()
    assert queue.take(1, 1000, 60) == []
