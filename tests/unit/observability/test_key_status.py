"""What operators are told of keys."""

from __future__ import annotations

import re
from datetime import UTC, datetime

from authz.observability.key_status import KeyStatus, key_families

AT = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
GOOD = KeyStatus("https://a.example", None, version="x", fetched_at=AT, fetches=3, failures=1)
OLD = KeyStatus("i", "https://b.example/k", "x", AT, 9, 2, "down", AT)
NONE = KeyStatus("", "https://c.example/k", fetches=1, failures=1, error="down", failing_since=AT, unavailable="down")


def test_without_issuers_there_are_no_metrics() -> None:
    assert list(key_families([])) == []


def test_metrics_are_by_issuer_and_place() -> None:
    found = {family.name: dict(_flat(family.samples)) for family in key_families([GOOD, OLD, NONE])}
    a, b, c = ("https://a.example", ""), ("i", "https://b.example/k"), ("", "https://c.example/k")
    assert found["authz_keys_available"] == {a: 1, b: 1, c: 0}
    assert found["authz_keys_failing"] == {a: 0, b: 1, c: 1}
    assert found["authz_keys_fetched_timestamp_seconds"] == {a: AT.timestamp(), b: AT.timestamp()}
    assert found["authz_keys_fetches_total"] == {a: 3, b: 9, c: 1}
    assert found["authz_keys_fetch_failures_total"] == {a: 1, b: 2, c: 1}


def test_names_and_kinds_are_as_prometheus_wants_them() -> None:
    for family in key_families([GOOD]):
        assert re.fullmatch(r"authz_[a-z_]+", family.name)
        assert family.kind == ("counter" if family.name.endswith("_total") else "gauge")
        assert family.help.endswith(".")


def test_what_is_wrong_is_a_line_with_the_issuer() -> None:
    assert GOOD.reason is None
    assert OLD.reason is not None
    assert OLD.reason.startswith("keys of i: not refreshed since 2026-01-02")
    assert NONE.reason == "keys of https://c.example/k: none, its tokens are denied: down"


def _flat(samples: object) -> list[tuple[tuple[str, ...], float]]:
    assert isinstance(samples, tuple)
    return [(tuple(labels.values()), value) for labels, value in samples]
