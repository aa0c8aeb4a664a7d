"""Checks of rules: who is let in, what becomes of them on TCP, and alternatives that were to be one."""

import re
from collections.abc import Iterator

from authz.model.problem import Code
from authz.model.rule import HTTP_ONLY, Action, AttributeKind, Conjunction, Port, Requirement, Rule
from authz.resources.lint.subject import PEER, TOKEN, Found, PolicyCheck, Subject, at, requirements, rule_path

_IDENTITY = PEER | TOKEN
_TCP_PORTS = {
    22: "SSH",
    25: "SMTP",
    389: "LDAP",
    636: "LDAP",
    1433: "SQL Server",
    1521: "Oracle",
    2181: "ZooKeeper",
    3306: "MySQL",
    5432: "PostgreSQL",
    5672: "AMQP",
    6379: "Redis",
    9042: "Cassandra",
    9092: "Kafka",
    11211: "memcached",
    27017: "MongoDB",
}
_OPEN_TO_ALL = re.compile(
    r"assets|docs|favicon|health|info|live|login|metrics|oauth|openid|ping|public|ready|robots|static|status|version"
    r"|well-known",
    re.IGNORECASE,
)


def anyone_but(subject: Subject) -> Iterator[Found]:
    """Negative identity in ALLOW lets in whoever has no identity at all. Silent beside a positive one."""
    if subject.policy.action is not Action.ALLOW:
        return
    for rule in subject.policy.rules:
        if _identifies(rule.conditions):
            continue
        strangers = [source for source in rule.sources if not _identifies(source)]
        open_conditions = rule.conditions if strangers or not rule.sources else ()
        for conjunction in (*strangers, open_conditions):
            for requirement in conjunction:
                if requirement.negated and requirement.attribute.kind in _IDENTITY:
                    yield at(rule, requirement, _anyone_but(requirement))


def _identifies(conjunction: Conjunction) -> bool:
    return any(not one.negated and one.attribute.kind in _IDENTITY for one in conjunction)


def _anyone_but(requirement: Requirement) -> str:
    what, field = ("a token", "requestPrincipals")
    if requirement.attribute.kind in PEER:
        what, field = ("a certificate", "principals")
    return (
        f'this holds for callers without {what} too, and lets them in; write `{field}: ["*"]` in the source beside '
        "it, or say who is denied in a DENY policy"
    )


def not_paths_for_all(subject: Subject) -> Iterator[Found]:
    """ALLOW with `notPaths` for anyone. Silent with a source, a condition, or `paths` beside it."""
    if subject.policy.action is not Action.ALLOW:
        return
    for rule in subject.policy.rules:
        if rule.sources or rule.conditions:
            continue
        for operation in rule.operations:
            paths = [one for one in operation if one.attribute.kind is AttributeKind.PATH]
            if len(paths) == 1 and paths[0].negated:
                message = (
                    "this opens every other path to anyone, other spellings and paths to come among them; list "
                    "`paths`, or say who it is for"
                )
                yield at(rule, paths[0], message)


def http_on_tcp_port(subject: Subject) -> Iterator[Found]:
    """HTTP fields beside the port of a database or the like. Silent for ports that could be anything."""
    effect = (
        "the whole rule is left out there"
        if subject.policy.action is Action.ALLOW
        else "such fields are left out there, and the rest of the rule decides"
    )
    for rule in subject.policy.rules:
        for requirement, port in _tcp_ports(rule):
            http = next((one for one in requirements(rule) if one.attribute.kind in HTTP_ONLY), None)
            if http is not None:
                message = (
                    f"port {port} ({_TCP_PORTS[port]}) is plain TCP, which has nothing for `{http.field}`: {effect}; "
                    "give the port a rule of its own"
                )
                yield at(rule, requirement, message)


def _tcp_ports(rule: Rule) -> Iterator[tuple[Requirement, int]]:
    for requirement in requirements(rule):
        if requirement.attribute.kind is AttributeKind.DESTINATION_PORT and not requirement.negated:
            for value in requirement.values:
                if isinstance(value, Port) and value.number in _TCP_PORTS:
                    yield requirement, value.number


def denies_tcp(subject: Subject) -> Iterator[Found]:
    """A DENY of HTTP fields alone. Silent with a selector or targets: those workloads may well speak HTTP only."""
    policy = subject.policy
    if policy.action is not Action.DENY or policy.selector or policy.target_refs:
        return
    whose = "mesh" if policy.namespace == subject.config.root_namespace else "namespace"
    for rule in policy.rules:
        found = list(requirements(rule))
        if found and all(one.attribute.kind in HTTP_ONLY for one in found):
            message = (
                f"plain TCP has none of these fields, so this rule denies every TCP connection in the {whose}; add "
                "the `ports` that speak HTTP, or a selector"
            )
            yield Found(rule.where, rule_path(rule), message)
            return


def stray_dash(subject: Subject) -> Iterator[Found]:
    """`- from: ...` and then `- to: ...`: two rules, of which one is enough, where one of both was meant.

    Only for ALLOW, and where all rules are such parts. Silent where `to` is what people open to all: health, public,
    OPTIONS.
    """
    rules = subject.policy.rules
    if subject.policy.action is not Action.ALLOW or len(rules) < 2:  # noqa: PLR2004 - a pair
        return
    parts = [_only_part(rule) for rule in rules]
    if None in parts or len(set(parts)) < len(parts) or any(_is_for_all(rule.operations) for rule in rules):
        return
    for before, rule, part in zip(rules, rules[1:], parts[1:], strict=False):
        message = (
            f"this rule allows by itself, whatever `{_only_part(before)}` of the rule before it says; if both must "
            f"hold, remove the dash before `{part}`"
        )
        yield Found(rule.where, rule_path(rule), message)


def _only_part(rule: Rule) -> str | None:
    parts = {"from": rule.sources, "to": rule.operations, "when": rule.conditions}
    present = [name for name, part in parts.items() if part]
    return present[0] if len(present) == 1 else None


def _is_for_all(operations: tuple[Conjunction, ...]) -> bool:
    for requirement in (one for operation in operations for one in operation):
        kind, texts = requirement.attribute.kind, requirement.texts
        if kind is AttributeKind.PATH and all(map(_OPEN_TO_ALL.search, texts)):
            return True
        if kind is AttributeKind.METHOD and texts == ("OPTIONS",):
            return True
    return False


def stray_dash_in_to(subject: Subject) -> Iterator[Found]:
    """An operation of methods and then one of paths: `GET` anywhere is allowed. As `stray_dash`."""
    if subject.policy.action is not Action.ALLOW:
        return
    for rule in subject.policy.rules:
        if len(rule.operations) != 2 or _is_for_all(rule.operations):  # noqa: PLR2004 - a pair
            continue
        if any(len(operation) != 1 or operation[0].negated for operation in rule.operations):
            continue
        kinds = [operation[0].attribute.kind for operation in rule.operations]
        if AttributeKind.METHOD in kinds and {AttributeKind.PATH, AttributeKind.HOST} & set(kinds):
            message = "either of these operations is enough; if both must hold, remove the dash before this one"
            yield Found(rule.operations[1][0].where, f"{rule_path(rule)}.to[1]", message)


def or_of_not(subject: Subject) -> Iterator[Found]:
    """`notNamespaces: [a]` or `notNamespaces: [b]`: one of them always holds. Silent for other mixtures."""
    for rule in subject.policy.rules:
        for alternatives in (rule.sources, rule.operations):
            alone = [one[0] for one in alternatives if len(one) == 1 and one[0].negated]
            for index, second in enumerate(alone):
                for first in alone[:index]:
                    if first.attribute == second.attribute and not set(first.texts) & set(second.texts):
                        message = (
                            f"this or `{first.field}` always holds, so together they exclude nothing; write all values "
                            "in one list"
                        )
                        yield at(rule, second, message)
                        break


def contradiction(subject: Subject) -> Iterator[Found]:
    """A list and its opposite that has all of it. Silent for what only overlaps: that is how exceptions are made."""
    for rule in subject.policy.rules:
        for conjunction in (*rule.sources, *rule.operations, rule.conditions):
            for excluded in conjunction:
                if not excluded.negated:
                    continue
                for wanted in conjunction:
                    same = wanted.attribute == excluded.attribute and not wanted.negated
                    if same and set(wanted.texts) <= set(excluded.texts):
                        message = f"this excludes all that `{wanted.field}` wants, so nothing is both; remove one"
                        yield at(rule, excluded, message)


POLICY_CHECKS = (
    PolicyCheck(Code.ANYONE_BUT, anyone_but),
    PolicyCheck(Code.NOT_PATHS_FOR_ALL, not_paths_for_all),
    PolicyCheck(Code.HTTP_ON_TCP_PORT, http_on_tcp_port),
    PolicyCheck(Code.DENIES_TCP, denies_tcp),
    PolicyCheck(Code.STRAY_DASH, stray_dash),
    PolicyCheck(Code.STRAY_DASH, stray_dash_in_to),
    PolicyCheck(Code.OR_OF_NOT, or_of_not),
    PolicyCheck(Code.CONTRADICTION, contradiction),
)
