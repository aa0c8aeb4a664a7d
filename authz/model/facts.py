"""What a request is, as policies see it.

`RawRequest` is what a door knows: plain values, nothing interpreted. `Facts` is what the rules of Istio make of it; a
compiled policy asks only for the facts it needs, and whoever implements the protocol computes them when asked.
"""

from collections.abc import Mapping, Sequence
from typing import Protocol

from authz.model.address import Address
from authz.model.workload import WorkloadTexts

Json = None | bool | float | str | Sequence["Json"] | Mapping[str, "Json"]


class RawRequest(Protocol):
    """A request as some door received it: Envoy's CheckRequest, a query, a test, a recorded decision.

    Texts are decoded as UTF-8 with surrogateescape, so that bytes which are no UTF-8 stay apart and match nothing.
    Absent text is empty.
    """

    @property
    def is_http(self) -> bool:
        """False: a plain TCP connection; then method, path, host and headers are not asked for."""

    @property
    def method(self) -> str:
        """As received."""

    @property
    def target(self) -> str:
        """The request target: path and query."""

    @property
    def host(self) -> str:
        """`:authority`, port kept, case kept."""

    def header_lines(self, name: str) -> tuple[str, ...]:
        """The values of a header (name in lower case), one a line where the door keeps lines apart."""

    @property
    def headers_are_merged(self) -> bool:
        """Whether lines of one name arrive joined, so that `a,b` may have been two values."""

    @property
    def source_address(self) -> str:
        """IP address of the direct peer; empty where it has none, such as a unix socket."""

    @property
    def destination_address(self) -> str:
        """IP address the connection was made to."""

    @property
    def destination_port(self) -> int:
        """The workload's port."""

    @property
    def source_principal(self) -> str:
        """The one name that the proxy verified; empty for plaintext."""

    @property
    def source_certificate(self) -> str:
        """The peer's certificate as URL-encoded PEM; empty when it was not sent."""

    @property
    def sni(self) -> str:
        """Server name of the TLS handshake, as received."""

    def metadata(self, namespace: str) -> Mapping[str, Json] | None:
        """Dynamic metadata that other filters of the proxy have set."""

    @property
    def vouched_claims(self) -> Mapping[str, Json] | None:
        """Claims that whoever describes the request vouches for, as of a verified token; None for what a proxy sends.

        They count instead of the request's tokens.
        """

    def workload_texts(self) -> WorkloadTexts:
        """What the proxy says about the workload that the request is for."""


class Facts(Protocol):
    """Facts of one request, each in its final type; sequences are empty where the request has no such thing.

    Reading one may raise `UnreadableFactError`: the request says something here that cannot be understood.
    """

    @property
    def peer_names(self) -> tuple[str, ...]:
        """Every name of the peer: URI SANs, DNS SANs, subject."""

    @property
    def peer_spiffe_ids(self) -> tuple[str, ...]:
        """The names that begin with `spiffe://`, without it."""

    @property
    def peer_namespaces(self) -> tuple[str, ...]:
        """Each X of `/ns/X/` in a name."""

    @property
    def peer_service_accounts(self) -> tuple[tuple[str, str], ...]:
        """Each namespace and account that a name spells out."""

    @property
    def peer_trust_domains(self) -> tuple[str, ...]:
        """Each TD of a name `spiffe://TD/...`."""

    @property
    def request_principals(self) -> tuple[tuple[str, str], ...]:
        """Issuer and subject of the accepted token, where both are strings."""

    def claim(self, path: tuple[str, ...]) -> tuple[str, ...]:
        """A claim's string, or the strings of its list."""

    def metadata_strings(self, name: tuple[str, ...]) -> tuple[str, ...]:
        """A string of dynamic metadata, by namespace and key."""

    def metadata_elements(self, name: tuple[str, ...]) -> tuple[str, ...]:
        """The strings of a list of dynamic metadata, by namespace and key."""

    def header(self, name: str) -> tuple[str, ...]:
        """The values of a header, each by itself."""

    @property
    def host(self) -> str:
        """In lower case, port kept."""

    @property
    def method(self) -> str:
        """As received."""

    @property
    def path(self) -> str:
        """Without query."""

    @property
    def sni(self) -> str:
        """In lower case; empty when absent."""

    @property
    def source_ip(self) -> Address | None:
        """The direct peer."""

    @property
    def remote_ip(self) -> Address | None:
        """The original client."""

    @property
    def destination_ip(self) -> Address | None:
        """Where the connection was made to."""

    @property
    def destination_port(self) -> int:
        """The workload's port."""


class UnreadableFactError(Exception):
    """A fact that a rule needs cannot be read: the request is denied. `fact` names it, `reason` says why."""

    def __init__(self, fact: str, reason: str) -> None:
        super().__init__(f"{fact}: {reason}")
        self.fact = fact
        self.reason = reason


class UnverifiedPeerError(UnreadableFactError):
    """The peer's identity is needed, and what was sent to prove it does not."""
