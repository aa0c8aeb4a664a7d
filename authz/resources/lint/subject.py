"""What checks look at, and what they give back."""

from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple

from authz.model.problem import Code
from authz.model.rule import Action, AttributeKind, Requirement, Rule
from authz.model.settings import DecidingSettings
from authz.model.where import Where
from authz.resources.authorization_policy import AuthorizationPolicy
from authz.resources.mesh_config import MeshConfig


class Subject(NamedTuple):
    """One policy, in its mesh."""

    policy: AuthorizationPolicy
    config: MeshConfig
    settings: DecidingSettings
    providers: frozenset[str]


class Found(NamedTuple):
    """Something in a policy: where, the path of its field, and what to tell the author."""

    where: Where
    field: str
    message: str


class TextCheck(NamedTuple):
    """Looks at each value of some attributes by itself; gives the message, or None."""

    code: Code
    kinds: frozenset[AttributeKind]
    find: Callable[[str], str | None]


class ValueCheck(NamedTuple):
    """Looks at a list of values; gives messages, each with the index of its value, or None for the whole list."""

    code: Code
    kinds: frozenset[AttributeKind]
    find: Callable[[Requirement, Subject], Iterable[tuple[int | None, str]]]


class PolicyCheck(NamedTuple):
    """Looks at a policy."""

    code: Code
    find: Callable[[Subject], Iterable[Found]]


PEER = frozenset(
    {
        AttributeKind.SOURCE_PRINCIPAL,
        AttributeKind.SOURCE_NAMESPACE,
        AttributeKind.SOURCE_SERVICE_ACCOUNT,
        AttributeKind.SOURCE_TRUST_DOMAIN,
    }
)
"""What a caller without a certificate has not."""

TOKEN = frozenset({AttributeKind.REQUEST_PRINCIPAL, AttributeKind.CLAIM})
"""What a caller without a token has not."""

ADDRESSES = frozenset({AttributeKind.SOURCE_IP, AttributeKind.REMOTE_IP, AttributeKind.DESTINATION_IP})


def requirements(rule: Rule) -> Iterator[Requirement]:
    """All lists of values in a rule."""
    for source in rule.sources:
        yield from source
    for operation in rule.operations:
        yield from operation
    yield from rule.conditions


def rule_path(rule: Rule) -> str:
    """The path of a rule in its policy."""
    return f"spec.rules[{rule.index}]"


def at(rule: Rule, requirement: Requirement, message: str) -> Found:
    """Something about a list of values."""
    return Found(requirement.where, f"{rule_path(rule)}.{requirement.field}", message)


def a_miss_lets_through(subject: Subject, requirement: Requirement) -> bool:
    """Whether a request passes because this list does not have its value: then a value that is forgotten is a hole."""
    action = subject.policy.action
    return requirement.negated if action is Action.ALLOW else action in _RESTRICTING and not requirement.negated


_RESTRICTING = frozenset({Action.DENY, Action.CUSTOM})
