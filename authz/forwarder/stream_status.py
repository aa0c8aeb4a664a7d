"""How one Envoy is doing with what it is told, for people: a value that is replaced as events come."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Self

from authz.forwarder.ads import Acked, Event, Nacked, Subscribed
from authz.forwarder.snapshot import TypeUrl


@dataclass(frozen=True, slots=True)
class TypeStatus:
    """One type on one stream. `accepted`: the last version that Envoy took whole; empty before the first.

    `refused`: the last refusal, for as long as something is refused; `refused_at`: when it came.
    """

    accepted: str = ""
    acks: int = 0
    nacks: int = 0
    refused: Nacked | None = None
    refused_at: datetime | None = None

    def seen(self, event: Acked | Nacked, at: datetime) -> Self:
        """Return what it is after an event."""
        if isinstance(event, Acked):
            return replace(self, accepted=event.version, acks=self.acks + 1)
        return replace(self, nacks=self.nacks + 1, refused=event, refused_at=at)


@dataclass(frozen=True, slots=True)
class StreamStatus:
    """One Envoy. `node`: its id, empty until it has said it. `version`: of its snapshot, empty without one.

    `in_sync`: it has all of that snapshot and nothing else. `left_at`: None while it is connected.
    """

    node: str
    protocol: str
    since: datetime
    version: str = ""
    in_sync: bool = False
    left_at: datetime | None = None
    types: Mapping[TypeUrl, TypeStatus] = field(default_factory=dict)

    @property
    def is_ready(self) -> bool:
        """Whether Envoy has accepted listeners and clusters at least once."""
        taken = (self.types.get(type_url) for type_url in (TypeUrl.CLUSTER, TypeUrl.LISTENER))
        return all(one is not None and one.acks > 0 for one in taken)

    def seen(self, event: Event, at: datetime) -> Self:
        """Return what it is after an event."""
        match event:
            case Acked() | Nacked():
                before = self.types.get(event.type_url, TypeStatus())
                return replace(self, types={**self.types, event.type_url: before.seen(event, at)})
            case Subscribed():
                return replace(self, types={event.type_url: TypeStatus(), **self.types})
            case _:
                return self

    def now(self, version: str, *, in_sync: bool, refusing: Collection[TypeUrl]) -> Self:
        """Return what it is by the state of its stream."""
        types = {
            type_url: one if type_url in refusing else replace(one, refused=None, refused_at=None)
            for type_url, one in self.types.items()
        }
        return replace(self, version=version, in_sync=in_sync, types=types)
