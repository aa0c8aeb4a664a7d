"""Which texts are names of domains, as Istio checks them.

Source: istio/istio pkg/config/validation/agent/validation.go (ValidateFQDN, ValidateWildcardDomain) and
pkg/config/labels/instance.go. Letters of either case; a name may end with a dot.
"""

import re

from authz.model.address import parse_address

_MAX_DOMAIN = 255
_MAX_LABEL = 63
_LABEL_FORM = "[a-zA-Z0-9](?:[-a-zA-Z0-9]*[a-zA-Z0-9])?"
_LABEL = re.compile(_LABEL_FORM)
_FIRST_LABEL = re.compile(rf"\*|(?:\*-?)?{_LABEL_FORM}")
_DIGITS = re.compile("[0-9]+")


def is_label(text: str) -> bool:
    """Whether it can stand between two dots: also what names of ports, subsets and namespaces are."""
    return len(text) <= _MAX_LABEL and _LABEL.fullmatch(text) is not None


def check_domain(text: str) -> None:
    """Raises ValueError, with the reason, for what is no domain; an address is none."""
    _check_length(text)
    _check_labels(text, text)


def check_wildcard_domain(text: str) -> None:
    """As `check_domain`, but the first label may be `*`, or begin with one. Names without a dot may be numbers."""
    _check_length(text)
    first, dot, rest = text.partition(".")
    if len(first) > _MAX_LABEL or not _FIRST_LABEL.fullmatch(first):
        raise ValueError(f"expected a host such as a.example.com or *.example.com, found {text!r}")
    if dot:
        _check_labels(rest, text)


def is_partial_wildcard(text: str) -> bool:
    """Whether its star is a part of a label, as in `*foo.com`."""
    return "*" in text and text != "*" and not text.startswith("*.")


def is_address_or_domain(text: str) -> bool:
    """Whether it says where to connect to: an IP address or a domain."""
    if parse_address(text) is not None:
        return True
    try:
        check_domain(text)
    except ValueError:
        return False
    return True


def _check_length(text: str) -> None:
    if not text:
        raise ValueError("a host must not be empty")
    if len(text) > _MAX_DOMAIN:
        raise ValueError(f"a host has at most {_MAX_DOMAIN} characters, found {len(text)}")


def _check_labels(labels: str, text: str) -> None:
    parts = labels.split(".")
    if _DIGITS.fullmatch(parts[-1]):
        raise ValueError(f"the last part of a host is not a number, found {text!r}")
    if not parts[-1]:
        parts.pop()
    for part in parts:
        if not is_label(part):
            raise ValueError(f"expected a host of letters, digits, '-' and '.', found {text!r}")
