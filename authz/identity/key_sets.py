"""The keys of all issuers as of one moment. Data: they are fetched elsewhere, and swapped as one reference."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from types import MappingProxyType
from typing import Generic, NamedTuple, TypeVar

Keys = TypeVar("Keys")
"""What is made of the bytes of a key set."""


class KeyLocation(NamedTuple):
    """Where a policy says that an issuer's keys are; the same keys under two issuers are two locations.

    Without `jwks_uri` the issuer is asked where they are. An `issuer` that a policy leaves out is "".
    Source: istio/istio pilot/pkg/model/jwks_resolver.go, jwtKey.
    """

    issuer: str
    jwks_uri: str | None = None

    def __str__(self) -> str:
        return f"{self.issuer or 'any issuer'} ({self.jwks_uri or 'by discovery'})"


@dataclass(frozen=True, slots=True)
class Available(Generic[Keys]):
    """Keys that tokens can be verified with. Equal versions are the same keys, in whatever order they came."""

    keys: Keys
    version: str


@dataclass(frozen=True, slots=True)
class Unavailable:
    """No keys, so that no token can be verified: why, and since when."""

    reason: str
    since: datetime


@dataclass(frozen=True, slots=True)
class KeySets(Generic[Keys]):
    """All of them. What is not there was not asked for."""

    by_location: Mapping[KeyLocation, Available[Keys] | Unavailable] = field(
        default_factory=lambda: MappingProxyType({})
    )

    def of(self, location: KeyLocation) -> Available[Keys] | Unavailable | None:
        """The keys of one location; None: they were not asked for, which is no better than unavailable."""
        return self.by_location.get(location)
