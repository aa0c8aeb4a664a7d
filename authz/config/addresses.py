"""Addresses that settings name."""

import re

from authz.model.address import parse_address, parse_cidr
from authz.model.errors import SettingsError


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
_LOOPBACK = (parse_cidr("127.0.0.0/8"), parse_cidr("::1"))


def _is_bracketed(host: str) -> bool:
    inner = host[1:-1].partition("%")[0]
    return host.startswith("[") and host.endswith("]") and ":" in inner and parse_address(inner) is not None


def is_loopback(listen: str) -> bool:
    """Whether only this machine can reach an address. A name other than `localhost` may mean any machine."""
    if listen.startswith("unix:"):
        return True
    host = listen.rpartition(":")[0]
    address = parse_address(host.removeprefix("[").removesuffix("]"))
    return host == "localhost" or (address is not None and any(address in block for block in _LOOPBACK))
