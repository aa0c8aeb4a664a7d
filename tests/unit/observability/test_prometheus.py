from authz.observability.prometheus import Family, counter, gauge, info, render_metrics


def test_a_metric_has_its_words_its_type_and_its_samples() -> None:
    decisions = Family("d_total", "counter", "Decisions.", (({"verdict": "a"}, 2.0), ({"verdict": "b", "r": "c"}, 0)))
    assert render_metrics([decisions, gauge("g", 1.5, "A gauge."), counter("c_total", 7, "A counter.")]) == (
        "# HELP d_total Decisions.\n# TYPE d_total counter\n"
        'd_total{verdict="a"} 2\nd_total{verdict="b",r="c"} 0\n'
        "# HELP g A gauge.\n# TYPE g gauge\ng 1.5\n"
        "# HELP c_total A counter.\n# TYPE c_total counter\nc_total 7\n"
    )


def test_no_label_and_no_words_can_break_a_line() -> None:
    assert render_metrics([info("i", {"a": 'b"\\\nc'}, "d\\\ne")]) == (
        '# HELP i d\\\\\\ne\n# TYPE i gauge\ni{a="b\\"\\\\\\nc"} 1\n'
    )


def test_what_holds_or_does_not_is_one_or_zero() -> None:
    assert [render_metrics([gauge("g", value, "")]).splitlines()[-1] for value in (True, False)] == ["g 1", "g 0"]


def test_times_keep_their_digits() -> None:
    assert render_metrics([gauge("g", 1795428207.164557, "")]).endswith("g 1795428207.164557\n")
