"""Following files: a good set is taken whole, a bad one not at all."""

import json
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from dataclasses import replace
from pathlib import Path

import pytest

from authz.config import Settings, read_settings
from authz.identity.bundle import TrustPaths
from authz.model.custom import ProviderAnswer, Question
from authz.model.decision import Allowed, Reason
from authz.model.errors import PolicyError
from authz.model.request import Request
from authz.model.workload import Workload
from authz.observability.counters import Counters
from authz.runtime.live_set import Following
from authz.runtime.reload import LivePolicies, Supplies
from authz.sources.watch import Patience
from tests.support.svids import NOW, WEB, TrustDomain, pem_of

QUICK = Patience(quiet=0.01, at_most=0.1, between_looks=0.002, poll=0.02, after_mistake=0.05)
REQUEST = Request(path="/a", workload=Workload("default"))

PEERS = """\
apiVersion: security.istio.io/v1
kind: PeerAuthentication
metadata: {name: strict}
spec: {mtls: {mode: STRICT}}
"""


def policy(path: str, name: str = "p") -> str:
    return json.dumps(
        {
            "apiVersion": "security.istio.io/v1",
            "kind": "AuthorizationPolicy",
            "metadata": {"name": name},
            "spec": {"rules": [{"to": [{"operation": {"paths": [path]}}]}]},
        }
    )


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    (tmp_path / "policies").mkdir()
    (tmp_path / "policies" / "p.yaml").write_text(policy("/a"))
    return tmp_path / "policies"


@pytest.fixture
def counters() -> Counters:
    return Counters()


@pytest.fixture
def live(directory: Path, counters: Counters) -> Iterator[LivePolicies]:
    policies = LivePolicies(lambda: Settings(policies=(directory,)), counters, Following(QUICK))
    yield policies
    policies.stop()


def allows(live: LivePolicies, request: Request = REQUEST) -> bool:
    return isinstance(live.in_force().engine.decide(request), Allowed)


def until(is_so: Callable[[], bool]) -> None:
    end = time.monotonic() + 10
    while not is_so():
        assert time.monotonic() < end, "it did not come to be"
        time.sleep(0.005)


class NoProviders:
    """The providers of a set that has no CUSTOM policy."""

    def ask(self, provider: str, question: Question) -> Future[ProviderAnswer]:
        raise AssertionError(provider, question)


def test_a_changed_policy_comes_into_force(live: LivePolicies, directory: Path, counters: Counters) -> None:
    assert allows(live)
    (directory / "p.yaml").write_text(policy("/b"))
    live.look()
    assert not allows(live)
    assert live.status().rejected == ()
    assert counters.snapshot()["authz_reloads_total"] == 1


def test_without_a_change_nothing_is_swapped(live: LivePolicies) -> None:
    before = live.in_force()
    live.look()
    assert live.in_force() is before


def _break_yaml(directory: Path) -> None:
    (directory / "p.yaml").write_text("a: [")


def _break_policy(directory: Path) -> None:
    (directory / "p.yaml").write_text(policy("/b").replace("paths", "pahts"))


def _add_broken(directory: Path) -> None:
    (directory / "sub").mkdir()
    (directory / "sub" / "q.yaml").write_text(policy("/b"))  # the same name again


def _empty(directory: Path) -> None:
    (directory / "p.yaml").unlink()


def _truncate(directory: Path) -> None:
    (directory / "p.yaml").write_text("")


def _vanish(directory: Path) -> None:
    directory.rename(directory.with_name("gone"))


BREAKS = [_break_yaml, _break_policy, _add_broken, _empty, _truncate, _vanish]


@pytest.mark.parametrize("break_it", BREAKS, ids=lambda one: one.__name__)
def test_a_broken_change_keeps_the_last_good_set(
    live: LivePolicies, directory: Path, counters: Counters, break_it: Callable[[Path], None]
) -> None:
    before = live.in_force()
    break_it(directory)
    live.look()
    assert live.in_force() is before
    assert live.status().rejected
    assert live.status().rejected_at is not None
    assert counters.snapshot()["authz_reloads_rejected_total"] == 1


@pytest.mark.parametrize("break_it", BREAKS, ids=lambda one: one.__name__)
def test_what_was_mended_comes_into_force(
    live: LivePolicies, directory: Path, break_it: Callable[[Path], None], tmp_path: Path
) -> None:
    break_it(directory)
    live.look()
    for path in sorted(tmp_path.rglob("*"), reverse=True):
        path.rmdir() if path.is_dir() else path.unlink()
    directory.mkdir(exist_ok=True)
    (directory / "p.yaml").write_text(policy("/c"))
    live.look()
    assert live.status().rejected == ()
    assert allows(live, replace(REQUEST, path="/c"))


def test_a_mistake_while_reloading_is_told_and_the_change_is_tried_again(
    directory: Path, counters: Counters, caplog: pytest.LogCaptureFixture
) -> None:
    trouble = [RuntimeError("can't start new thread")]

    def connect(_: object) -> NoProviders:
        if allowed_to_fail and trouble:
            raise trouble.pop()
        return NoProviders()

    allowed_to_fail = False
    supplies = Supplies(connect=connect)
    live = LivePolicies(lambda: Settings(policies=(directory,)), counters, Following(QUICK), supplies)
    allowed_to_fail = True
    (directory / "p.yaml").write_text(policy("/b"))
    live.follow()
    until(lambda: not allows(live))
    live.stop()
    assert "can't start new thread" in caplog.text
    assert live.status().rejected == ()
    snapshot = counters.snapshot()
    assert (snapshot["authz_reloads_rejected_total"], snapshot["authz_reloads_total"]) == (1, 1)


def test_an_empty_directory_can_be_meant(directory: Path, counters: Counters) -> None:
    live = LivePolicies(lambda: Settings(policies=(directory,), allow_empty=True), counters, Following(QUICK))
    (directory / "p.yaml").unlink()
    live.look()
    assert allows(live, replace(REQUEST, path="/anything"))


def test_a_first_set_with_problems_is_not_served(directory: Path, counters: Counters) -> None:
    _break_policy(directory)
    with pytest.raises(PolicyError, match="pahts"):
        LivePolicies(lambda: Settings(policies=(directory,)), counters, Following(QUICK))


def test_the_mesh_file_is_followed(directory: Path, tmp_path: Path, counters: Counters) -> None:
    mesh = tmp_path / "mesh.yaml"
    mesh.write_text("rootNamespace: root\n")
    live = LivePolicies(lambda: Settings(policies=(directory,), mesh=mesh), counters, Following(QUICK))
    before = live.status().digest
    mesh.write_text("rootNamespace: default\n")
    live.look()
    assert live.status().digest != before
    mesh.write_text("rootNamesapce: x\n")
    live.look()
    assert "rootNamesapce" in str(live.status().rejected[0])


def test_the_settings_file_is_followed(directory: Path, tmp_path: Path, counters: Counters) -> None:
    file = tmp_path / "authz.yaml"
    file.write_text("policies: policies\n")
    live = LivePolicies(lambda: read_settings(file), counters, Following(QUICK))
    before = live.status().digest
    file.write_text("policies: policies\nbareRequestPrincipals: subject\n")
    live.look()
    assert live.status().digest != before
    file.write_text("policies: policies\nbareRequestPrincipals: x\n")
    live.look()
    assert "bareRequestPrincipals" in str(live.status().rejected[0])
    assert live.in_force().engine.digest == live.status().digest


def test_a_thread_follows_until_it_is_stopped(live: LivePolicies, directory: Path) -> None:
    live.follow()
    (directory / "p.yaml").write_text(policy("/b"))
    until(lambda: not allows(live))
    live.stop()
    before = live.in_force()
    (directory / "p.yaml").write_text(policy("/a"))
    assert live.in_force() is before


def test_one_edit_among_many_files_reads_and_compiles_one(directory: Path, counters: Counters) -> None:
    for number in range(300):
        (directory / f"{number}.yaml").write_text(policy(f"/{number}", f"p{number}"))
    live = LivePolicies(lambda: Settings(policies=(directory,)), counters, Following(QUICK))
    before = live.in_force().engine
    (directory / "7.yaml").write_text(policy("/seven", "p7"))
    live.look()
    after = live.in_force().engine
    kept = {id(one) for one in before.view.policies} & {id(one) for one in after.view.policies}
    assert len(after.view.policies) - len(kept) == 1
    taken_over = sum(
        after._compiler.rules(p, tcp=False) is before._compiler.rules(p, tcp=False) for p in before.view.policies
    )
    assert taken_over >= 300


def test_another_directory_in_the_settings_waits_for_the_next_start(
    directory: Path, tmp_path: Path, counters: Counters
) -> None:
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "p.yaml").write_text(policy("/other"))
    file = tmp_path / "authz.yaml"
    file.write_text("policies: policies\n")
    live = LivePolicies(lambda: read_settings(file), counters, Following(QUICK))
    file.write_text("policies: other\n")
    live.look()
    assert allows(live)
    assert not allows(live, replace(REQUEST, path="/other"))


def test_trust_bundles_and_lists_of_revoked_certificates_are_followed(
    directory: Path, tmp_path: Path, counters: Counters
) -> None:
    root, other = TrustDomain(), TrustDomain()
    issued = root.issue(WEB)
    request = Request(path="/a", workload=Workload("default"), principal=WEB, certificate=issued.sent)
    (directory / "peers.yaml").write_text(PEERS)
    bundle, revoked = tmp_path / "ca.pem", tmp_path / "crl.pem"
    bundle.write_bytes(root.pem)
    revoked.write_bytes(pem_of(root.revoke()))
    settings = Settings(policies=(directory,), trust=TrustPaths((("", bundle),), (revoked,)))
    live = LivePolicies(lambda: settings, counters, Following(QUICK))

    def reason() -> Reason:
        live.look()
        return live.in_force().engine.decide(request, NOW.timestamp()).reason

    assert reason() is Reason.ALLOW_RULE
    revoked.write_bytes(pem_of(root.revoke(issued.certificate)))
    assert reason() is Reason.PEER_NOT_VERIFIED
    bundle.write_bytes(other.pem)
    assert reason() is Reason.PEER_NOT_VERIFIED
    assert "AZ303 no authority of the trust bundles has issued the list of 'CN=root'" in str(live.status().rejected[0])
    revoked.write_bytes(pem_of(root.revoke()))
    bundle.write_bytes(b"half a file")
    assert reason() is Reason.PEER_NOT_VERIFIED, "the last good set stays"
    assert "AZ302" in str(live.status().rejected[0])
    bundle.write_bytes(other.pem + root.pem)
    assert reason() is Reason.ALLOW_RULE


def test_a_bundle_that_is_not_there_is_not_served(directory: Path, tmp_path: Path, counters: Counters) -> None:
    settings = Settings(policies=(directory,), trust=TrustPaths((("", tmp_path / "ca.pem"),)))
    with pytest.raises(PolicyError, match="AZ001 cannot be read"):
        LivePolicies(lambda: settings, counters, Following(QUICK))
