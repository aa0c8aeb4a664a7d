"""Raw request -> facts: what Istio's rules see of a request. Each fact is read when a rule asks for it.

Sources: the attribute tables of istio/istio pilot/pkg/security/authz and of Envoy's RBAC filter; where a fact comes
from a CheckRequest rather than from the connection, envoy/service/auth/v3/attribute_context.proto.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from authz.decision.lazy import lazy
from authz.decision.peer import PeerReader
from authz.identity.peer import Peer
from authz.model.address import MAX_ADDRESS_LENGTH, Address, parse_peer_address
from authz.model.custom import HeaderAction, HeaderChange, ProviderAllows
from authz.model.decision import Effects
from authz.model.facts import Json, RawRequest, UnreadableFactError
from authz.model.path import path_of_target
from authz.model.string_match import ascii_lower

_TOKEN_NAMESPACE, _TOKEN_KEY = "envoy.filters.http.jwt_authn", "payload"
_UNLESS = {HeaderAction.ADD_IF_ABSENT: True, HeaderAction.OVERWRITE_IF_EXISTS: False, HeaderAction.JOIN: False}
_SPACE_DELIMITED = frozenset({"scope", "permission"})


@dataclass(frozen=True, slots=True)
class FactSettings:
    """What reading a fact depends on. `num_trusted_proxies`: MeshConfig's, for the original client's address."""

    num_trusted_proxies: int = 0
    peers: PeerReader = field(default_factory=PeerReader)


class RequestFacts:
    """The facts of one request, computed when read and then kept. Implements `authz.model.facts.Facts`.

    `now_s`: seconds since 1970; None: nobody has said, and what depends on it cannot be read.
    """

    def __init__(self, raw: RawRequest, settings: FactSettings, now_s: float | None = None) -> None:
        self._raw = raw
        self._settings = settings
        self._now_s = now_s
        self._headers: dict[str, tuple[str, ...]] = {}
        self._claim_strings: dict[tuple[str, ...], tuple[str, ...]] = {}
        self._token_effects: Effects | None = None  # of a token that we have verified, or would have

    def with_path(self, path: str) -> "RequestFacts":
        """The same request with another path; what has been read already is not read again."""
        other = RequestFacts.__new__(RequestFacts)
        other.__dict__.update(self.__dict__)
        other.__dict__["path"] = path
        other.__dict__["_headers"] = {**self._headers, ":path": (path + self._raw.target[len(self.path) :],)}
        return other

    def with_headers(self, changes: ProviderAllows) -> "RequestFacts":
        """The same request with the headers that a provider has changed, which is what later rules see.

        `changes` are settled. The original client's address stays: Envoy settles it before any filter runs. So does
        `:path`.
        """
        headers = dict(self._headers)
        for change in changes.headers:
            value = change.value.strip(" \t")
            if change.action is HeaderAction.OVERWRITE:  # what it overwrites may be unreadable
                headers[change.name] = (value,)
                continue
            lines = headers[change.name] if change.name in headers else self._read_header(change.name)
            joins = lines and change.action is HeaderAction.JOIN
            headers[change.name] = (f"{lines[0]},{value}", *lines[1:]) if joins else (*lines, value)
        headers.update(dict.fromkeys(changes.remove_headers, ()))
        other = RequestFacts.__new__(RequestFacts)
        other.__dict__.update(self.__dict__)
        other.__dict__["_headers"] = headers
        return other

    def with_token(self, claims: Mapping[str, Json], effects: Effects) -> "RequestFacts":
        """The same request with the claims of its token, which are then all that is known of any, and its effects."""
        other = RequestFacts.__new__(RequestFacts)
        other.__dict__.update(self.__dict__)
        changed = {name: effects.header_lines(name, ()) for name, _ in effects.set_headers}
        headers = {**self._headers, **dict.fromkeys(effects.remove_headers, ()), **changed}
        if effects.remove_query_parameters:
            headers.pop(":path", None)
        other.__dict__.pop("request_principals", None)
        other.__dict__.update(_claims=claims, _claim_strings={}, _headers=headers, _token_effects=effects)
        return other

    def settle(self, changes: ProviderAllows) -> ProviderAllows:
        """The same changes without "if there is one" and "if there is none", as this request has one or none.

        Envoy 1.40 takes `append_action` of a request's header for overwriting, whatever it says; later ones do not.
        """
        kept: list[HeaderChange] = []
        there: set[str] = set()
        for change in changes.headers:
            exists = change.name in there or bool(self._raw.header_lines(change.name))
            if exists is _UNLESS.get(change.action):
                continue
            there.add(change.name)
            is_plain = change.action in {HeaderAction.ADD, HeaderAction.JOIN}
            kept.append(change if is_plain else replace(change, action=HeaderAction.OVERWRITE))
        return replace(changes, headers=tuple(kept))

    # the peer

    @lazy
    def _peer(self) -> Peer:
        """From the certificate where it was sent, else the one name that the proxy gives."""
        peers = self._settings.peers
        if not peers.settings.xfcc_from:
            return peers.direct(self._raw, self._now_s)
        return peers.caller(self._raw, self.direct_peer, self._now_s)

    @lazy
    def direct_peer(self) -> Peer:
        """Who is at the other end of the connection, for whomever it may speak."""
        peers = self._settings.peers
        return peers.direct(self._raw, self._now_s) if peers.settings.xfcc_from else self._peer

    @lazy
    def peer_names(self) -> tuple[str, ...]:
        """URI SANs, DNS SANs, subject."""
        return self._peer.names

    @lazy
    def peer_spiffe_ids(self) -> tuple[str, ...]:
        """What follows `spiffe://`."""
        return self._peer.spiffe_ids

    @lazy
    def peer_namespaces(self) -> tuple[str, ...]:
        """Namespaces that the names spell out."""
        return self._peer.namespaces

    @lazy
    def peer_service_accounts(self) -> tuple[tuple[str, str], ...]:
        """Namespaces and accounts that the names spell out."""
        return self._peer.service_accounts

    @lazy
    def peer_trust_domains(self) -> tuple[str, ...]:
        """Trust domains of the SPIFFE ids."""
        return self._peer.trust_domains

    # the token

    @lazy
    def _claims(self) -> Mapping[str, Json]:
        metadata = self._raw.metadata(_TOKEN_NAMESPACE)
        payload = metadata.get(_TOKEN_KEY) if metadata else None
        return payload if isinstance(payload, Mapping) else {}

    @property
    def claims(self) -> Mapping[str, Json]:
        """All that is known of the token; empty without one."""
        return self._claims

    @lazy
    def request_principals(self) -> tuple[tuple[str, str], ...]:
        """Only strings count: a token without subject has no request principal."""
        issuer, subject = self._claims.get("iss"), self._claims.get("sub")
        return ((issuer, subject),) if isinstance(issuer, str) and isinstance(subject, str) else ()

    def claim(self, path: tuple[str, ...]) -> tuple[str, ...]:
        """Numbers, booleans, null and objects have no strings. `scope` and `permission` are split at blanks."""
        found = self._claim_strings.get(path)
        if found is None:
            found = self._claim_strings[path] = self._read_claim(path)
        return found

    def _read_claim(self, path: tuple[str, ...]) -> tuple[str, ...]:
        value: Json = self._claims
        for name in path:
            if not isinstance(value, Mapping):
                return ()
            value = value.get(name)
        if isinstance(value, str):
            if len(path) == 1 and path[0] in _SPACE_DELIMITED:
                return tuple(filter(None, value.split(" ")))
            return (value,)
        return _strings_of(value)

    # dynamic metadata

    def metadata_strings(self, name: tuple[str, ...]) -> tuple[str, ...]:
        """A string; nothing else counts."""
        value = self._metadata(name)
        return (value,) if isinstance(value, str) else ()

    def metadata_elements(self, name: tuple[str, ...]) -> tuple[str, ...]:
        """The strings of a list; a string is no list."""
        return _strings_of(self._metadata(name))

    def _metadata(self, name: tuple[str, ...]) -> Json:
        namespace, key = name
        if namespace == _TOKEN_NAMESPACE and self._token_effects is not None:
            return self._claims if key == _TOKEN_KEY else None
        found = self._raw.metadata(namespace)
        return found.get(key) if found else None

    # the request

    def header(self, name: str) -> tuple[str, ...]:
        """`host` reads `:authority`, as in Envoy's header map."""
        found = self._headers.get(name)
        if found is None:
            found = self._headers[name] = self._read_header(name)
        return found

    def _read_header(self, name: str) -> tuple[str, ...]:
        if name == ":path" and self._token_effects and self._token_effects.remove_query_parameters:
            reason = "its query had a token, which is taken out; how the rest then looks is the proxy's to say"
            raise UnreadableFactError("request.headers[:path]", reason)
        lines = self._raw.header_lines(":authority" if name == "host" else name)
        for line in lines:
            if "\0" in line:
                raise UnreadableFactError(f"request.headers[{name}]", "it has a NUL")
        return tuple([line.strip(" \t") for line in lines])

    @lazy
    def host(self) -> str:
        """Folded as Envoy folds it."""
        return ascii_lower(self._raw.host)

    @lazy
    def method(self) -> str:
        """Case counts."""
        return self._raw.method

    @lazy
    def path(self) -> str:
        """As the proxy sent it."""
        return path_of_target(self._raw.target)

    # the connection

    @lazy
    def sni(self) -> str:
        """Envoy's TLS inspector lower-cases it; the CheckRequest has it as received."""
        return ascii_lower(self._raw.sni)

    @lazy
    def source_ip(self) -> Address | None:
        """Never from a header."""
        return self._address(self._raw.source_address, "source.ip")

    @lazy
    def remote_ip(self) -> Address | None:
        """The (N+1)-th entry of x-forwarded-for from the right, N being the trusted proxies; else the direct peer."""
        if self._raw.is_http:
            entries = ",".join(self._raw.header_lines("x-forwarded-for")).split(",")
            position = self._settings.num_trusted_proxies + 1
            if len(entries) >= position:
                entry = entries[-position].strip(" \t")
                # what addresses are read is remembered: the client's text must not be long
                address = self._address(entry, "x-forwarded-for") if len(entry) <= MAX_ADDRESS_LENGTH else None
                if address is not None:
                    return address
        return self.source_ip

    @lazy
    def destination_ip(self) -> Address | None:
        """Where the connection was made to."""
        return self._address(self._raw.destination_address, "destination.ip")

    def _address(self, text: str, fact: str) -> Address | None:
        try:
            return parse_peer_address(text)
        except ValueError as error:
            raise UnreadableFactError(fact, str(error)) from None

    @lazy
    def destination_port(self) -> int:
        """The workload's port, not the service's."""
        return self._raw.destination_port


def _strings_of(value: Json) -> tuple[str, ...]:
    if isinstance(value, str) or not isinstance(value, (list, tuple)):
        return ()
    return tuple([element for element in value if isinstance(element, str)])
