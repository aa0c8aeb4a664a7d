"""Following certificates: a good pair is taken, a bad one never, and what expires is told in time."""

from __future__ import annotations

import logging
import threading
from typing import TYPE_CHECKING

import pytest

from authz.identity.key_pair import TlsFiles
from authz.model.errors import TlsFileError
from authz.observability.counters import Counters
from authz.runtime.certificates import LiveCertificates
from authz.sources.watch import Patience
from tests.support.pki import DAY, Authority, Pair

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterator
    from pathlib import Path

QUICK = Patience(quiet=0.01, at_most=0.1, between_looks=0.002, poll=0.02)
CA = Authority(lifetime=300 * DAY)
FIRST, SECOND = CA.issue(expires=CA.now + 90 * DAY), CA.issue(expires=CA.now + 91 * DAY)


class Clock:
    """Stands still until moved."""

    def __init__(self) -> None:
        self.now = CA.now

    def __call__(self) -> dt.datetime:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def counters() -> Counters:
    return Counters()


@pytest.fixture
def files(tmp_path: Path) -> TlsFiles:
    (tmp_path / "ca.crt").write_bytes(CA.certificate)
    FIRST.write(tmp_path)
    return TlsFiles(tmp_path / "tls.crt", tmp_path / "tls.key", tmp_path / "ca.crt")


@pytest.fixture
def live(files: TlsFiles, counters: Counters, clock: Clock) -> Iterator[LiveCertificates]:
    certificates = LiveCertificates(files, counters, QUICK, clock)
    yield certificates
    certificates.stop()


def shows(live: LiveCertificates, pair: Pair) -> bool:
    return live.in_force().certificate == pair.certificate and live.in_force().key == pair.key


def test_a_new_pair_is_taken(live: LiveCertificates, tmp_path: Path, counters: Counters) -> None:
    before = live.in_force()
    SECOND.write(tmp_path)
    live.look()
    assert shows(live, SECOND)
    assert live.status().serial != before.serial
    assert counters.snapshot()["authz_certificate_reloads_total"] == 1


def test_nothing_new_is_not_taken_again(live: LiveCertificates, tmp_path: Path, counters: Counters) -> None:
    before = live.in_force()
    live.look()
    FIRST.write(tmp_path)  # touched
    live.look()
    assert live.in_force() is before
    assert counters.snapshot()["authz_certificate_reloads_total"] == 0


@pytest.mark.parametrize(
    "broken",
    [
        {"tls.crt": SECOND.certificate},
        {"tls.key": SECOND.key},
        {"tls.crt": FIRST.certificate[:-100]},
        {"ca.crt": b""},
        {"tls.crt": CA.issue(expires=CA.now).certificate},
    ],
)
def test_a_broken_change_keeps_the_last_good_pair_and_says_so(
    live: LiveCertificates,
    counters: Counters,
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
    broken: dict[str, bytes],
) -> None:
    for name, content in broken.items():
        (tmp_path / name).write_bytes(content)
    with caplog.at_level(logging.ERROR):
        live.look()
    assert shows(live, FIRST)
    status = live.status()
    assert status.rejected is not None
    assert status.rejected.startswith(str(tmp_path))
    assert status.rejected_at == CA.now
    assert "the changed certificate is not taken" in caplog.text
    assert counters.snapshot()["authz_certificate_reloads_rejected_total"] == 1


def test_a_broken_change_that_is_undone_is_forgotten(live: LiveCertificates, tmp_path: Path) -> None:
    (tmp_path / "tls.key").write_bytes(b"")
    live.look()
    FIRST.write(tmp_path)
    live.look()
    assert live.status().rejected is None


def test_half_a_change_waits_for_its_other_half(live: LiveCertificates, tmp_path: Path) -> None:
    (tmp_path / "tls.crt").write_bytes(SECOND.certificate)
    live.look()
    assert shows(live, FIRST)
    (tmp_path / "tls.key").write_bytes(SECOND.key)
    live.look()
    assert shows(live, SECOND)
    assert live.status().rejected is None


def test_files_swapped_as_kubernetes_does_are_taken(tmp_path: Path, counters: Counters, clock: Clock) -> None:
    for name, pair in (("..1", FIRST), ("..2", SECOND)):
        (tmp_path / name).mkdir()
        pair.write(tmp_path / name)
    (tmp_path / "..data").symlink_to("..1")
    for name in ("tls.crt", "tls.key"):
        (tmp_path / name).symlink_to(f"..data/{name}")
    live = LiveCertificates(TlsFiles(tmp_path / "tls.crt", tmp_path / "tls.key"), counters, QUICK, clock)
    assert shows(live, FIRST)
    (tmp_path / "..data_tmp").symlink_to("..2")
    (tmp_path / "..data_tmp").replace(tmp_path / "..data")
    live.look()
    assert shows(live, SECOND)


def test_a_certificate_of_tomorrow_is_taken_tomorrow(live: LiveCertificates, tmp_path: Path, clock: Clock) -> None:
    tomorrow = CA.issue(begins=CA.now + DAY, expires=CA.now + 50 * DAY)
    tomorrow.write(tmp_path)
    live.look()
    assert shows(live, FIRST)
    clock.now += DAY
    live.look()
    assert shows(live, tomorrow)
    assert live.status().rejected is None


def test_what_cannot_be_used_at_first_is_not_started_with(files: TlsFiles, counters: Counters, clock: Clock) -> None:
    clock.now += 90 * DAY
    with pytest.raises(TlsFileError, match="expired on"):
        LiveCertificates(files, counters, QUICK, clock)


def test_expiry_is_told_of_a_week_before_and_when_it_comes(
    live: LiveCertificates, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    expires = CA.now + 90 * DAY
    with caplog.at_level(logging.WARNING):
        for days in (82, 83, 84, 89):
            clock.now = CA.now + days * DAY
            live.look()
            live.look()
        assert caplog.messages == [f"the certificate expires on {expires}"]
        assert live.status().unready(clock.now) is None
        clock.now = expires
        live.look()
        live.look()
    assert caplog.messages[1:] == [f"the certificate expired on {expires}; no proxy can connect"]
    assert live.status().unready(clock.now) == f"the certificate expired on {expires}"


def test_a_new_certificate_ends_the_complaint(live: LiveCertificates, tmp_path: Path, clock: Clock) -> None:
    clock.now = CA.now + 90 * DAY
    SECOND.write(tmp_path)
    live.look()
    assert live.status().unready(clock.now) is None


def test_an_expired_client_ca_lets_no_proxy_connect(live: LiveCertificates, tmp_path: Path, clock: Clock) -> None:
    CA.issue(expires=CA.now + 400 * DAY).write(tmp_path)
    live.look()
    clock.now = CA.now + 300 * DAY
    assert live.status().unready(clock.now) == f"the client CA expired on {CA.now + 300 * DAY}"


def test_files_are_followed_by_a_thread(live: LiveCertificates, tmp_path: Path, counters: Counters) -> None:
    live.follow()
    SECOND.write(tmp_path)
    live.look_now()
    pause = threading.Event()
    for _ in range(3000):
        if shows(live, SECOND):
            break
        pause.wait(0.01)
    assert shows(live, SECOND)
