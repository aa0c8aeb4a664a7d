"""What is legal but surely not meant: warnings, each with the way to write it."""

from collections.abc import Iterator

from authz.model.problem import Code, Problems
from authz.model.rule import Action, AttributeKind, Requirement
from authz.model.settings import BareRequestPrincipals, DecidingSettings
from authz.resources.authorization_policy import AuthorizationPolicy
from authz.resources.kinds import Resources
from authz.resources.mesh_config import MeshConfig


def lint(resources: Resources, config: MeshConfig, settings: DecidingSettings, problems: Problems) -> None:
    """Add the warnings for a set to `problems`."""
    providers = {provider.name for provider in config.extension_providers}
    for policy in resources.authorization_policies:
        if policy.action is Action.CUSTOM and policy.provider and policy.provider not in providers:
            message = f"the mesh has no extension provider {policy.provider!r}; what this policy matches is denied"
            problems.warn(Code.UNKNOWN_PROVIDER, policy.where, "spec.provider.name", message)
        if settings.bare_request_principals is BareRequestPrincipals.ISTIO:
            for path, requirement in _requirements(policy):
                _bare_request_principals(path, requirement, problems)


def _requirements(policy: AuthorizationPolicy) -> Iterator[tuple[str, Requirement]]:
    for rule in policy.rules:
        for conjunction in (*rule.sources, *rule.operations, rule.conditions):
            for requirement in conjunction:
                yield f"spec.rules[{rule.index}].{requirement.field}", requirement


def _bare_request_principals(path: str, requirement: Requirement, problems: Problems) -> None:
    if requirement.attribute.kind is not AttributeKind.REQUEST_PRINCIPAL:
        return
    for position, text in enumerate(requirement.texts):
        if "/" in text or "*" in text:
            continue
        message = (
            f"{text!r} is an issuer with an empty subject, which no token has; write ISSUER/{text} for a subject of "
            f"one issuer or */{text} for a subject of any, or set `bareRequestPrincipals: subject`"
        )
        problems.warn(Code.BARE_REQUEST_PRINCIPAL, requirement.where, f"{path}[{position}]", message)
