"""What the flags of `authz dev` may say, as argparse wants it: text to type, or the reason why not."""

import argparse
import json
import re
import sys
from collections.abc import Callable
from datetime import timedelta
from ipaddress import IPv4Address, IPv6Address, ip_address
from pathlib import Path
from typing import Any, TypeVar

from authz.model.duration import parse_duration
from authz.model.spiffe_id import SpiffeId, parse_spiffe_id

DIRECTORY = Path("authz-dev")
_MAX_DAYS = 365
_MAX_DNS_NAME = 253
_DNS_NAME = re.compile(
    r"(\*\.)?([A-Za-z0-9_]([A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?\.)*[A-Za-z0-9_]([A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?"
)
_DIGITS = re.compile("[0-9]{1,9}")
_NEVER = "never"
_Value = TypeVar("_Value")


def notice() -> None:
    """Say once what this is for, where it is in nobody's way."""
    print("authz dev: for trying things, never for production", file=sys.stderr)


def flag(read: Callable[[str], _Value]) -> Callable[[str], _Value]:
    """For `type` of a flag: what `read` raises as ValueError ends as a wrong command line, with its reason."""

    def convert(text: str) -> _Value:
        try:
            return read(text)
        except ValueError as error:
            raise argparse.ArgumentTypeError(f"{text!r}: {error}") from None

    return convert


def parse_leaf_id(text: str) -> SpiffeId:
    """A SPIFFE id of something within a trust domain. Source: X.509-SVID, section 2. Raises ValueError."""
    found = parse_spiffe_id(text)
    if not found.segments:
        raise ValueError("it names a whole trust domain; a workload has a path, such as /ns/NAMESPACE/sa/ACCOUNT")
    return found


def parse_trust_domain(text: str) -> SpiffeId:
    """A trust domain, without scheme and path. Raises ValueError."""
    found = parse_spiffe_id(f"spiffe://{text}")
    if found.segments:
        raise ValueError("a trust domain has no path")
    return found


def parse_dns_name(text: str) -> str:
    """A name, perhaps with `*` for its first label. Raises ValueError."""
    if len(text) > _MAX_DNS_NAME or not _DNS_NAME.fullmatch(text):
        raise ValueError("expected a DNS name, such as localhost or *.example.com")
    return text


def parse_ip(text: str) -> IPv4Address | IPv6Address:
    """An address, without zone. Raises ValueError."""
    if "%" in text:
        raise ValueError("a certificate holds no zone")
    return ip_address(text)


def parse_days(text: str) -> timedelta:
    """A whole number of days. Raises ValueError."""
    if not _DIGITS.fullmatch(text) or not 1 <= int(text) <= _MAX_DAYS:
        raise ValueError(f"expected whole days, 1 to {_MAX_DAYS}")
    return timedelta(days=int(text))


def parse_offset(text: str) -> timedelta:
    """From now: `1h30m`, or `-5m` for what has been. Raises ValueError."""
    if text.startswith("-"):
        return -parse_duration(text[1:])
    return parse_duration(text)


def parse_expiry(text: str) -> timedelta | None:
    """As an offset, or None for `never`. Raises ValueError."""
    return None if text == _NEVER else parse_offset(text)


def parse_text(text: str) -> str:
    """Any text. Raises ValueError for bytes that are none."""
    try:
        text.encode()
    except UnicodeEncodeError:
        raise ValueError("it is not UTF-8") from None
    return text


def parse_some(text: str) -> str:
    """Any text but an empty one. Raises ValueError."""
    if not text:
        raise ValueError("expected something, found nothing")
    return parse_text(text)


def parse_path(text: str) -> Path:
    """A path, of any bytes. Raises ValueError for an empty one, which Path would take for the working directory."""
    if not text:
        raise ValueError("expected a path, found nothing")
    return Path(text)


def parse_claim(text: str) -> tuple[str, Any]:
    """`NAME=TEXT` or `NAME:=JSON`, as the first `=` says. Raises ValueError."""
    name, equals, value = parse_text(text).partition("=")
    is_json = name.endswith(":")
    name = name.removesuffix(":")
    if not equals or not name:
        raise ValueError("expected NAME=TEXT or NAME:=JSON")
    if not is_json:
        return name, value
    try:
        found = json.loads(value)
        json.dumps(found, allow_nan=False)
    except RecursionError:
        raise ValueError("it is nested too deeply") from None
    except ValueError as error:
        raise ValueError(f"what follows := is not JSON: {error}") from None
    return name, found
