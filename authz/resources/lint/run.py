"""All checks, and running them."""

from collections.abc import Iterable, Iterator

from authz.model.problem import Code, Problem, Problems, Severity
from authz.model.rule import AttributeKind, Requirement, Rule
from authz.model.settings import DecidingSettings
from authz.resources.authorization_policy import AuthorizationPolicy
from authz.resources.kinds import Resources
from authz.resources.lint import attachment, callers, requests, rules, stars, tokens
from authz.resources.lint.overlap import overlaps
from authz.resources.lint.subject import Found, Subject, TextCheck, ValueCheck, at, requirements
from authz.resources.mesh_config import MeshConfig

TEXT_CHECKS = (*stars.TEXT_CHECKS, *callers.TEXT_CHECKS, *requests.TEXT_CHECKS, *tokens.TEXT_CHECKS)
VALUE_CHECKS = (*callers.VALUE_CHECKS, *requests.VALUE_CHECKS, *tokens.VALUE_CHECKS)
POLICY_CHECKS = (*attachment.POLICY_CHECKS, *rules.POLICY_CHECKS)

_BY_KIND: dict[AttributeKind, tuple[tuple[TextCheck, ...], tuple[ValueCheck, ...]]] = {
    kind: (
        tuple(check for check in TEXT_CHECKS if kind in check.kinds),
        tuple(check for check in VALUE_CHECKS if kind in check.kinds),
    )
    for kind in AttributeKind
}


def lint(resources: Resources, config: MeshConfig, settings: DecidingSettings, problems: Problems) -> None:
    """Add the warnings for a set to `problems`, but for those that a policy's annotation says are meant.

    Silent about files with an error in them: what was meant there is not known yet.
    """
    unclear = {problem.where.file for problem in problems if problem.severity is Severity.ERROR}
    policies = [policy for policy in resources.authorization_policies if policy.where.file not in unclear]
    providers = frozenset(provider.name for provider in config.extension_providers)
    for policy in policies:
        _add(policy, _look_at(Subject(policy, config, settings, providers)), problems)
    for code, policy, found in overlaps(policies, config.root_namespace):
        _add(policy, ((code, found),), problems)


def _add(policy: AuthorizationPolicy, warnings: Iterable[tuple[Code, Found]], problems: Problems) -> None:
    for code, found in warnings:
        problem = Problem(code, found.where, found.field, found.message, Severity.WARNING)
        if policy.ignored is None or not policy.ignored.covers(problem):
            problems.extend((problem,))


def _look_at(subject: Subject) -> Iterator[tuple[Code, Found]]:
    for check in POLICY_CHECKS:
        for found in check.find(subject):
            yield check.code, found
    for rule in subject.policy.rules:
        yield from _look_at_values(rule, subject)


def _look_at_values(rule: Rule, subject: Subject) -> Iterator[tuple[Code, Found]]:
    for requirement in requirements(rule):
        of_text, of_values = _BY_KIND[requirement.attribute.kind]
        for text_check in of_text:
            for index, text in enumerate(requirement.texts):
                message = text_check.find(text)
                if message is not None:
                    yield text_check.code, _at_value(rule, requirement, index, message)
        for check in of_values:
            for position, words in check.find(requirement, subject):
                yield check.code, _at_value(rule, requirement, position, words)


def _at_value(rule: Rule, requirement: Requirement, index: int | None, message: str) -> Found:
    found = at(rule, requirement, message)
    return found if index is None else found._replace(field=f"{found.field}[{index}]")
