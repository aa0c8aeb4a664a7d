"""The order of resources of one kind: the oldest comes first, and often wins.

Source: istio/istio pilot/pkg/model/config.go, sortByCreationComparator.
"""

from datetime import UTC, datetime
from typing import Protocol

_BEGINNING = datetime.min.replace(tzinfo=UTC)


class Dated(Protocol):
    """A resource that may know when it was made."""

    @property
    def created(self) -> datetime | None:
        """When; None where a file does not say."""

    @property
    def namespace(self) -> str:
        """Where it belongs."""

    @property
    def name(self) -> str:
        """Its name there."""


def oldest_first(resource: Dated) -> tuple[datetime, str, str]:
    """A key to sort by: of the same age by name, then by namespace. Without a time: as old as can be, as in Istio."""
    return resource.created or _BEGINNING, resource.name, resource.namespace
