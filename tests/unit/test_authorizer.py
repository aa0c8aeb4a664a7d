"""authz as a library."""

import json
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

import pytest

import authz
from authz import (
    Allowed,
    Authorizer,
    BareRequestPrincipals,
    DecidingSettings,
    Denied,
    PolicyError,
    Reason,
    Request,
    SettingsError,
    Workload,
)
from tests.support.policies import Document, policy, source, to
from tests.support.proxy import Form, ask, check_request, read_answer
from tests.support.svids import WEB, TrustDomain

PUBLIC = policy("public", to(paths=["/public/*"]), selector={"matchLabels": {"app": "web"}})
WORKLOAD = "foo/app=web"


@pytest.fixture
def policies(tmp_path: Path) -> Path:
    write(tmp_path / "policies" / "public.json", PUBLIC)
    return tmp_path / "policies"


def write(path: Path, content: Document) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(content))
    return path


@pytest.mark.parametrize("as_text", [True, False], ids=["str", "Path"])
def test_a_directory_of_policies_decides(policies: Path, as_text: bool) -> None:  # noqa: FBT001 - a case
    authorizer = Authorizer.from_directory(str(policies) if as_text else policies, workload=WORKLOAD)

    assert isinstance(authorizer.check(Request(path="/public/a")), Allowed)
    assert isinstance(authorizer.check(Request(path="/secret")), Denied)


def test_so_does_a_single_file(policies: Path) -> None:
    authorizer = Authorizer.from_directory(policies / "public.json", workload=WORKLOAD)

    assert authorizer.check(Request(path="/public/a")).reason is Reason.ALLOW_RULE


@pytest.mark.parametrize("form", Form)
@pytest.mark.parametrize("path", ["/public/a", "/secret", "/public/../secret", "x"])
def test_bytes_and_values_get_the_same_decision(policies: Path, path: str, form: Form) -> None:
    authorizer = Authorizer.from_directory(policies, workload=WORKLOAD)
    decision, answer = authorizer.check(Request(path=path)), ask(authorizer, Request(path=path), form)

    assert answer.reason == decision.reason.value
    assert answer.allowed is isinstance(decision, Allowed)
    assert answer.metadata["policy_digest"] == authorizer.digest
    assert authorizer.explain(Request(path=path)).decision == decision


def test_the_calls_metadata_may_be_left_out_and_counts_when_given(policies: Path) -> None:
    authorizer = Authorizer.from_directory(policies)
    request, metadata = check_request(Request(path="/public/a")), {"authz-namespace": "foo", "authz-labels": "app=web"}

    assert read_answer(authorizer.check_bytes(request)).reason == "unknown_workload"
    assert read_answer(authorizer.check_bytes(request, metadata)).allowed


def test_bytes_that_are_nothing_are_denied(policies: Path) -> None:
    authorizer = Authorizer.from_directory(policies, workload=WORKLOAD)

    assert not read_answer(authorizer.check_bytes(b"\xff")).allowed
    assert authorizer.counters.snapshot()["authz_malformed_requests_total"] == 1


def test_the_mesh_is_a_file_or_its_content(policies: Path, tmp_path: Path) -> None:
    content = {"trustDomain": "td", "rootNamespace": "root"}
    file = write(tmp_path / "mesh.json", content)
    loaded = [Authorizer.from_directory(policies, mesh=mesh) for mesh in (file, str(file), content)]

    assert len({authorizer.digest for authorizer in loaded}) == 1
    assert loaded[0].digest != Authorizer.from_directory(policies).digest


def test_the_workload_is_a_text_or_a_record(policies: Path) -> None:
    record = Workload("foo", frozenset({("app", "web")}))

    for workload in (WORKLOAD, record):
        authorizer = Authorizer.from_directory(policies, workload=workload)
        assert authorizer.check(Request(path="/public/a")).reason is Reason.ALLOW_RULE


def test_a_workload_that_is_none_is_an_error_of_the_settings(policies: Path) -> None:
    with pytest.raises(SettingsError, match="workload: expected NAMESPACE/LABEL=VALUE"):
        Authorizer.from_directory(policies, workload="app=web")


def test_settings_change_what_a_policy_means(tmp_path: Path) -> None:
    write(tmp_path / "p.json", policy("p", source(requestPrincipals=["user@example.com"])))
    request = Request(claims={"iss": "https://idp", "sub": "user@example.com"})
    subject = DecidingSettings(BareRequestPrincipals.SUBJECT)
    istio = Authorizer.from_directory(tmp_path, workload="foo/")
    ours = Authorizer.from_directory(tmp_path, workload="foo/", settings=subject)

    assert isinstance(istio.check(request), Denied)
    assert isinstance(ours.check(request), Allowed)
    assert [len(authorizer.warnings) for authorizer in (istio, ours)] == [1, 0]


def test_policies_with_errors_are_refused_with_all_of_them(policies: Path) -> None:
    write(policies / "bad.json", policy("bad", to(ports=["x"]), to(paths=[""])))

    with pytest.raises(PolicyError) as refused:
        Authorizer.from_directory(policies)
    assert len(refused.value.problems) == 2
    assert str(policies / "bad.json") in str(refused.value)


def test_nothing_to_read_is_refused_unless_it_is_meant(tmp_path: Path) -> None:
    with pytest.raises(PolicyError, match="no policy here"):
        Authorizer.from_directory(tmp_path)
    with pytest.raises(PolicyError, match="cannot be read"):
        Authorizer.from_directory(tmp_path / "none", allow_empty=True)

    empty = Authorizer.from_directory(tmp_path, workload="foo/", allow_empty=True)
    assert empty.check(Request()).reason is Reason.NO_ALLOW_POLICY


def test_threads_do_not_disturb_one_another(policies: Path) -> None:
    authorizer = Authorizer.from_directory(policies)
    workloads = [Workload("foo", frozenset({("app", name)})) for name in ("web", "db", "web", "other")]
    requests = [Request(path=f"/public/{n}", workload=workloads[n % 4]) for n in range(400)]
    with ThreadPoolExecutor(8) as threads:
        reasons = list(threads.map(lambda request: authorizer.check(request).reason, requests))

    assert reasons == [Reason.NO_ALLOW_POLICY if n % 2 else Reason.ALLOW_RULE for n in range(400)]


def test_every_public_name_is_there() -> None:
    assert [name for name in authz.__all__ if getattr(authz, name, None) is None] == []
    with pytest.raises(AttributeError, match="no attribute 'nonsense'"):
        _ = authz.nonsense


def test_the_model_is_imported_without_grpc_and_protobuf() -> None:
    code = "import sys, authz, authz.model.decision; print({'grpc', 'google.protobuf'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert done.stdout.strip() == "set()"


def test_certificates_of_peers_are_verified_by_the_bundles_given(tmp_path: Path) -> None:
    root = TrustDomain(now=datetime.now(UTC).replace(microsecond=0))
    (tmp_path / "ca.pem").write_bytes(root.pem)
    (tmp_path / "p").mkdir()
    written = policy("web", source(principals=[WEB.removeprefix("spiffe://")]))
    (tmp_path / "p" / "p.json").write_text(json.dumps(written))
    bundle = f"cluster.local={tmp_path / 'ca.pem'}"
    decides = Authorizer.from_directory(tmp_path / "p", workload="foo/app=a", trust_bundles=[bundle])

    assert isinstance(decides.check(Request(principal=WEB, certificate=root.issue(WEB).sent)), Allowed)
    assert decides.check(Request(principal=WEB)).reason is Reason.PEER_NOT_VERIFIED
    assert decides.explain(Request(principal=WEB)).decision.reason is Reason.PEER_NOT_VERIFIED


def test_a_bundle_that_names_nothing_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="trust_bundles: "):
        Authorizer.from_directory(tmp_path, trust_bundles=["="])
