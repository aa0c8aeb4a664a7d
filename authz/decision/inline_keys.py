"""The key sets that stand in policies: read once when a set is loaded, and never by a request."""

from collections.abc import Iterable, Mapping

from authz.identity.jwks import EmptyJwksError, JwksError, KeySet, parse_key_set
from authz.model.problem import Code, Problems, Severity
from authz.resources.request_authentication import RequestAuthentication


class InlineKeys:
    """Reads the key sets of set after set. Texts that stayed the same are not read again."""

    def __init__(self) -> None:
        self._known: dict[str, KeySet | str] = {}

    def read(self, policies: Iterable[RequestAuthentication], problems: Problems) -> Mapping[str, KeySet]:
        """The key sets of policies, by their text. One of which no key can be used is a problem.

        Not so one without any key, which as in Istio is legal and has every token refused. Silent about files with an
        error in them.
        """
        unclear = {problem.where.file for problem in problems if problem.severity is Severity.ERROR}
        before, self._known = self._known, {}
        for policy in policies:
            if policy.where.file in unclear:
                continue
            for rule in policy.jwt_rules:
                found = self._known[rule.jwks] = before.get(rule.jwks) or _read(rule.jwks)
                if isinstance(found, str) and found:
                    problems.add(Code.BAD_JWKS, rule.where, "jwks", f"no key of it can be used: {found}")
        return {text: found for text, found in self._known.items() if isinstance(found, KeySet)}


def _read(text: str) -> KeySet | str:
    """Keys, or why there are none; empty: there need not be any."""
    try:
        return parse_key_set(text) if text else ""
    except EmptyJwksError:
        return ""
    except JwksError as error:
        return str(error)
