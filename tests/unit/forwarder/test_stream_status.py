"""authz.forwarder.stream_status: what people are told of an Envoy."""

from datetime import UTC, datetime

from authz.forwarder.ads import Acked, AtFault, Nacked, Subscribed, UnknownType
from authz.forwarder.snapshot import TypeUrl
from authz.forwarder.stream_status import StreamStatus, TypeStatus

AT = datetime(2026, 1, 1, tzinfo=UTC)
NEW = StreamStatus("n", "delta", AT)
NACK = Nacked(TypeUrl.LISTENER, "2", "no", (AtFault("l", None),))


def test_it_is_ready_when_clusters_and_listeners_were_accepted() -> None:
    clusters = NEW.seen(Acked(TypeUrl.CLUSTER, "1"), AT)
    assert not NEW.is_ready
    assert not clusters.is_ready
    assert not clusters.seen(NACK, AT).is_ready
    assert clusters.seen(Acked(TypeUrl.LISTENER, "1"), AT).seen(NACK, AT).is_ready


def test_accepted_and_refused_are_counted() -> None:
    status = NEW.seen(Acked(TypeUrl.LISTENER, "1"), AT).seen(NACK, AT)
    assert status.types == {TypeUrl.LISTENER: TypeStatus("1", acks=1, nacks=1, refused=NACK, refused_at=AT)}


def test_a_refusal_stays_for_as_long_as_something_is_refused() -> None:
    status = NEW.seen(NACK, AT).seen(Acked(TypeUrl.LISTENER, "3"), AT)
    still = status.now("v", in_sync=False, refusing={TypeUrl.LISTENER})
    assert still.types[TypeUrl.LISTENER].refused == NACK
    settled = still.now("v", in_sync=True, refusing=())
    assert settled.types[TypeUrl.LISTENER] == TypeStatus("3", acks=1, nacks=1)
    assert (settled.version, settled.in_sync) == ("v", True)


def test_what_was_asked_for_is_there_before_it_is_accepted() -> None:
    asked = Subscribed(TypeUrl.ROUTE, ("r",), wildcard=False)
    assert NEW.seen(asked, AT).types == {TypeUrl.ROUTE: TypeStatus()}
    accepted = NEW.seen(Acked(TypeUrl.ROUTE, "1"), AT)
    assert accepted.seen(asked, AT) == accepted
    assert NEW.seen(UnknownType("x"), AT) == NEW
