"""What of a request is recorded: the usual, what the policies in force name, and what the settings add."""

from dataclasses import dataclass

from authz.audit.masking import ClaimPath, Masker, Treatment
from authz.audit.settings import DecisionLogSettings
from authz.decision.case import TokenPlaces
from authz.decision.named import Named, named_by
from authz.model.string_match import ascii_lower
from authz.policy.program import Program

USUAL_HEADERS = ("user-agent", "x-request-id")
_RECORDED_ANYWAY = frozenset({":authority", ":method", ":path"})
_VERIFIED_BY_ENVOY = "envoy.filters.http.jwt_authn"
_MAX_PLANS = 10_000


@dataclass(frozen=True, slots=True)
class HeaderField:
    """A header to record. `is_asked`: policies name it. `treatment`: how it is hidden, None: it is not."""

    name: str
    is_asked: bool
    treatment: Treatment | None

    @property
    def fact(self) -> str:
        """As policies write it."""
        return f"request.headers[{self.name}]"


@dataclass(frozen=True, slots=True)
class ClaimField:
    """A claim to record, as HeaderField."""

    path: ClaimPath
    is_asked: bool

    @property
    def fact(self) -> str:
        """As policies write it."""
        return "request.auth.claims" + "".join(f"[{part}]" for part in self.path)


@dataclass(frozen=True, slots=True)
class Fields:
    """What is recorded of the requests that one program decides. `secret_params`: query parameters with tokens.

    `metadata`: namespaces and keys. `left_out`: facts that are asked for and never recorded.
    """

    headers: tuple[HeaderField, ...]
    claims: tuple[ClaimField, ...]
    metadata: tuple[tuple[str, str], ...]
    secret_params: frozenset[str]
    asks_for_target: bool
    left_out: tuple[str, ...]


class FieldPlans:
    """Finds out once for each program what is recorded of its requests, and remembers."""

    def __init__(self, settings: DecisionLogSettings, masker: Masker) -> None:
        self._headers = (*USUAL_HEADERS, *map(ascii_lower, settings.headers))
        self._claims = settings.claims
        self._masker = masker
        self._plans: dict[tuple[int, int], tuple[Program | None, TokenPlaces, Fields]] = {}  # by id(), which is held

    def of(self, program: Program | None, places: TokenPlaces) -> Fields:
        """The plan for a program; None: it is not known whose request it is."""
        key = id(program), id(places)
        found = self._plans.get(key)
        if found is None:
            if len(self._plans) >= _MAX_PLANS:
                self._plans.clear()
            fields = self._plan(named_by(program) if program is not None else Named(), places)
            found = self._plans[key] = program, places, fields
        return found[2]

    def _plan(self, named: Named, places: TokenPlaces) -> Fields:
        headers = [
            HeaderField(name, name in named.headers, self._masker.of_header(name, places.headers))
            for name in dict.fromkeys((*self._headers, *named.headers))
            if name not in _RECORDED_ANYWAY
        ]
        claims = [
            ClaimField(path, path in named.claims)
            for path in sorted({*self._claims, *named.claims, ("iss",), ("sub",)})
        ]
        metadata = [(name[0], name[1]) for name in named.metadata]
        return Fields(
            headers=tuple(headers),
            claims=tuple(claims),
            metadata=tuple([one for one in metadata if one[0] != _VERIFIED_BY_ENVOY]),
            secret_params=places.params,
            asks_for_target=":path" in named.headers,
            left_out=tuple([f"experimental.{ns}[{key}]" for ns, key in metadata if ns == _VERIFIED_BY_ENVOY]),
        )
