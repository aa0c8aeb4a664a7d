import re
from dataclasses import replace

from authz import __version__
from authz.model.decision import Allowed, Denied, Reason
from authz.observability.counters import Count, Counters
from authz.observability.key_status import KeyStatus
from authz.observability.prometheus import Family, render_metrics
from authz.server.metrics import families
from authz.server.readiness import Readiness
from tests.support.status import GOOD, LATER, PROBLEM, SINCE, Certificate

READY = Readiness(GOOD, draining=False, certificate=None, unready=None)


def metrics(counters: Counters | None = None, readiness: Readiness = READY) -> dict[str, Family]:
    found = list(families(counters or Counters(), readiness, 1.5))
    assert len({family.name for family in found}) == len(found)
    return {family.name: family for family in found}


def value(found: dict[str, Family], name: str) -> float:
    ((labels, number),) = found[name].samples
    assert labels == {}
    return number


def test_names_and_kinds_are_as_prometheus_wants_them() -> None:
    everything = Readiness(
        replace(GOOD, rejected=(PROBLEM,), rejected_at=LATER),
        draining=True,
        certificate=Certificate(client_ca_expires=LATER),
        unready=None,
    )
    for family in metrics(readiness=everything).values():
        assert re.fullmatch(r"(authz|process)_[a-z_]+", family.name)
        assert family.kind == ("counter" if family.name.endswith("_total") else "gauge")
        assert family.help.endswith((".", "1970."))
        for labels, _ in family.samples:
            assert all(re.fullmatch("[a-z_]+", label) for label in labels)


def test_decisions_are_told_by_verdict_and_reason() -> None:
    counters = Counters()
    for decision in (Denied(Reason.DENY_RULE), Denied(Reason.DENY_RULE), Allowed(Reason.ALLOW_RULE, None)):
        counters.decided(decision)
    samples = metrics(counters)["authz_decisions_total"].samples
    assert ({"verdict": "denied", "reason": "deny_rule"}, 2) in samples
    assert ({"verdict": "allowed", "reason": "allow_rule"}, 1) in samples
    assert ({"verdict": "denied", "reason": "internal_error"}, 0) in samples
    assert len(samples) == len(Reason)


def test_every_other_count_is_a_metric_of_its_own() -> None:
    counters = Counters()
    for count in Count:
        counters.add(count)
    found = metrics(counters)
    for count in set(Count) - {Count.ALLOWED, Count.DENIED}:
        assert value(found, count.value) == 1


def test_what_is_in_force_is_told() -> None:
    found = metrics()
    assert list(found["authz_set_info"].samples) == [({"digest": "sha256:x"}, 1)]
    assert [(labels["version"], number) for labels, number in found["authz_build_info"].samples] == [(__version__, 1)]
    assert value(found, "authz_policies") == 6
    assert value(found, "authz_set_since_timestamp_seconds") == SINCE.timestamp()
    assert value(found, "authz_last_reload_timestamp_seconds") == LATER.timestamp()
    assert value(found, "process_start_time_seconds") == 1.5
    assert (value(found, "authz_ready"), value(found, "authz_draining")) == (1, 0)
    assert (value(found, "authz_change_rejected"), value(found, "authz_restart_needed")) == (0, 0)
    assert found["authz_last_rejected_timestamp_seconds"].samples == ()
    assert "authz_certificate_expires_timestamp_seconds" not in found


def test_and_what_was_rejected() -> None:
    status = replace(GOOD, rejected=(PROBLEM,), rejected_at=LATER, restart_needed=True)
    certificate = Certificate(rejected="no key", client_ca_expires=SINCE)
    found = metrics(readiness=Readiness(status, draining=True, certificate=certificate, unready=None))
    assert (value(found, "authz_ready"), value(found, "authz_draining")) == (0, 1)
    assert (value(found, "authz_change_rejected"), value(found, "authz_restart_needed")) == (1, 1)
    assert value(found, "authz_last_rejected_timestamp_seconds") == LATER.timestamp()
    assert value(found, "authz_certificate_change_rejected") == 1
    assert value(found, "authz_certificate_expires_timestamp_seconds") == LATER.timestamp()
    assert value(found, "authz_client_ca_expires_timestamp_seconds") == SINCE.timestamp()


def test_keys_are_told_by_issuer_and_place_and_only_where_there_are_any() -> None:
    keys = (
        KeyStatus("a", None, "v", SINCE, fetches=3),
        KeyStatus('b"\n', "https://b/k", fetches=2, failures=2, error="down", failing_since=SINCE, unavailable="down"),
    )
    found = metrics(readiness=replace(READY, keys=keys))
    a, b = {"issuer": "a", "jwks_uri": ""}, {"issuer": 'b"\n', "jwks_uri": "https://b/k"}

    assert list(found["authz_keys_available"].samples) == [(a, 1), (b, 0)]
    assert list(found["authz_keys_failing"].samples) == [(a, 0), (b, 1)]
    assert list(found["authz_keys_fetched_timestamp_seconds"].samples) == [(a, SINCE.timestamp())]
    assert list(found["authz_keys_fetches_total"].samples) == [(a, 3), (b, 2)]
    assert list(found["authz_keys_fetch_failures_total"].samples) == [(a, 0), (b, 2)]
    text = render_metrics(found.values())
    assert 'authz_keys_available{issuer="b\\"\\n",jwks_uri="https://b/k"} 0\n' in text
    assert not [name for name in metrics() if name.startswith("authz_keys")]
