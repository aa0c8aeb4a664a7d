"""The forms of a value that many fields share (§4)."""

import re


def string_matches(pattern: str, text: str) -> bool:
    """General string form (§4): `*`, `*suffix`, `prefix*`, exact, tested in this order; other stars are literal."""
    if pattern == "*":
        return regex_matches(".+", text)
    if pattern.startswith("*"):
        return text.endswith(pattern[1:])
    if pattern.endswith("*"):
        return text.startswith(pattern[:-1])
    return text == pattern


def present_or_string_matches(pattern: str, text: str) -> bool:
    """The general form where a lone `*` means present: an empty value counts (§4: hosts, methods, request.headers)."""
    return pattern == "*" or string_matches(pattern, text)


def regex_matches(regex: str, text: str) -> bool:
    """Envoy's regular expressions match the whole text (§6)."""
    return re.fullmatch(regex, text) is not None


def ascii_lower(text: str) -> str:
    """Case as HTTP and TLS names know it: only A to Z have one."""
    return "".join(chr(ord(letter) + 32) if "A" <= letter <= "Z" else letter for letter in text)
