"""Checks of a policy as a whole: which workloads it is for, its provider, its annotation."""

from collections.abc import Iterator

from authz.model.problem import Code
from authz.model.rule import Action
from authz.resources.authorization_policy import IGNORE
from authz.resources.lint.subject import Found, PolicyCheck, Subject

_WAYPOINT_CLASS = "istio-waypoint"
_WARNINGS = frozenset(code.value for code in Code if code.is_warning)
_ERRORS = frozenset(code.value for code in Code if not code.is_warning)


def unknown_provider(subject: Subject) -> Iterator[Found]:
    """A CUSTOM policy whose provider is not in the mesh."""
    policy = subject.policy
    if policy.action is Action.CUSTOM and policy.provider and policy.provider not in subject.providers:
        message = f"the mesh has no extension provider {policy.provider!r}; what this policy matches is denied"
        yield Found(policy.where, "spec.provider.name", message)


def unknown_ignore(subject: Subject) -> Iterator[Found]:
    """The annotation that silences warnings names something else."""
    ignored = subject.policy.ignored
    if ignored is None:
        return
    for text in sorted(ignored.codes - _WARNINGS):
        what = "an error, and errors are not ignored" if text in _ERRORS else "no code of a problem"
        message = f"{text!r} is {what}; write codes of warnings, such as 'AZ903, AZ941'"
        yield Found(ignored.where, f"metadata.annotations[{IGNORE}]", message)


def audit_without_rules(subject: Subject) -> Iterator[Found]:
    """AUDIT that notes nothing. Silent for ALLOW without rules: that is how everything is denied."""
    policy = subject.policy
    if policy.action is Action.AUDIT and not policy.rules:
        message = "an AUDIT policy without rules never notes anything; add a rule, `- {}` matches everything"
        yield Found(policy.where, "spec.rules", message)


def empty_selector(subject: Subject) -> Iterator[Found]:
    """`selector: {}`, often what is left of a template. Silent without a selector."""
    policy = subject.policy
    if policy.selector is not None and not policy.selector:
        whose = "the mesh" if policy.namespace == subject.config.root_namespace else f"namespace {policy.namespace!r}"
        message = f"a selector without labels selects every workload of {whose}; remove it if that is meant"
        yield Found(policy.where, "spec.selector", message)


def target_never(subject: Subject) -> Iterator[Found]:
    """A GatewayClass that Istio does not look for. Silent for all whose existence we cannot know."""
    policy, root = subject.policy, subject.config.root_namespace
    for index, ref in enumerate(policy.target_refs):
        if ref.kind == "GatewayClass" and (ref.name != _WAYPOINT_CLASS or policy.namespace != root):
            message = (
                f"a policy for a GatewayClass is for {_WAYPOINT_CLASS!r} alone, and in the root namespace {root!r}; "
                f"this one, for {ref.name!r} in {policy.namespace!r}, never applies"
            )
            yield Found(policy.where, f"spec.targetRefs[{index}]", message)


POLICY_CHECKS = (
    PolicyCheck(Code.UNKNOWN_PROVIDER, unknown_provider),
    PolicyCheck(Code.UNKNOWN_IGNORE, unknown_ignore),
    PolicyCheck(Code.AUDIT_WITHOUT_RULES, audit_without_rules),
    PolicyCheck(Code.EMPTY_SELECTOR, empty_selector),
    PolicyCheck(Code.TARGET_NEVER, target_never),
)
