from authz.model.decision import Allowed, Denied, Reason
from authz.observability.counters import Count, Counters


def test_what_never_happened_is_counted_as_nothing() -> None:
    assert Counters().snapshot() == {count.value: 0 for count in Count}


def test_each_addition_counts_one() -> None:
    counters = Counters()
    for count in (Count.RELOADS, Count.RELOADS, Count.MERGED_HEADERS):
        counters.add(count)

    counted = {name: number for name, number in counters.snapshot().items() if number}
    assert counted == {"authz_reloads_total": 2, "authz_merged_headers_total": 1}


def test_decisions_are_counted_by_verdict_and_reason() -> None:
    counters = Counters()
    for decision in (Allowed(Reason.ALLOW_RULE, None), Denied(Reason.DENY_RULE), Denied(Reason.UNKNOWN_LABELS)):
        counters.decided(decision)
    counters.decided(Denied(Reason.DENY_RULE))

    counted = {name: number for name, number in counters.snapshot().items() if number}
    assert counted == {"authz_allowed_total": 1, "authz_denied_total": 3}
    assert {key: number for key, number in counters.decisions().items() if number} == {
        ("allowed", "allow_rule"): 1,
        ("denied", "deny_rule"): 2,
        ("denied", "unknown_labels"): 1,
    }


def test_every_reason_is_there_before_it_happens() -> None:
    assert sorted(reason for _, reason in Counters().decisions()) == sorted(reason.value for reason in Reason)


def test_the_verdict_counts_and_not_what_its_reason_usually_means() -> None:
    counters = Counters()
    counters.decided(Denied(Reason.ALLOW_RULE))

    assert counters.decisions()["denied", "allow_rule"] == 1
    assert counters.decisions()["allowed", "allow_rule"] == 0


def test_a_snapshot_stays_what_it_was() -> None:
    counters = Counters()
    before = counters.snapshot()
    counters.decided(Allowed(Reason.ALLOW_RULE, None))

    assert before["authz_allowed_total"] == 0
