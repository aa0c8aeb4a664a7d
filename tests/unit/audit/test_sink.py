"""A sink writes what it gets, and outlives what fails."""

from __future__ import annotations

import os

import pytest

from authz.audit.queue import RecordQueue
from authz.audit.sink import Sink
from authz.audit.stdout import StreamWriter
from tests.support.sinks import Written, wait_for


def sink(writer: Written, queue: RecordQueue | None = None) -> Sink:
    return Sink("files", queue or RecordQueue(100, 10_000), lambda: writer)


def test_what_is_put_is_written_in_order_and_counted() -> None:
    writer = Written()
    made = sink(writer)
    for number in range(50):
        made.queue.put(b"%d" % number)
    made.start()
    made.stop()
    assert writer.bodies == [b"%d" % number for number in range(50)]
    status = made.status()
    assert (status.records, status.bytes, status.dropped, status.errors) == (50, 90, 0, 0)
    assert (status.queued_records, status.queued_bytes, status.failing) == (0, 0, None)
    assert writer.is_closed


@pytest.mark.parametrize("error", [OSError(28, "No space left on device"), ValueError("a mistake")])
def test_what_failed_is_written_again_and_once(error: Exception, caplog: pytest.LogCaptureFixture) -> None:
    writer = Written(error, error)
    made = sink(writer)
    made.queue.put(b"a")
    made.start()
    wait_for(lambda: made.status().records == 1)
    made.stop()
    assert writer.bodies == [b"a"]
    assert made.status().errors == 2
    told = [record.getMessage() for record in caplog.records if record.levelname == "ERROR"]
    assert len(told) == 1
    assert str(error) in told[0]


def test_a_writer_that_cannot_be_opened_is_opened_later() -> None:
    writer, tries = Written(), [OSError(30, "Read-only file system")]

    def open_writer() -> Written:
        if tries:
            raise tries.pop()
        return writer

    made = Sink("files", RecordQueue(10, 1000), open_writer)
    made.queue.put(b"a")
    made.start()
    wait_for(lambda: writer.bodies == [b"a"])
    made.stop()
    assert made.status().errors == 1


def test_what_fails_is_told_as_long_as_it_does() -> None:
    writer = Written(*[OSError(28, "No space left on device")] * 3)
    made = sink(writer)
    made.queue.put(b"a")
    made.start()
    wait_for(lambda: made.status().failing is not None)
    assert "No space" in str(made.status().failing)
    wait_for(lambda: made.status().failing is None)
    made.stop()


def test_what_was_dropped_is_told_to_the_writer_once() -> None:
    writer, queue = Written(), RecordQueue(1, 1000)
    made = sink(writer, queue)
    for record in (b"a", b"b", b"c"):
        queue.put(record)
    made.start()
    wait_for(lambda: made.status().records == 1)
    queue.put(b"d")
    made.stop()
    assert (writer.bodies, writer.dropped) == ([b"a", b"d"], [2, 0])


def test_what_cannot_be_written_before_the_end_is_told(caplog: pytest.LogCaptureFixture) -> None:
    writer = Written(*[OSError(28, "No space left on device")] * 1000)
    made = sink(writer)
    made.queue.put(b"a")
    made.start()
    wait_for(lambda: made.status().failing is not None)
    made.stop()
    assert "1 records are lost" in caplog.text


def test_one_sink_that_hangs_holds_up_no_other() -> None:
    slow, quick = Written(), Written()
    slow.may_go_on.clear()
    sinks = [sink(slow), sink(quick)]
    for one in sinks:
        one.start()
        one.queue.put(b"a")
    wait_for(lambda: quick.bodies == [b"a"])
    assert slow.bodies == []
    slow.may_go_on.set()
    for one in sinks:
        one.stop()


def test_standard_output_gets_an_object_a_line() -> None:
    reading, writing = os.pipe()
    writer = StreamWriter(writing)
    assert writer.write([b'{"a":1', b'{"b":2'], 5) == 16
    writer.tick()
    writer.close()
    os.close(writing)
    with os.fdopen(reading, "rb") as file:
        assert file.read() == b'{"a":1}\n{"b":2}\n'


def test_a_pipe_that_takes_only_part_gets_the_rest_later() -> None:
    reading, writing = os.pipe()
    os.set_blocking(writing, False)
    writer = StreamWriter(writing)
    bodies = [b'{"a":"%s"' % (b"x" * 100_000)]
    with pytest.raises(BlockingIOError):
        writer.write(bodies)
    got = os.read(reading, 200_000)
    while True:
        try:
            writer.write(bodies)
        except BlockingIOError:
            got += os.read(reading, 200_000)
        else:
            break
    os.close(writing)
    with os.fdopen(reading, "rb") as file:
        assert got + file.read() == bodies[0] + b"}\n"
