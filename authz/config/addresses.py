"""Addresses that settings name."""

import re

from authz.model.address import is_loopback, parse_address
from authz.model.errors import SettingsError

__all__ = ["check_listen", "is_loopback", "parse_listen", "parse_tcp_listen"]


def check_listen(text: str) -> str:
    """An address to listen on: `HOST:PORT`, `[::1]:PORT` or `unix:PATH`. Raises SettingsError."""
    try:
        return parse_listen(text)
    except ValueError as error:
        raise SettingsError(f"listen: {error}") from None


def parse_tcp_listen(text: str) -> str:
    """An address of TCP to listen on, as written. Raises ValueError."""
    if text.startswith("unix:"):
        raise ValueError(f"expected HOST:PORT or [IPv6]:PORT, found {text!r}")
    return parse_listen(text)


def parse_listen(text: str) -> str:
    """An address to listen on, as written. Raises ValueError."""
    if text.startswith("unix:"):
        if len(text) == len("unix:") or "\0" in text:
            raise ValueError(f"expected unix:PATH, found {text!r}")
        return text
    host, _, port = text.rpartition(":")
    if not (_HOST.fullmatch(host) or _is_bracketed(host)) or not _PORT.fullmatch(port) or int(port) > _MAX_PORT:
        raise ValueError(f"expected HOST:PORT, [IPv6]:PORT or unix:PATH, found {text!r}")
    return text


_HOST = re.compile(r"[A-Za-z0-9._-]+")
_PORT = re.compile(r"[0-9]{1,5}")
_MAX_PORT = 65535


def _is_bracketed(host: str) -> bool:
    inner = host[1:-1].partition("%")[0]
    return host.startswith("[") and host.endswith("]") and ":" in inner and parse_address(inner) is not None
