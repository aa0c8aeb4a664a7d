"""Hiding what is not for other eyes, before anything is queued: by header, claim, query parameter and path.

What is hidden is dropped, masked (`***`) or replaced by a keyed hash, by which equal values can be told without being
known. There is no way to have the usual secrets recorded as they are.
"""

import hmac
import re
from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum
from urllib.parse import unquote_plus

from authz.model.header_names import is_header_name
from authz.model.path import PathNormalization, looks_normal, normalize_path
from authz.model.string_match import ascii_lower

MASKED = "***"
_HASH_DIGITS = 32
_STRONGEST = PathNormalization.DECODE_AND_MERGE_SLASHES

ClaimPath = tuple[str, ...]


class Treatment(Enum):
    """What becomes of a value. DROP: not even that it was there is recorded."""

    DROP = "drop"
    MASK = "mask"
    HASH = "hash"


class Subject(Enum):
    """What a rule is about."""

    HEADER = "header"
    CLAIM = "claim"
    QUERY = "query"
    PATH = "path"


@dataclass(frozen=True, slots=True)
class MaskRule:
    """What is hidden, and how. `name`: a header in lower case, a claim, a query parameter, or a path pattern."""

    subject: Subject
    name: str
    treatment: Treatment

    def __str__(self) -> str:
        return f"{self.subject.value}:{self.name}={self.treatment.value}"


_ALWAYS = (
    *(
        MaskRule(Subject.HEADER, name, Treatment.DROP)
        for name in ("authorization", "proxy-authorization", "cookie", "set-cookie")
    ),
    MaskRule(Subject.HEADER, "x-forwarded-client-cert", Treatment.MASK),
    MaskRule(Subject.QUERY, "access_token", Treatment.MASK),
)
"""What is hidden unless a rule says to hide it otherwise."""


def parse_mask_rule(text: str) -> MaskRule:
    """Read `header:NAME=TREATMENT`, `claim:NAME=...`, `query:NAME=...` or `path:/a/*/b=...`. Raises ValueError."""
    subject_word, colon, rest = text.partition(":")
    name, equals, word = rest.rpartition("=")
    subjects, treatments = {one.value: one for one in Subject}, {one.value: one for one in Treatment}
    if not (colon and equals and name) or subject_word not in subjects or word not in treatments:
        raise ValueError(
            f"expected header:NAME=mask, claim:NAME=hash, query:NAME=drop or path:/a/*/b=mask, found {text!r}"
        )
    subject = subjects[subject_word]
    if subject is Subject.HEADER:
        name = ascii_lower(name)
        if not is_header_name(name.removeprefix(":")):
            raise ValueError(f"no header has a name such as {name!r}")
    elif subject is Subject.CLAIM:
        parse_claim_path(name)
    elif subject is Subject.PATH:
        _parse_path_pattern(name)
    return MaskRule(subject, name, treatments[word])


def parse_claim_path(text: str) -> ClaimPath:
    """A claim `name`, or a nested one `[a][b]`, as in `request.auth.claims[a][b]`. Raises ValueError."""
    if not text.startswith("["):
        return (text,)
    path = tuple(_CLAIM_PART.findall(text))
    if not path or "".join(f"[{part}]" for part in path) != text:
        raise ValueError(f"expected a claim such as groups or [realm_access][roles], found {text!r}")
    return path


_CLAIM_PART = re.compile(r"\[([^\[\]]+)\]")


def render_claim_path(path: ClaimPath) -> str:
    """What `parse_claim_path` reads."""
    return path[0] if len(path) == 1 and not path[0].startswith("[") else "".join(f"[{part}]" for part in path)


@dataclass(frozen=True, slots=True)
class _PathPattern:
    """`segments`: None stands for any one. `open_end`: whatever follows is hidden too."""

    segments: tuple[str | None, ...]
    open_end: bool
    treatment: Treatment


def _parse_path_pattern(text: str) -> tuple[tuple[str | None, ...], bool]:
    if not text.startswith("/") or "*" not in text:
        raise ValueError(f"expected a path with `*` for each segment to hide and `**` for all that follow: {text!r}")
    segments = text.split("/")
    open_end = segments[-1] == "**"
    if any("*" in segment and segment != "*" for segment in (segments[:-1] if open_end else segments)):
        raise ValueError(f"`*` stands for a whole segment, `**` for the last ones: {text!r}")
    kept = segments[:-1] if open_end else segments
    return tuple([None if segment == "*" else segment for segment in kept]), open_end


class Masker:
    """Applies rules. `hash_key`: for HASH; None: no rule hashes. Raises ValueError where one does."""

    def __init__(self, rules: Iterable[MaskRule] = (), hash_key: bytes | None = None) -> None:
        rules = tuple(rules)
        if hash_key is None and (hashing := next((one for one in rules if one.treatment is Treatment.HASH), None)):
            raise ValueError(f"{hashing} needs a key: log.hashKey")
        self._key = hash_key or b""
        by_subject: dict[Subject, dict[str, Treatment]] = {subject: {} for subject in Subject}
        for rule in (*_ALWAYS, *rules):
            by_subject[rule.subject][rule.name] = rule.treatment
        self._headers = by_subject[Subject.HEADER]
        self._claims = {parse_claim_path(name): how for name, how in by_subject[Subject.CLAIM].items()}
        self._params = {ascii_lower(name): how for name, how in by_subject[Subject.QUERY].items()}
        self._paths = [_PathPattern(*_parse_path_pattern(name), how) for name, how in by_subject[Subject.PATH].items()]

    def of_header(self, name: str, secret_headers: Iterable[str]) -> Treatment | None:
        """How a header (in lower case) is hidden; None: it is not. `secret_headers`: those that have tokens."""
        return self._headers.get(name) or (Treatment.MASK if name in secret_headers else None)

    def of_claim(self, path: ClaimPath) -> Treatment | None:
        """How a claim is hidden, by a rule about it or about what it is in."""
        return next((how for size in range(len(path), 0, -1) if (how := self._claims.get(path[:size]))), None)

    def hides_within(self, path: ClaimPath) -> bool:
        """Whether something within a claim is hidden."""
        return any(len(one) > len(path) and one[: len(path)] == path for one in self._claims)

    def treat(self, treatment: Treatment, text: str) -> str:
        """A hidden value, in place of the text; not for DROP."""
        if treatment is Treatment.HASH:
            digest = hmac.digest(self._key, text.encode("utf-8", "surrogateescape"), "sha256")
            return f"hmac:{digest.hex()[:_HASH_DIGITS]}"
        return MASKED

    def header_value(self, text: str, secret_params: Iterable[str]) -> str:
        """A value that is recorded, without the tokens that it may have in it."""
        if text[:7].lower() == "bearer ":
            return f"{text[:7]}{MASKED}"
        before, mark, query = text.partition("?")
        return f"{before}?{self.query(query, secret_params)}" if mark else text

    def query(self, text: str, secret_params: Iterable[str]) -> str:
        """A query without what is hidden. Names are compared decoded, and without case."""
        text, mark, _ = text.partition("#")
        kept = [self._parameter(one, secret_params) for one in text.split("&")]
        return "&".join([one for one in kept if one is not None]) + (f"#{MASKED}" if mark else "")

    def _parameter(self, text: str, secret_params: Iterable[str]) -> str | None:
        written, equals, value = text.partition("=")
        name = ascii_lower(unquote_plus(written))
        treatment = self._params.get(name)
        if treatment is None and any(name == ascii_lower(one) for one in secret_params):
            treatment = Treatment.MASK
        if treatment is None or not equals:
            return text
        return None if treatment is Treatment.DROP else f"{written}{equals}{self.treat(treatment, value)}"

    def path(self, path: str, secret_params: Iterable[str]) -> str | None:
        """A path without what is hidden; None: nothing of it is to be recorded."""
        path = path.partition("#")[0]
        if ";" in path:
            path = self._without_parameters(path, secret_params)
        if not self._paths:
            return path
        for pattern in self._paths:
            found = self._hide(pattern, path)
            if found != path:
                return found
        if looks_normal(path, _STRONGEST):
            return path
        # a pattern must not be slipped past by writing the path in another way
        normal = normalize_path(path, _STRONGEST)
        return path if all(self._hide(pattern, normal) == normal for pattern in self._paths) else MASKED

    def _without_parameters(self, path: str, secret_params: Iterable[str]) -> str:
        """`/a;name=value/b`: as in a query."""

        def one(segment: str) -> str:
            first, *parameters = segment.split(";")
            kept = [self._parameter(parameter, secret_params) for parameter in parameters]
            return ";".join([first, *(parameter for parameter in kept if parameter is not None)])

        return "/".join([one(segment) for segment in path.split("/")])

    def _hide(self, pattern: _PathPattern, path: str) -> str | None:
        wanted = pattern.segments
        parts = path.split("/")
        if len(parts) < len(wanted) or (len(parts) > len(wanted) and not pattern.open_end):
            return path
        if pattern.open_end and len(parts) == len(wanted):
            return path
        if any(literal is not None and literal != part for literal, part in zip(wanted, parts, strict=False)):
            return path
        if pattern.treatment is Treatment.DROP:
            return None
        shown = [
            part if literal is not None else self.treat(pattern.treatment, part)
            for literal, part in zip(wanted, parts, strict=False)
        ]
        if pattern.open_end:
            shown.append(self.treat(pattern.treatment, "/".join(parts[len(wanted) :])))
        return "/".join(shown)
