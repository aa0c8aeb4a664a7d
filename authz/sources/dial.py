"""Connecting to an address that has been looked at, under one deadline for everything.

What is checked is the address that the connection is made to, not the name: a name that means something else the next
moment changes nothing.
"""

import socket
import ssl
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import httpcore

from authz.model.address import Address, Cidr, parse_address, parse_cidr, render_address
from authz.sources.jwks_settings import JwksSettings

Resolve = Callable[[str, int], list[tuple[Any, ...]]]
"""As socket.getaddrinfo, for streams."""

_MAX_ADDRESSES = 4


class FetchError(Exception):
    """Nothing was fetched; the text says why, in words that may be shown and logged."""


@dataclass(frozen=True, slots=True)
class AddressRules:
    """Which addresses may be connected to.

    Source of the ranges: the IANA special-purpose address registries for IPv4 and IPv6; the cloud providers' manuals.
    """

    settings: JwksSettings

    def refusal(self, address: Address) -> str | None:
        """Why an address may not be connected to; None: it may. An IPv4 address inside an IPv6 one counts as itself."""
        inner = _inner(address)
        if inner is not None and (reason := self.refusal(inner)) is not None:
            return reason
        for blocks, what in _NEVER:
            if _is_in(address, blocks):
                return what
        if _is_in(address, self.settings.blocked):
            return "is in jwks.blockedCidrs"
        if _is_in(address, _LOOPBACK) and not self.settings.allow_loopback:
            return "is a loopback address (jwks.allowLoopback)"
        if _is_in(address, _PRIVATE) and not self.settings.allow_private_addresses:
            return "is a private address (jwks.allowPrivateAddresses)"
        return None


def _blocks(*texts: str) -> tuple[Cidr, ...]:
    return tuple(map(parse_cidr, texts))


def _is_in(address: Address, blocks: Iterable[Cidr]) -> bool:
    return any(address in block for block in blocks)


_METADATA = _blocks(
    "100.100.100.200",  # Alibaba
    "168.63.129.16",  # Azure's wire server
    "192.0.0.192",  # Oracle
    "fd00:ec2::/32",  # Amazon, which is inside of what private networks use
    "fd20:ce::/32",  # Google, likewise
    "fd00:42::42",  # Scaleway, likewise
)
_LOOPBACK = _blocks("127.0.0.0/8", "::1")
_NEVER = (
    (_METADATA, "is a cloud's metadata service"),
    (_blocks("169.254.0.0/16", "fe80::/10"), "is a link-local address"),
    (_blocks("0.0.0.0/8", "::"), "is no address of a server"),
    (_blocks("224.0.0.0/4", "ff00::/8"), "is a multicast address"),
    (_blocks("240.0.0.0/4"), "is a reserved address"),
    # what is inside cannot be told for sure, or nobody uses it any more
    (_blocks("2002::/16", "2001::/32", "64:ff9b:1::/48"), "is an address of a tunnel"),
)
_PRIVATE = _blocks(
    "10.0.0.0/8",
    "172.16.0.0/12",
    "192.168.0.0/16",
    "100.64.0.0/10",
    "192.0.0.0/24",
    "192.0.2.0/24",
    "192.88.99.0/24",
    "198.18.0.0/15",
    "198.51.100.0/24",
    "203.0.113.0/24",
    "fc00::/7",
    "fec0::/10",
    "100::/64",
    "2001:2::/48",
    "2001:10::/28",
    "2001:db8::/32",
    "3fff::/20",
    "5f00::/16",
)
_HOLDING_V4 = _blocks("::ffff:0:0/96", "::ffff:0:0:0/96", "64:ff9b::/96", "::/96")  # mapped, SIIT, NAT64, compatible
_V4_MASK = (1 << 32) - 1


def _inner(address: Address) -> Address | None:
    """The IPv4 address that an IPv6 one stands for. `::` and `::1` are themselves."""
    for block in _HOLDING_V4:
        if address in block and address - block.first > 1:
            return Address((address - block.first) & _V4_MASK)
    return None


class Deadline:
    """One moment for a whole exchange."""

    def __init__(self, seconds: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._ends = clock() + seconds
        self._seconds = seconds

    def left(self) -> float:
        """Seconds left, more than none. Raises FetchError."""
        left = self._ends - self._clock()
        if left <= 0:
            raise self.passed()
        return left

    def passed(self) -> FetchError:
        """What to say then."""
        return FetchError(f"no whole answer within {self._seconds:.2g} s")


class CheckedNetwork(httpcore.NetworkBackend):
    """Connects where the rules allow it; without rules anywhere, which is for the proxy of the settings."""

    def __init__(self, rules: AddressRules | None, deadline: Deadline, resolve: Resolve) -> None:
        self._rules = rules
        self._deadline = deadline
        self._resolve = resolve

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ARG002 - the deadline decides
        local_address: str | None = None,  # noqa: ARG002
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,  # noqa: ARG002
    ) -> httpcore.NetworkStream:
        """Connect to one of the addresses of a name. Raises FetchError."""
        allowed = self._addresses(host, port)[:_MAX_ADDRESSES]
        reason = ""
        for position, (family, address) in enumerate(allowed):
            left = self._deadline.left()
            try:
                return Stream(_connect(family, address, left / (len(allowed) - position)), self._deadline)
            except TimeoutError:
                reason = "no answer"
            except OSError as error:
                reason = error.strerror or str(error)
        self._deadline.left()
        raise FetchError(f"cannot connect to {_named(host, port)}: {reason}")

    def _addresses(self, host: str, port: int) -> list[tuple[int, tuple[Any, ...]]]:
        try:
            found = self._resolve(host, port)
        except (OSError, UnicodeError) as error:
            raise FetchError(f"the name {host!r} cannot be resolved: {getattr(error, 'strerror', error)}") from None
        allowed, refusal = [], "it has no address"
        for family, _, _, _, address in found:
            if family not in {socket.AF_INET, socket.AF_INET6}:
                continue
            reason = self._refusal(address[0])
            if reason is None:
                allowed.append((family, address))
            else:
                refusal = reason
        if not allowed:
            raise FetchError(f"may not connect to {_named(host, port)}: {refusal}")
        return allowed

    def _refusal(self, text: str) -> str | None:
        if self._rules is None:
            return None
        address = parse_address(text.partition("%")[0])
        if address is None:
            return f"{text!r} cannot be read as an address"
        reason = self._rules.refusal(address)
        return None if reason is None else f"{render_address(address)} {reason}"


def check_literal(rules: AddressRules, host: str) -> None:
    """Refuse an address, in whatever form, and this machine's own name. Other names are not resolved.

    For hosts that a proxy resolves, which only it can check. Raises FetchError.
    """
    if host == "localhost" or host.endswith(".localhost"):
        host = "127.0.0.1"
    try:
        found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM, flags=socket.AI_NUMERICHOST)
    except (OSError, UnicodeError):
        return
    for *_, address in found:
        read = parse_address(str(address[0]).partition("%")[0])
        if read is None or (reason := rules.refusal(read)) is not None:
            raise FetchError(f"may not connect to {host}: {'cannot be read' if read is None else reason}")


def resolve(host: str, port: int) -> list[tuple[Any, ...]]:
    """The addresses of a name, in the system's order. How long this takes is up to the system's resolver."""
    return list(socket.getaddrinfo(host, port, type=socket.SOCK_STREAM))


def _named(host: str, port: int) -> str:
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def _connect(family: int, address: tuple[Any, ...], seconds: float) -> socket.socket:
    made = socket.socket(family, socket.SOCK_STREAM)
    try:
        made.settimeout(seconds)
        made.connect(address)
    except BaseException:
        made.close()
        raise
    return made


class Stream(httpcore.NetworkStream):
    """A connection that is over when the deadline is, however slowly something still comes."""

    def __init__(self, connection: socket.socket, deadline: Deadline) -> None:
        self._connection = connection
        self._deadline = deadline

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:  # noqa: ARG002 - the deadline decides
        """Some bytes; none at the end. Raises FetchError."""
        try:
            self._connection.settimeout(self._deadline.left())
            return self._connection.recv(max_bytes)
        except TimeoutError:
            raise self._deadline.passed() from None
        except OSError as error:
            raise FetchError(f"the connection broke: {_reason(error)}") from None

    def write(self, buffer: bytes, timeout: float | None = None) -> None:  # noqa: ARG002
        """Send all of it. Raises FetchError."""
        try:
            self._connection.settimeout(self._deadline.left())
            self._connection.sendall(buffer)
        except TimeoutError:
            raise self._deadline.passed() from None
        except OSError as error:
            raise FetchError(f"the connection broke: {_reason(error)}") from None

    def close(self) -> None:
        """Hang up."""
        self._connection.close()

    def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,  # noqa: ARG002
    ) -> httpcore.NetworkStream:
        """Go on in TLS, with somebody who proves to be of that name. Raises FetchError."""
        try:
            self._connection.settimeout(self._deadline.left())
            return Stream(ssl_context.wrap_socket(self._connection, server_hostname=server_hostname), self._deadline)
        except TimeoutError:
            self._connection.close()
            raise self._deadline.passed() from None
        except ssl.SSLCertVerificationError as error:
            self._connection.close()
            raise FetchError(f"its certificate is not believed: {error.verify_message}") from None
        except (OSError, ValueError) as error:  # ValueError: a name that no certificate can have
            self._connection.close()
            raise FetchError(f"no TLS: {_reason(error)}") from None

    def get_extra_info(self, info: str) -> Any:
        """Nothing that httpcore asks for is needed."""
        if info == "ssl_object" and isinstance(self._connection, ssl.SSLSocket):
            return self._connection
        return None


def _reason(error: Exception) -> str:
    if isinstance(error, ssl.SSLError):
        return error.reason or "it is not understood"
    return getattr(error, "strerror", None) or str(error)
