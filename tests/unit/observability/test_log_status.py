"""What operators are told of the decision log."""

from authz.observability.log_status import LogStatus, SinkStatus, log_families
from authz.observability.prometheus import render_metrics

GOOD = SinkStatus("stdout", records=3, bytes=300)
BAD = SinkStatus("files", 1, 100, 7, 2, 5, 500, "disk full")


def test_what_is_as_it_should_be_has_no_reason() -> None:
    assert LogStatus((GOOD,)).reasons == []


def test_each_trouble_has_a_reason() -> None:
    assert LogStatus((BAD, GOOD), is_denying=True).reasons == [
        "decision log: full, every request is denied",
        "decision log (files): cannot be written: disk full",
    ]


def test_every_number_is_a_metric_by_sink() -> None:
    text = render_metrics(log_families(LogStatus((BAD, GOOD), is_denying=True, incomplete=4)))
    for line in (
        'authz_log_records_total{sink="files"} 1',
        'authz_log_records_total{sink="stdout"} 3',
        'authz_log_bytes_total{sink="files"} 100',
        'authz_log_dropped_total{sink="files"} 7',
        'authz_log_errors_total{sink="files"} 2',
        'authz_log_failing{sink="files"} 1',
        'authz_log_failing{sink="stdout"} 0',
        'authz_log_queue_records{sink="files"} 5',
        'authz_log_queue_bytes{sink="files"} 500',
        "authz_log_denying 1",
        "authz_log_incomplete_total 4",
    ):
        assert f"{line}\n" in text
