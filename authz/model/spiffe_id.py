"""SPIFFE ids: read once, strictly, by structure.

Source: the SPIFFE-ID standard, sections 2.1 (trust domain), 2.2 (path) and 2.3 (lengths). Istio's ids have the path
`/ns/NAMESPACE/sa/ACCOUNT`.
"""

import re
from dataclasses import dataclass

MAX_LENGTH = 2048
MAX_TRUST_DOMAIN_LENGTH = 255

_SCHEME = "spiffe://"
_TRUST_DOMAIN = re.compile("[a-z0-9._-]+")
_SEGMENT = re.compile("[A-Za-z0-9._-]+")


@dataclass(frozen=True, slots=True)
class SpiffeId:
    """`spiffe://TRUST-DOMAIN/SEGMENT/...`. Without segments it names the trust domain itself."""

    trust_domain: str
    segments: tuple[str, ...] = ()

    def __str__(self) -> str:
        return _SCHEME + "/".join((self.trust_domain, *self.segments))


@dataclass(frozen=True, slots=True)
class SpiffeIdPattern:
    """One id, or those that begin as `id` does and go on with `rest`, where that is not None.

    `rest` is the beginning of the next segment, perhaps empty: `spiffe://td/ns/a/*` has the segments ns and a and an
    empty `rest`. The trust domain and the given segments are always whole.
    """

    id: SpiffeId
    rest: str | None = None

    def __contains__(self, spiffe_id: SpiffeId) -> bool:
        if self.rest is None:
            return spiffe_id == self.id
        count = len(self.id.segments)
        return (
            spiffe_id.trust_domain == self.id.trust_domain
            and spiffe_id.segments[:count] == self.id.segments
            and len(spiffe_id.segments) > count
            and spiffe_id.segments[count].startswith(self.rest)
        )

    def __str__(self) -> str:
        return str(self.id) if self.rest is None else f"{self.id}/{self.rest}*"


def parse_spiffe_id(text: str) -> SpiffeId:
    """Read a SPIFFE id: lower-case scheme and trust domain, no port, query, escapes, empty or dot segments.

    Raises ValueError with the reason.
    """
    if len(text) > MAX_LENGTH:
        raise ValueError(f"longer than {MAX_LENGTH} characters")
    if not text.startswith(_SCHEME):
        raise ValueError(f"does not begin with {_SCHEME!r}")
    trust_domain, *segments = text.removeprefix(_SCHEME).split("/")
    if len(trust_domain) > MAX_TRUST_DOMAIN_LENGTH or not _TRUST_DOMAIN.fullmatch(trust_domain):
        message = f"its trust domain is not 1 to {MAX_TRUST_DOMAIN_LENGTH} of a-z, 0-9, '.', '-' and '_'"
        raise ValueError(message)
    for segment in segments:
        if not _SEGMENT.fullmatch(segment) or segment in {".", ".."}:
            raise ValueError(f"its path has the segment {segment!r}; letters, digits, '.', '-' and '_' make a segment")
    return SpiffeId(trust_domain, tuple(segments))


def parse_spiffe_id_pattern(text: str) -> SpiffeIdPattern:
    """Read a SPIFFE id, or one with a `*` at its end, behind the slash of the trust domain. Raises ValueError."""
    if not text.endswith("*"):
        return SpiffeIdPattern(parse_spiffe_id(text))
    whole, slash, rest = text.removesuffix("*").rpartition("/")
    if not slash or whole == _SCHEME[:-1]:
        raise ValueError("a '*' may stand only behind a whole trust domain and a slash")
    if rest and not _SEGMENT.fullmatch(rest):
        raise ValueError(f"{rest!r} is not the beginning of a segment")
    return SpiffeIdPattern(parse_spiffe_id(whole), rest)
