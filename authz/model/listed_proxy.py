"""Proxies that a setting lists: by the SPIFFE id of their certificate, or by address."""

from dataclasses import dataclass

from authz.model.address import Address, Cidr, parse_cidr
from authz.model.spiffe_id import SpiffeId, SpiffeIdPattern, parse_spiffe_id_pattern


@dataclass(frozen=True, slots=True)
class ListedProxy:
    """`text`: as it was written."""

    text: str
    listed: SpiffeIdPattern | Cidr

    def covers(self, spiffe_id: SpiffeId | None, address: Address | None) -> bool:
        """Whether a proxy is one of those; what is None is not known of it."""
        if isinstance(self.listed, Cidr):
            return address is not None and address in self.listed
        return spiffe_id is not None and spiffe_id in self.listed


def parse_listed_proxy(text: str) -> ListedProxy:
    """Read a SPIFFE id, one with `*` at its end, an address or a block. Raises ValueError."""
    try:
        return ListedProxy(text, parse_spiffe_id_pattern(text) if text.startswith("spiffe:") else parse_cidr(text))
    except ValueError as error:
        raise ValueError(f"{text!r} is neither a SPIFFE id nor an address or a block: {error}") from None
