"""What an HTTP route of a VirtualService does with the requests it is for.

Source: istio/api networking/v1alpha3/virtual_service.proto, HTTPRoute and what it is made of.
"""

from dataclasses import dataclass
from datetime import timedelta
from enum import Enum

from authz.model.routing.destination import Destination
from authz.model.routing.http_match import HttpMatch
from authz.model.routing.matching import StringMatch
from authz.model.where import Where


@dataclass(frozen=True, slots=True)
class Percent:
    """`value` from 0 to 100, with a fraction."""

    value: float

    @property
    def per_million(self) -> int:
        """The same in whole millionths, what is finer cut off, as Envoy has it."""
        return int(self.value * 10_000)


NO_PERCENT = Percent(0.0)
ALL_PERCENT = Percent(100.0)

HeaderValues = tuple[tuple[str, str], ...]
"""Header names as written, and values, which are Envoy's format strings; sorted by name."""


@dataclass(frozen=True, slots=True)
class HeaderOperations:
    """Removed first, then `set` (instead of what is there), then `add` (to what is there). An authority may be set."""

    set: HeaderValues = ()
    add: HeaderValues = ()
    remove: tuple[str, ...] = ()


NO_OPERATIONS = HeaderOperations()


@dataclass(frozen=True, slots=True)
class Headers:
    """What becomes of the headers of requests and of responses."""

    request: HeaderOperations = NO_OPERATIONS
    response: HeaderOperations = NO_OPERATIONS


@dataclass(frozen=True, slots=True)
class HttpDestination:
    """One of the places that requests go to. The weight of a single one counts nothing."""

    destination: Destination
    weight: int = 0
    headers: Headers | None = None


@dataclass(frozen=True, slots=True)
class RouteTo:
    """To workloads: one destination or more."""

    destinations: tuple[HttpDestination, ...]


class DerivedPort(Enum):
    """Which port a redirect names, if it names none by number."""

    FROM_PROTOCOL_DEFAULT = "FROM_PROTOCOL_DEFAULT"
    FROM_REQUEST_PORT = "FROM_REQUEST_PORT"


@dataclass(frozen=True, slots=True)
class Redirect:
    """The client is told where to ask. Empty and None leave a part of the URL as it was, but for an authority's port.

    `uri` is the whole path, `prefix_rewrite` what comes instead of the prefix that matched; at most one is set.
    """

    uri: str = ""
    prefix_rewrite: str = ""
    authority: str = ""
    scheme: str = ""
    port: int | DerivedPort | None = None
    code: int = 301


@dataclass(frozen=True, slots=True)
class DirectResponse:
    """An answer without asking anybody."""

    status: int
    body: bytes = b""


@dataclass(frozen=True, slots=True)
class Delegate:
    """Another VirtualService, without hosts, has the routes. `direct_response`: for those of them that have none."""

    namespace: str
    name: str
    direct_response: DirectResponse | None = None


HttpAction = RouteTo | Redirect | DirectResponse | Delegate


@dataclass(frozen=True, slots=True)
class RegexRewrite:
    """`match` is an expression of RE2, `rewrite` what comes instead, in which a backslash and a digit are a group."""

    match: str
    rewrite: str


@dataclass(frozen=True, slots=True)
class Rewrite:
    """What the workload sees instead; empty and None: what the client sent. At most one of `uri` and `uri_regex`."""

    uri: str = ""
    authority: str = ""
    uri_regex: RegexRewrite | None = None


@dataclass(frozen=True, slots=True)
class Retries:
    """`attempts` 0: none at all. No `conditions` and no `status_codes`: the default ones.

    `ignore_previous_hosts` None: true, unless a consistent hash picks hosts. `backoff` None: Envoy's 25 ms.
    """

    attempts: int
    per_try_timeout: timedelta | None = None
    conditions: tuple[str, ...] = ()
    status_codes: tuple[int, ...] = ()
    retry_remote_localities: bool = False
    ignore_previous_hosts: bool | None = None
    backoff: timedelta | None = None


@dataclass(frozen=True, slots=True)
class FaultDelay:
    """Requests wait before they go on. A percentage that nobody wrote is 0."""

    fixed: timedelta
    percentage: Percent = NO_PERCENT


@dataclass(frozen=True, slots=True)
class HttpStatus:
    """An HTTP status."""

    code: int


@dataclass(frozen=True, slots=True)
class GrpcStatus:
    """A gRPC status by its number."""

    code: int


@dataclass(frozen=True, slots=True)
class FaultAbort:
    """Requests are answered with a failure. A percentage that nobody wrote is 0."""

    status: HttpStatus | GrpcStatus
    percentage: Percent = NO_PERCENT


@dataclass(frozen=True, slots=True)
class Fault:
    """Failures made on purpose."""

    delay: FaultDelay | None = None
    abort: FaultAbort | None = None


@dataclass(frozen=True, slots=True)
class Mirror:
    """Copies of requests go to another place, whose answers nobody sees."""

    destination: Destination
    percentage: Percent = ALL_PERCENT


class UnmatchedPreflights(Enum):
    """What becomes of a preflight of another origin."""

    FORWARD = "FORWARD"
    IGNORE = "IGNORE"


@dataclass(frozen=True, slots=True)
class CorsPolicy:
    """Which pages of other origins may ask. `max_age`: whole seconds, None: for the browser to say."""

    allow_origins: tuple[StringMatch, ...] = ()
    allow_methods: tuple[str, ...] = ()
    allow_headers: tuple[str, ...] = ()
    expose_headers: tuple[str, ...] = ()
    max_age: timedelta | None = None
    allow_credentials: bool | None = None
    unmatched_preflights: UnmatchedPreflights = UnmatchedPreflights.FORWARD


@dataclass(frozen=True, slots=True)
class HttpRoute:
    """One `http` entry. It is for requests that any of `matches` is for; without one, for all.

    What is None nobody wrote, so that a delegate can take it from its root. In the end there is no timeout then, but
    the default retries. `mirror_percentage` is for `mirror`; read both as `all_mirrors`.
    """

    where: Where
    action: HttpAction
    name: str = ""
    matches: tuple[HttpMatch, ...] = ()
    rewrite: Rewrite | None = None
    timeout: timedelta | None = None
    retries: Retries | None = None
    fault: Fault | None = None
    mirror: Destination | None = None
    mirror_percentage: Percent | None = None
    mirrors: tuple[Mirror, ...] = ()
    cors: CorsPolicy | None = None
    headers: Headers | None = None

    @property
    def all_mirrors(self) -> tuple[Mirror, ...]:
        """`mirror` and `mirrors` in one form, without those that get nothing."""
        found = self.mirrors
        if self.mirror is not None:
            found = (Mirror(self.mirror, self.mirror_percentage or ALL_PERCENT), *found)
        return tuple([mirror for mirror in found if mirror.percentage.value > 0])
