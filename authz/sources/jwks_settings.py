"""Settings of fetching keys."""

from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from authz.model.address import Cidr, parse_cidr

NO_PROXY = "none"


@dataclass(frozen=True, slots=True)
class JwksSettings:
    """How keys are fetched, and from where they may be.

    `refresh_seconds`: between two fetches that succeed, less up to a fifth. `keep_seconds`: for how long the last good
    keys are used while no fetch succeeds. `unknown_kid_cooldown_seconds`: a token with an unknown key has them fetched
    again, but not more often than this; 0: it has not. `blocked_cidrs`: refused beside what always is, as written.
    `proxy`: None as the environment says, or `none`, or `http://HOST:PORT`. `ca_file`: authorities beside the system's.
    """

    refresh_seconds: int = 20 * 60
    keep_seconds: int = 7 * 24 * 60 * 60
    unknown_kid_cooldown_seconds: int = 0
    allow_http: bool = False
    allow_private_addresses: bool = False
    allow_loopback: bool = False
    blocked_cidrs: tuple[str, ...] = ()
    proxy: str | None = None
    ca_file: Path | None = None

    @property
    def blocked(self) -> tuple[Cidr, ...]:
        """`blocked_cidrs`, read. Raises ValueError."""
        return tuple(map(parse_cidr, self.blocked_cidrs))


def check_blocked_cidrs(texts: tuple[str, ...]) -> tuple[str, ...]:
    """Blocks of addresses. Raises ValueError."""
    for text in texts:
        try:
            parse_cidr(text)
        except ValueError as error:
            raise ValueError(f"{text!r} is not an address or a block: {error}") from None
    return texts


def check_proxy(text: str) -> str:
    """`none`, or `http://HOST:PORT`. Raises ValueError, which does not repeat what might be a password."""
    if text == NO_PROXY:
        return text
    expected = "expected http://HOST:PORT, or none"
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError:
        raise ValueError(expected) from None
    if "@" in text:
        raise ValueError("a user and password are not taken from the settings; use the variable HTTPS_PROXY")
    if parts.scheme != "http" or not parts.hostname or not port or parts.path not in {"", "/"} or parts.query:
        raise ValueError(expected)
    return text
