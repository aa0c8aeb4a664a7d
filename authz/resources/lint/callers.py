"""Checks of who calls: principals, namespaces, service accounts, addresses."""

import ipaddress
import re
from collections.abc import Iterator

from authz.model.address import parse_address, parse_cidr, render_address
from authz.model.problem import Code
from authz.model.rule import AttributeKind, Requirement
from authz.resources.lint.subject import ADDRESSES, Subject, TextCheck, ValueCheck, a_miss_lets_through

_SCHEME = "spiffe://"
_ANY = {"0.0.0.0/0": ("::/0", "IPv6"), "::/0": ("0.0.0.0/0", "IPv4")}
_MAPPED = re.compile(r"::ffff:[0-9.a-f:]+(/\d+)?", re.IGNORECASE)
_MAPPED_BITS = 96


def scheme_in_principal(text: str) -> str | None:
    """`spiffe://td/ns/a/sa/b`: values are compared with what stands after the scheme."""
    if _SCHEME not in text:
        return None
    return f"peers are compared without {_SCHEME!r}, so {text!r} never matches; write {text.replace(_SCHEME, '')!r}"


def partial_principal(text: str) -> str | None:
    """`my-account`, `ns/a/sa/b`: no peer is called so. Silent for any other SPIFFE id, and with a `*`."""
    if "*" in text or _SCHEME in text:
        return None
    if text.startswith(("ns/", "/ns/", "sa/")):
        return (
            f"a principal begins with its trust domain, so {text!r} is nobody's; write TRUST-DOMAIN/{text.strip('/')}"
        )
    if "/" in text:
        return None
    return (
        f"a principal is TRUST-DOMAIN/ns/NAMESPACE/sa/ACCOUNT, so {text!r} is nobody's; write that, or "
        f"`serviceAccounts: [NAMESPACE/{text}]` for an account"
    )


def slash_in_namespace(text: str) -> str | None:
    """`foo/my-account` as a namespace: that is how a service account is written."""
    if "/" not in text:
        return None
    account = f"; for the account of that name write `serviceAccounts: [{text}]`" if _is_account(text) else ""
    return f"a namespace has no '/', found {text!r}; write the namespace alone{account}"


def _is_account(text: str) -> bool:
    return text.count("/") == 1 and "*" not in text and all(text.split("/"))


def account_of_root(requirement: Requirement, subject: Subject) -> Iterator[tuple[int, str]]:
    """An account without namespace in a policy of the root namespace, which is for the workloads of all namespaces."""
    root = subject.config.root_namespace
    if subject.policy.namespace != root:
        return
    for index, text in enumerate(requirement.texts):
        if "/" not in text:
            message = (
                f"{text!r} is the account of the policy's own namespace, {root}, whichever namespace the called "
                f"workload is in; write NAMESPACE/{text}, and {root}/{text} if that is meant"
            )
            yield index, message


def host_bits(text: str) -> str | None:
    """`10.1.2.3/8`: everything behind the prefix is masked."""
    base, slash, length = text.partition("/")
    if not slash:
        return None
    try:
        block = parse_cidr(text)
    except ValueError:
        return None
    if parse_address(base) == block.first:
        return None
    return f"{text!r} is the whole block {render_address(block.first)}/{length}; write that, or {base} for one address"


def mapped_address(text: str) -> str | None:
    """`::ffff:10.0.0.1`: a peer that comes over IPv4 has an IPv4 address."""
    if not _MAPPED.fullmatch(text):
        return None
    base, slash, length = text.partition("/")
    try:
        mapped = ipaddress.IPv6Address(base).ipv4_mapped
    except ValueError:
        return None
    if mapped is None or (slash and int(length) < _MAPPED_BITS):
        return None
    meant = f"{mapped}/{int(length) - _MAPPED_BITS}" if slash else str(mapped)
    return f"an IPv4 peer is not compared with IPv6 addresses, so {text!r} does not match it; write {meant!r}"


def one_address_family(requirement: Requirement, subject: Subject) -> Iterator[tuple[int, str]]:
    """`0.0.0.0/0` without `::/0`. Silent where what is left out is denied, and not let through."""
    for index, text in enumerate(requirement.texts):
        other, family = _ANY.get(text, ("", ""))
        if other and other not in requirement.texts and a_miss_lets_through(subject, requirement):
            yield index, f"{text!r} holds no {family} address, and those are let through; write {other!r} beside it"


TEXT_CHECKS = (
    TextCheck(
        Code.SCHEME_IN_PRINCIPAL,
        frozenset({AttributeKind.SOURCE_PRINCIPAL, AttributeKind.SOURCE_TRUST_DOMAIN}),
        scheme_in_principal,
    ),
    TextCheck(Code.PARTIAL_PRINCIPAL, frozenset({AttributeKind.SOURCE_PRINCIPAL}), partial_principal),
    TextCheck(Code.SLASH_IN_NAMESPACE, frozenset({AttributeKind.SOURCE_NAMESPACE}), slash_in_namespace),
    TextCheck(Code.HOST_BITS, ADDRESSES, host_bits),
    TextCheck(Code.ONE_ADDRESS_FAMILY, ADDRESSES, mapped_address),
)
VALUE_CHECKS = (
    ValueCheck(Code.ACCOUNT_OF_ROOT, frozenset({AttributeKind.SOURCE_SERVICE_ACCOUNT}), account_of_root),
    ValueCheck(Code.ONE_ADDRESS_FAMILY, ADDRESSES, one_address_family),
)
