"""The laws of PeerAuthentication and of peers, on generated policies, headers and ids."""

from __future__ import annotations

import contextlib
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from hypothesis import given
from hypothesis import strategies as st

from authz.authorizer import Authorizer
from authz.decision.engine import Engine, EngineSettings
from authz.identity.xfcc import XfccError, parse_xfcc
from authz.mesh.peer_authentication import PeerAuthentications
from authz.mesh.view import MeshView
from authz.model.decision import Denied, Reason
from authz.model.request import Request
from authz.model.spiffe_id import SpiffeId, parse_spiffe_id, parse_spiffe_id_pattern
from authz.model.where import Where
from authz.model.workload import Workload
from authz.resources.mesh_config import MeshConfig
from authz.resources.peer_authentication import MtlsMode, PeerAuthentication

if TYPE_CHECKING:
    from collections.abc import Sequence

ROOT = "istio-system"
LABELS = st.frozensets(st.tuples(st.sampled_from(["app", "v"]), st.sampled_from(["a", "b"])), max_size=2)
MODES = st.sampled_from(MtlsMode)
TIMES = st.none() | st.integers(0, 2).map(lambda day: datetime(2024, 1, 1, tzinfo=UTC) + timedelta(days=day))
WORKLOADS = st.builds(Workload, st.sampled_from(["foo", "bar", ROOT]), LABELS)
POLICIES = st.lists(
    st.builds(
        PeerAuthentication,
        namespace=st.sampled_from(["foo", "bar", ROOT]),
        name=st.sampled_from("abcdefgh"),
        selector=st.none() | LABELS,
        mode=MODES,
        ports=st.lists(st.tuples(st.sampled_from([80, 90]), MODES), unique_by=lambda entry: entry[0]).map(tuple),
        created=TIMES,
        where=st.just(Where("a")),
    ),
    max_size=8,
    unique_by=lambda policy: policy.key,
)
NAMES = st.sampled_from(["", "spiffe://cluster.local/ns/a/sa/b", "spiffe://other/ns/a/sa/b", "web.foo", "CN=a"])
SEGMENTS = st.lists(st.from_regex(r"[A-Za-z0-9._-]{1,8}", fullmatch=True).filter(lambda one: one not in {".", ".."}))


def mode_by_the_book(policies: Sequence[PeerAuthentication], workload: Workload, port: int) -> MtlsMode:
    """As it is told: each class's oldest policy in turn, then the port of the workload's own."""

    def oldest(namespace: str, *, selecting: bool) -> PeerAuthentication | None:
        found = [one for one in policies if one.namespace == namespace and bool(one.selector) is selecting]
        found = [one for one in found if not selecting or (one.selector or frozenset()) <= frozenset(workload.labels)]  # type: ignore[arg-type]
        return min(found, key=lambda one: (one.created or datetime(1, 1, 1, tzinfo=UTC), one.name), default=None)

    winners = [oldest(ROOT, selecting=False)]
    if workload.namespace != ROOT:
        winners += [oldest(workload.namespace, selecting=selecting) for selecting in (False, True)]
    mode = MtlsMode.PERMISSIVE
    for winner in winners:
        mode = winner.mode if winner and winner.mode is not MtlsMode.UNSET else mode
    of_port = dict(winners[-1].ports).get(port, MtlsMode.UNSET) if len(winners) > 1 and winners[-1] else MtlsMode.UNSET
    return mode if of_port is MtlsMode.UNSET else of_port


@given(POLICIES, WORKLOADS, st.sampled_from([80, 90, 100]))
def test_the_mode_is_that_of_the_book(policies: list[PeerAuthentication], workload: Workload, port: int) -> None:
    found = PeerAuthentications(policies, ROOT).effective(workload)
    assert (found.at(port).mode if found else MtlsMode.PERMISSIVE) is mode_by_the_book(policies, workload, port)


@given(POLICIES, WORKLOADS, st.randoms(use_true_random=False))
def test_the_order_of_policies_means_nothing(policies: list[PeerAuthentication], workload: Workload, chance) -> None:  # type: ignore[no-untyped-def]
    shuffled = list(policies)
    chance.shuffle(shuffled)
    one, other = (PeerAuthentications(order, ROOT).effective(workload) for order in (policies, shuffled))
    assert one == other


@given(POLICIES, WORKLOADS, NAMES, st.sampled_from([0, 80, 100]))
def test_peer_authentication_only_ever_denies_and_explains_itself(
    policies: list[PeerAuthentication], workload: Workload, name: str, port: int
) -> None:
    request = Request(principal=name, destination_port=port, workload=workload)
    without = Engine(MeshView(MeshConfig(), ()), EngineSettings(), "").decide(request)
    engine = Engine(MeshView(MeshConfig(), (), policies), EngineSettings(), "")
    decision = engine.decide(request)

    assert decision == without or isinstance(decision, Denied)
    assert engine.explain(request).decision == decision
    assert decision == Authorizer(engine).check(request)
    if decision.reason is Reason.PEER_NOT_MTLS and not name:
        assert mode_by_the_book(policies, workload, port) is MtlsMode.STRICT


@given(st.from_regex(r"[a-z0-9._-]{1,20}", fullmatch=True), SEGMENTS)
def test_an_id_is_its_parts(trust_domain: str, segments: list[str]) -> None:
    made = SpiffeId(trust_domain, tuple(segments))

    assert parse_spiffe_id(str(made)) == made
    assert made in parse_spiffe_id_pattern(str(made))
    for text in (
        f"{made}/",
        f"{made}//a",
        f"{made}/..",
        f"{made}%00",
        f"{made}?",
        f"{made}\0",
        f" {made}",
        f"{made}:1",
    ):
        try:
            raise AssertionError(parse_spiffe_id(text))
        except ValueError:
            pass


@given(
    st.lists(
        st.tuples(st.sampled_from(["By", "URI", "DNS"]), st.text('ab:/,;=\\" ', max_size=12)), min_size=1, max_size=4
    )
)
def test_what_stands_in_quotes_stays_one_value(pairs: list[tuple[str, str]]) -> None:
    """A quote ends a value unless a backslash is before it, and nothing else does."""
    written = [(key, value.replace("\\", "").replace('"', '\\"')) for key, value in pairs]
    (element,) = parse_xfcc(";".join(f'{key}="{value}"' for key, value in written))
    for key, found in (("By", element.by), ("URI", element.uris), ("DNS", element.dns)):
        assert list(found) == [
            value.replace("\\", "") for other, value in pairs if other == key and value.replace("\\", "")
        ]


@given(st.text(max_size=40) | st.from_regex(r'(URI|By|Cert)="?[ -~]{0,30}', fullmatch=True))
def test_any_header_is_read_or_refused(text: str) -> None:
    with contextlib.suppress(XfccError):
        assert parse_xfcc(text)
