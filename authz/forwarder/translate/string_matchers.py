"""Texts that a route matches, as Envoy has them.

Source: istio/istio pilot/pkg/networking/util/util.go, ConvertToEnvoyMatch.
"""

from typing import assert_never

from authz.model.routing.matching import Exact, Prefix, Regex
from authz.pb.matcher import RegexMatcher, StringMatcher


def string_matcher(match: Exact | Prefix | Regex) -> StringMatcher:
    """A text is compared as it is, upper and lower case apart; an expression matches the whole of it."""
    match match:
        case Exact(text):
            return StringMatcher(exact=text)
        case Prefix(text):
            return StringMatcher(prefix=text)
        case Regex(text):
            return StringMatcher(safe_regex=RegexMatcher(regex=text))
        case _:
            assert_never(match)
