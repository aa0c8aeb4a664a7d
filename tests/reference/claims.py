"""What the token says (§7), and what other filters say (experimental keys)."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from tests.reference.match import string_matches
from tests.reference.model import BareRequestPrincipals

SPACE_DELIMITED = ("scope", "permission")


def claim_matches(value: str, claims: Mapping[str, Any] | None, names: Sequence[str]) -> bool:
    """§7: a string matches, or any string of a list does; numbers, booleans, null and objects never."""
    return any(string_matches(value, text) for text in claim_texts(claims, names))


def claim_texts(claims: Mapping[str, Any] | None, names: Sequence[str]) -> list[str]:
    """The strings found at a path of names in the payload, which may be absent."""
    found: Any = claims
    for name in names:
        found = found.get(name) if isinstance(found, Mapping) else None
    if isinstance(found, str) and len(names) == 1 and names[0] in SPACE_DELIMITED:
        return found.split(" ")  # recorded: blanks only, not tabs or commas
    if isinstance(found, list):
        return [text for text in found if isinstance(text, str)]
    return [found] if isinstance(found, str) else []


def claim_names(brackets: str) -> list[str]:
    """§7: `[a][b]` is a path of two names; brackets that do not nest cleanly make the whole inner text one name."""
    if re.fullmatch(r"(\[[^\[\]]*\])+", brackets):
        return re.findall(r"\[([^\[\]]*)\]", brackets)
    return [brackets[1:-1]]


def request_principal_matches(value: str, claims: Mapping[str, Any] | None, bare: BareRequestPrincipals) -> bool:
    """§7, requestPrincipals: issuer and subject are tested apart; both must be there, as strings."""
    issuer, subject = (claims or {}).get("iss"), (claims or {}).get("sub")
    if not isinstance(issuer, str) or not isinstance(subject, str):
        return False
    issuer_test, subject_test = request_principal_tests(value, bare)
    return form_matches(issuer_test, issuer) and form_matches(subject_test, subject)


def request_principal_tests(value: str, bare: BareRequestPrincipals) -> tuple[tuple[str, str], tuple[str, str]]:
    """§7, the table: a (form, text) for the issuer and one for the subject, split at the last slash."""
    head, slash, tail = value.rpartition("/")
    anything = ("any", "")
    if value == "*":
        return anything, anything
    if value.startswith("*"):
        if not slash:
            return anything, ("suffix", value[1:])
        return (anything if head == "*" else ("suffix", head[1:])), ("exact", tail)
    if value.endswith("*"):
        if not slash:
            return ("prefix", value[:-1]), anything
        return ("exact", head), (anything if tail == "*" else ("prefix", tail[:-1]))
    if slash:
        return ("exact", head), ("exact", tail)
    if bare == "subject":  # contract, deviations: `bareRequestPrincipals: subject`
        return anything, ("exact", value)
    return ("exact", value), ("exact", "")


def form_matches(form: tuple[str, str], text: str) -> bool:
    """The forms of the table of §7; "any" is non-empty."""
    match form:
        case ("any", _):
            return string_matches("*", text)
        case ("suffix", end):
            return text.endswith(end)
        case ("prefix", start):
            return text.startswith(start)
    return text == form[1]


def metadata_matches(value: str, metadata: Mapping[str, Mapping[str, Any]], key: str) -> bool:
    """§7, experimental keys, given without `experimental.`: a namespace, then a single name in brackets.

    `[v]` looks for a string in a list; any other value looks at a string only.
    """
    namespace, _, rest = key.partition("[")
    found = metadata.get(namespace, {}).get(rest[: rest.rindex("]")])
    if value.startswith("[") and value.endswith("]"):
        texts = found if isinstance(found, list) else []
        return any(string_matches(value[1:-1], text) for text in texts if isinstance(text, str))
    return isinstance(found, str) and string_matches(value, found)
