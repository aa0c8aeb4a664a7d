"""The forms of its path in which a request is decided: as it came, and as a proxy of the mesh would have sent it.

A plain Envoy does not normalize unless told to, and `/public/../admin` must not slip past a rule: where the two differ,
both must be allowed.
"""

from collections.abc import Callable
from dataclasses import replace

from authz.decision.facts import RequestFacts
from authz.model.decision import Allowed, Decision, Denied, Reason
from authz.model.facts import RawRequest
from authz.model.path import PathNormalization, looks_normal, normalize_path

Forms = tuple[RequestFacts, ...]
"""One, or two: as it came, then the normal form."""


def path_forms(facts: RequestFacts, raw: RawRequest, mode: PathNormalization) -> Forms | Denied:
    """The forms of an HTTP request; a denial where its target is none that a proxy should pass on."""
    malformed = malformed_target(raw.target, raw.method)
    if malformed:
        return Denied(Reason.MALFORMED_PATH, detail=malformed)
    path = facts.path
    if looks_normal(path, mode):
        return (facts,)
    normal = normalize_path(path, mode)
    if "%00" in normal and mode is not PathNormalization.NONE:  # Envoy answers 400 where it normalizes
        return Denied(Reason.MALFORMED_PATH, detail="the path has an escaped NUL")
    return (facts,) if normal == path else (facts, facts.with_path(normal))


def decide_forms(forms: Forms, decide: Callable[[RequestFacts], Decision]) -> Decision:
    """The decision of the request as it came, unless only the normal form is denied."""
    decision = decide(forms[0])
    if len(forms) == 1:
        return decision
    if isinstance(decision, Allowed):
        other = decide(forms[1])
        decision = other if isinstance(other, Denied) else decision
    return replace(decision, path_not_normalized=True)


def malformed_target(target: str, method: str) -> str:
    """What is wrong with a request target; empty text: nothing. `OPTIONS *` and CONNECT have no path."""
    if "\0" in target:
        return "the path has a NUL"
    if "#" in target:
        return "the path has a fragment"
    if target[:1] == "/" or method == "CONNECT" or (method == "OPTIONS" and target == "*"):
        return ""
    return f"the path does not begin with '/': {target[:80]!r}"
