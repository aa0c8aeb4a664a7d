from authz.observability.counters import Count, Counters


def test_what_never_happened_is_counted_as_nothing() -> None:
    assert Counters().snapshot() == {count.value: 0 for count in Count}


def test_each_addition_counts_one() -> None:
    counters = Counters()
    for count in (Count.DENIED, Count.DENIED, Count.ALLOWED):
        counters.add(count)

    counted = {name: number for name, number in counters.snapshot().items() if number}
    assert counted == {"authz_denied_total": 2, "authz_allowed_total": 1}


def test_a_snapshot_stays_what_it_was() -> None:
    counters = Counters()
    before = counters.snapshot()
    counters.add(Count.ALLOWED)

    assert before["authz_allowed_total"] == 0
