"""Checks of what a token says: request principals and claims."""

import re
from collections.abc import Iterator

from authz.model.problem import Code
from authz.model.rule import AttributeKind, Requirement
from authz.model.settings import BareRequestPrincipals
from authz.resources.lint.subject import Subject, TextCheck, ValueCheck

_ISSUER_ALONE = re.compile(r"(https?://[^/*]*)\*?")
_DOMAIN_ENDS = frozenset({"app", "co", "com", "de", "dev", "edu", "eu", "gov", "io", "net", "org", "uk"})
_SPLIT_AT_BLANKS = frozenset({("scope",), ("permission",)})  # as Istio configures its proxies
_TYPES = {
    **dict.fromkeys(("auth_time", "exp", "iat", "nbf", "updated_at"), "a number"),
    **dict.fromkeys(("email_verified", "phone_number_verified"), "true or false"),
    **dict.fromkeys(("act", "address", "cnf"), "an object"),
}


def bare_request_principal(requirement: Requirement, subject: Subject) -> Iterator[tuple[int, str]]:
    """`me@example.com` without issuer. Silent where the setting reads it as a subject."""
    if subject.settings.bare_request_principals is not BareRequestPrincipals.ISTIO:
        return
    for index, text in enumerate(requirement.texts):
        if "/" in text or "*" in text:
            continue
        message = (
            f"{text!r} is an issuer with an empty subject, which no token has; write ISSUER/{text} for a subject of "
            f"one issuer or */{text} for a subject of any, or set `bareRequestPrincipals: subject`"
        )
        yield index, message


def issuer_without_subject(text: str) -> str | None:
    """`https://issuer`, `https://issuer*`. Silent where the issuer has a path: then it might be one with a subject."""
    found = _ISSUER_ALONE.fullmatch(text)
    if not found:
        return None
    scheme = text.partition("//")[0]
    meant = f"{found[1]}/*" if not found[1].endswith("//") else "*"
    return (
        f"the last '/' parts issuer and subject, so {text!r} wants the issuer '{scheme}/', which no token has; write "
        f"{meant!r} for any subject"
    )


def claim_path(requirement: Requirement, _: Subject) -> Iterator[tuple[None, str]]:
    """`claims[realm_access.roles]`: a dot does not descend. Silent for URLs and names with a domain's end in them."""
    name = requirement.attribute.name
    if len(name) != 1:
        return
    parts = name[0].split(".")
    if "[" in name[0] or "]" in name[0]:
        message = f"these brackets do not nest, so this is one claim named {name[0]!r}; write claims[a][b] to descend"
        yield None, message
    elif len(parts) > 1 and all(parts) and not set("/:") & set(name[0]) and not _DOMAIN_ENDS & {parts[0], parts[-1]}:
        descent = "".join(f"[{part}]" for part in parts)
        yield None, f"a dot does not descend, this is one claim named {name[0]!r}; write request.auth.claims{descent}"


def split_claim(requirement: Requirement, _: Subject) -> Iterator[tuple[int, str]]:
    """`scope: "read write"`: a scope is split at blanks, and each part compared by itself."""
    if requirement.attribute.name not in _SPLIT_AT_BLANKS:
        return
    name = requirement.attribute.name[0]
    for index, text in enumerate(requirement.texts):
        if " " in text.strip():
            message = (
                f"`{name}` is split at blanks and its parts are compared one by one, so {text!r} does not match; write "
                "one part a value, or a condition for each if all must be there"
            )
            yield index, message


def claim_not_text(requirement: Requirement, _: Subject) -> Iterator[tuple[None, str]]:
    """`email_verified: "true"`: only text is compared. Silent for claims whose type no standard sets."""
    name = requirement.attribute.name
    kind = _TYPES.get(name[0]) if len(name) == 1 else None
    if kind:
        message = (
            f"by its standard the claim `{name[0]}` is {kind}, and only text is compared; have the issuer add a claim "
            "that is text, and use that"
        )
        yield None, message


_CLAIM = frozenset({AttributeKind.CLAIM})
_REQUEST_PRINCIPAL = frozenset({AttributeKind.REQUEST_PRINCIPAL})
TEXT_CHECKS = (TextCheck(Code.ISSUER_WITHOUT_SUBJECT, _REQUEST_PRINCIPAL, issuer_without_subject),)
VALUE_CHECKS = (
    ValueCheck(Code.BARE_REQUEST_PRINCIPAL, _REQUEST_PRINCIPAL, bare_request_principal),
    ValueCheck(Code.CLAIM_PATH, _CLAIM, claim_path),
    ValueCheck(Code.SPLIT_CLAIM, _CLAIM, split_claim),
    ValueCheck(Code.CLAIM_NOT_TEXT, _CLAIM, claim_not_text),
)
