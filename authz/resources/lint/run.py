"""All checks, and running them."""

from collections.abc import Iterator

from authz.model.problem import Code, Problem, Problems, Severity
from authz.model.routing.virtual_service import VirtualService
from authz.model.rule import AttributeKind, Requirement, Rule
from authz.model.settings import DecidingSettings
from authz.resources.authorization_policy import AuthorizationPolicy
from authz.resources.collection import Resources
from authz.resources.lint import attachment, callers, requests, rules, stars, tokens
from authz.resources.lint.overlap import overlaps
from authz.resources.lint.peers import look_at_peers
from authz.resources.lint.routes import look_at_routes
from authz.resources.lint.subject import Found, Subject, TextCheck, ValueCheck, at, requirements
from authz.resources.mesh_config import MeshConfig
from authz.resources.peer_authentication import PeerAuthentication

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


class Linter:
    """Lints set after set: a policy that is the same object as before is not looked at again."""

    def __init__(self) -> None:
        self._basis: tuple[MeshConfig, DecidingSettings] | None = None
        self._seen: dict[int, tuple[AuthorizationPolicy, tuple[Problem, ...]]] = {}  # with the policy, so that ids last

    def lint(self, resources: Resources, config: MeshConfig, settings: DecidingSettings, problems: Problems) -> None:
        """Add the warnings for a set to `problems`, but for those that a policy's annotation says are meant.

        Silent about files with an error in them: what was meant there is not known yet.
        """
        if self._basis != (config, settings):
            self._basis, self._seen = (config, settings), {}
        unclear = {problem.where.file for problem in problems if problem.severity is Severity.ERROR}
        policies = [policy for policy in resources.of(AuthorizationPolicy) if policy.where.file not in unclear]
        providers = frozenset(provider.name for provider in config.extension_providers)
        before, self._seen = self._seen, {}
        for policy in policies:
            seen = before.get(id(policy))
            if seen is None:
                warnings = _look_at(Subject(policy, config, settings, providers))
                seen = policy, tuple([one for code, found in warnings if (one := _warning(policy, code, found))])
            self._seen[id(policy)] = seen
            if seen[1]:
                problems.extend(seen[1])
        peers = [policy for policy in resources.of(PeerAuthentication) if policy.where.file not in unclear]
        problems.extend(look_at_peers(peers, config.root_namespace))
        services = [service for service in resources.of(VirtualService) if service.where.file not in unclear]
        problems.extend(look_at_routes(services))
        overlapping = overlaps(policies, config.root_namespace)
        problems.extend([one for code, policy, found in overlapping if (one := _warning(policy, code, found))])


def lint(resources: Resources, config: MeshConfig, settings: DecidingSettings, problems: Problems) -> None:
    """Lint one set, and only one."""
    Linter().lint(resources, config, settings, problems)


def _warning(policy: AuthorizationPolicy, code: Code, found: Found) -> Problem | None:
    problem = Problem(code, found.where, found.field, found.message, Severity.WARNING)
    return None if policy.ignored and policy.ignored.covers(problem) else problem


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
