"""What lint says of policies written in a test."""

from __future__ import annotations

from typing import TYPE_CHECKING

from authz.model.problem import Problem, Problems, Severity
from authz.model.settings import DecidingSettings
from authz.resources.lint import lint
from authz.resources.mesh_config import MeshConfig
from tests.support.reading import resources, with_spec

if TYPE_CHECKING:
    from authz.model.settings import BareRequestPrincipals

SELECTED = "selector: {matchLabels: {app: a}}, "


def warnings_of(
    *contents: str, config: MeshConfig | None = None, bare: BareRequestPrincipals | None = None
) -> list[Problem]:
    """All warnings, those of reading too, of files that have no errors."""
    found, read = resources(*contents)
    problems = Problems()
    problems.extend(read)
    lint(found, config or MeshConfig(), DecidingSettings(bare) if bare else DecidingSettings(), problems)
    assert [problem for problem in problems if problem.severity is Severity.ERROR] == []
    return list(problems)


def warnings(spec: str, config: MeshConfig | None = None) -> list[Problem]:
    return warnings_of(with_spec(spec), config=config)


def of_rule(action: str, rule: str, config: MeshConfig | None = None) -> list[Problem]:
    """Of one rule, in a policy with a selector."""
    return warnings(f"{{action: {action}, {SELECTED}rules: [{rule}]}}", config)


def of_source(source: str, action: str = "DENY") -> list[Problem]:
    return of_rule(action, f"{{from: [{{source: {source}}}]}}")


def of_operation(operation: str, action: str = "ALLOW", config: MeshConfig | None = None) -> list[Problem]:
    return of_rule(action, f"{{to: [{{operation: {operation}}}]}}", config)


def of_condition(condition: str, action: str = "DENY") -> list[Problem]:
    return of_rule(action, f"{{when: [{condition}]}}")


def codes(problems: list[Problem]) -> list[str]:
    return [problem.code.value for problem in problems]
