"""A request while it is decided, and what becomes known of it: for whoever keeps a record."""

from dataclasses import dataclass

from authz.decision.facts import RequestFacts
from authz.identity.tokens import Identified, TokenDenied, TokenOutcome
from authz.model.custom import ProviderAnswer
from authz.model.decision import Decision
from authz.model.facts import RawRequest
from authz.model.workload import Workload
from authz.policy.program import Program


@dataclass(frozen=True, slots=True)
class TokenPlaces:
    """Where tokens may be in a request, by all RequestAuthentications of a set: nothing there is for other eyes.

    Names of headers, in lower case, and of query parameters.
    """

    headers: frozenset[str] = frozenset()
    params: frozenset[str] = frozenset()


NO_PLACES = TokenPlaces()


class Case:
    """One request. Whoever decides fills it in; once there is a decision, nobody changes it any more.

    `time_s`: when it came, seconds since 1970, 0 where nobody looked; `began_s`, `ended_s`: of a clock that only
    counts; `size`: of the call, in bytes. What nobody came to know is None: `raw` where the call could not be read,
    `program` where it is not known whose request it is, `token` where no RequestAuthentication is for the workload.
    `facts`: as the request came, before any change. `provider`: the CUSTOM provider that was asked.
    """

    __slots__ = (
        "answer",
        "began_s",
        "decision",
        "decision_id",
        "digest",
        "ended_s",
        "facts",
        "places",
        "program",
        "provider",
        "raw",
        "size",
        "time_s",
        "token",
        "workload",
    )

    decision: Decision

    def __init__(self, decision_id: str, began_s: float, size: int) -> None:
        self.decision_id = decision_id
        self.began_s = self.ended_s = began_s
        self.size = size
        self.time_s = 0.0
        self.digest = ""
        self.raw: RawRequest | None = None
        self.facts: RequestFacts | None = None
        self.workload: Workload | None = None
        self.program: Program | None = None
        self.places = NO_PLACES
        self.token: TokenOutcome | None = None
        self.provider = ""
        self.answer: ProviderAnswer | None = None

    @property
    def identified(self) -> Identified | None:
        """The good token of the request, if it had one that was looked at."""
        return self.token if isinstance(self.token, Identified) else None

    @property
    def has_refused_token(self) -> bool:
        """Whether a token was looked at and found wanting."""
        return isinstance(self.token, TokenDenied)
