"""AuthorizationPolicy: documents -> typed policies, or problems.

Source of every rule here: istio/api security/v1beta1/authorization_policy.proto and its CRD; istio/istio
pkg/config/validation/validation.go and pkg/config/security/security.go.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

from authz.model.problem import Code, Problem, Problems, Severity
from authz.model.rule import Action, Attribute, AttributeKind, Conjunction, Requirement, Rule, Value
from authz.model.where import Where
from authz.resources import values
from authz.resources.fields import Fields, join
from authz.resources.metadata import Metadata
from authz.resources.nodes import Mapping, Node, Scalar, Sequence
from authz.resources.selector import TargetRef, read_attachment

KIND = "AuthorizationPolicy"
DRY_RUN = "istio.io/dry-run"
IGNORE = "authz/ignore"

_MAX_RULES = _MAX_SOURCES = 512
_MAX_SERVICE_ACCOUNTS = 16


@dataclass(frozen=True, slots=True)
class Ignored:
    """Codes of warnings that the annotation `authz/ignore` says are meant."""

    codes: frozenset[str]
    where: Where

    def covers(self, problem: Problem) -> bool:
        """Whether it is a warning that is not to be heard."""
        return problem.severity is Severity.WARNING and problem.code.value in self.codes


@dataclass(frozen=True, slots=True)
class AuthorizationPolicy:
    """One policy. No `rules`: it matches nothing, which for ALLOW still denies what no other rule allows.

    `selector` None and no `target_refs`: every workload of its namespace. `dry_run`: evaluated, never enforced.
    """

    namespace: str
    name: str
    action: Action
    provider: str
    selector: frozenset[tuple[str, str]] | None
    target_refs: tuple[TargetRef, ...]
    dry_run: bool
    rules: tuple[Rule, ...]
    where: Where
    ignored: Ignored | None = None

    @property
    def key(self) -> tuple[str, str]:
        """Namespace and name: what it is known by."""
        return self.namespace, self.name


@dataclass(frozen=True, slots=True)
class _Field:
    attribute: Attribute
    read: Callable[[str], Value]
    negated: bool


def _pair(name: str, attribute: AttributeKind, read: Callable[[str], Value]) -> dict[str, _Field]:
    negative = f"not{name[0].upper()}{name[1:]}"
    return {
        name: _Field(Attribute(attribute), read, negated=False),
        negative: _Field(Attribute(attribute), read, negated=True),
    }


_SOURCE_FIELDS = {
    **_pair("principals", AttributeKind.SOURCE_PRINCIPAL, values.read_principal),
    **_pair("requestPrincipals", AttributeKind.REQUEST_PRINCIPAL, values.read_request_principal),
    **_pair("namespaces", AttributeKind.SOURCE_NAMESPACE, values.read_namespace),
    **_pair("serviceAccounts", AttributeKind.SOURCE_SERVICE_ACCOUNT, values.read_service_account),
    **_pair("trustDomains", AttributeKind.SOURCE_TRUST_DOMAIN, values.read_trust_domain),
    **_pair("ipBlocks", AttributeKind.SOURCE_IP, values.read_cidr),
    **_pair("remoteIpBlocks", AttributeKind.REMOTE_IP, values.read_cidr),
}
_OPERATION_FIELDS = {
    **_pair("hosts", AttributeKind.HOST, values.read_host),
    **_pair("ports", AttributeKind.DESTINATION_PORT, values.read_port),
    **_pair("methods", AttributeKind.METHOD, values.read_method),
    **_pair("paths", AttributeKind.PATH, values.read_path),
}
_SPEC_FIELDS = frozenset({"selector", "targetRef", "targetRefs", "action", "provider", "rules"})
_RULE_FIELDS = frozenset({"from", "to", "when"})

# A CUSTOM policy is asked before the token is verified, and by a server that may not see the peer.
_NOT_WITH_CUSTOM = frozenset(
    {
        AttributeKind.SOURCE_PRINCIPAL,
        AttributeKind.SOURCE_NAMESPACE,
        AttributeKind.SOURCE_SERVICE_ACCOUNT,
        AttributeKind.SOURCE_TRUST_DOMAIN,
        AttributeKind.REQUEST_PRINCIPAL,
        AttributeKind.CLAIM,
    }
)


def read_authorization_policy(fields: Fields, metadata: Metadata, spec: Node | None) -> AuthorizationPolicy:
    """The policy that a document describes. What is wrong goes to `fields.problems`; then the result is not used."""
    ignored = _ignored(fields, metadata)
    if ignored is None:
        return _policy(fields, metadata, spec)
    heard = Problems()
    policy = _policy(replace(fields, problems=heard), metadata, spec)
    fields.problems.extend(problem for problem in heard if not ignored.covers(problem))
    return replace(policy, ignored=ignored)


def _ignored(fields: Fields, metadata: Metadata) -> Ignored | None:
    annotation = metadata.annotations.get(IGNORE)
    if annotation is None:
        return None
    return Ignored(frozenset(annotation.text.replace(",", " ").split()), fields.where(annotation))


def _policy(fields: Fields, metadata: Metadata, spec: Node | None) -> AuthorizationPolicy:
    root = fields.mapping(spec, "spec", _SPEC_FIELDS) or Mapping({}, metadata.where.line, metadata.where.column)
    action = Action(fields.one_of(root.get("action"), "spec.action", [a.value for a in Action]) or "ALLOW")
    selector, target_refs = read_attachment(fields, root)
    rules = _rules(fields, root, action)
    _require_rules(fields, root, action)
    return AuthorizationPolicy(
        namespace=metadata.namespace,
        name=metadata.name,
        action=action,
        provider=_provider(fields, root, action),
        selector=selector,
        target_refs=target_refs,
        dry_run=_dry_run(fields, metadata, action),
        rules=rules,
        where=metadata.where,
    )


def _require_rules(fields: Fields, root: Mapping, action: Action) -> None:
    node = root.get("rules")
    missing = node is None or (type(node) is Sequence and not node.items)
    if missing and action in {Action.DENY, Action.CUSTOM}:
        message = f"a {action.value} policy without rules never does anything; add a rule, `- {{}}` matches everything"
        fields.problem(Code.NO_RULES, node or root, "spec.rules", message)


def _provider(fields: Fields, root: Mapping, action: Action) -> str:
    node = root.get("provider")
    provider = fields.mapping(node, "spec.provider", {"name"})
    name = fields.string(provider.get("name"), "spec.provider.name") if provider else None
    if action is not Action.CUSTOM and node is not None:
        message = f"only a CUSTOM policy has a provider, this one is {action.value}"
        fields.problem(Code.BAD_PROVIDER, node, "spec.provider", message)
    if action is Action.CUSTOM and not name:
        message = (
            "a CUSTOM policy names its provider: write `provider: {name: NAME}`, one of the mesh's extensionProviders"
        )
        fields.problem(Code.BAD_PROVIDER, node or root, "spec.provider.name", message)
    return name or ""


_TRUE = frozenset({"1", "t", "T", "TRUE", "true", "True"})
_FALSE = frozenset({"0", "f", "F", "FALSE", "false", "False"})


def _dry_run(fields: Fields, metadata: Metadata, action: Action) -> bool:
    annotation = metadata.annotations.get(DRY_RUN)
    if annotation is None:
        return False
    path = f"metadata.annotations[{DRY_RUN}]"
    if annotation.text not in _TRUE | _FALSE:
        fields.problem(Code.BAD_DRY_RUN, annotation, path, f"expected true or false, found {annotation.text!r}")
    elif action not in {Action.ALLOW, Action.DENY}:
        fields.problem(Code.BAD_DRY_RUN, annotation, path, f"only ALLOW and DENY can be tried, this is {action.value}")
    return annotation.text in _TRUE


def _rules(fields: Fields, root: Mapping, action: Action) -> tuple[Rule, ...]:
    node = root.get("rules")
    if type(node) is Sequence and len(node.items) > _MAX_RULES:
        message = f"a policy has at most {_MAX_RULES} rules, this one {len(node.items)}; split it"
        fields.problem(Code.TOO_MANY, node, "spec.rules", message)
    return tuple(
        _rule(fields, item, path, index, action) for index, (path, item) in enumerate(fields.items(node, "spec.rules"))
    )


def _rule(fields: Fields, node: Node, path: str, index: int, action: Action) -> Rule:
    where = fields.where(node)
    if type(node) is Scalar:
        message = "a rule must not be empty; write `- {}` for one that matches everything"
        fields.problem(Code.EMPTY_ENTRY, node, path, message)
        return Rule(index, (), (), (), where)
    root = fields.mapping(node, path, _RULE_FIELDS) or Mapping({}, node.line, node.column)
    return Rule(
        index=index,
        sources=_alternatives(_Reader(fields, path, action, _SOURCE_FIELDS), root, "from", "source"),
        operations=_alternatives(_Reader(fields, path, action, _OPERATION_FIELDS), root, "to", "operation"),
        conditions=_conditions(fields, root.get("when"), path, action),
        where=where,
    )


@dataclass(frozen=True, slots=True)
class _Reader:
    """Reads requirements of one rule; `base` is the rule's path, which is left out of their fields."""

    fields: Fields
    base: str
    action: Action
    known: dict[str, _Field]

    def requirement(self, node: Node, field: _Field, path: str) -> Requirement | None:
        found = self.fields.strings(node, path)
        if not found:
            if type(node) is Sequence and not node.items:
                message = "an empty list is no constraint, as if the field were not there; remove it or give it values"
                self.fields.problems.warn(Code.EMPTY_VALUES, self.fields.where(node), path, message)
            return None
        parsed = []
        for index, text, item in found:
            try:
                parsed.append(field.read(text))
            except values.ValueProblem as problem:
                self.fields.problem(problem.code, item, f"{path}[{index}]", str(problem))
        return Requirement(
            attribute=field.attribute,
            values=tuple(parsed),
            texts=tuple([text for _, text, _ in found]),
            negated=field.negated,
            field=path[len(self.base) + 1 :],
            where=self.fields.where(node),
        )


def _alternatives(reader: _Reader, root: Mapping, key: str, inner: str) -> tuple[Conjunction, ...]:
    """The sources of `from` or the operations of `to`."""
    node = root.get(key)
    if node is None:
        return ()
    fields, path = reader.fields, join(reader.base, key)
    if type(node) is Sequence:
        if not node.items:
            message = f"an empty list would mean anything; remove `{key}` or add an entry"
            fields.problem(Code.EMPTY_ENTRY, node, path, message)
        if len(node.items) > _MAX_SOURCES:
            fields.problem(Code.TOO_MANY, node, path, f"at most {_MAX_SOURCES} entries, found {len(node.items)}")
    found = []
    for item_path, item in fields.items(node, path):
        body_path = join(item_path, inner)
        entry = fields.mapping(item, item_path, (inner,)) if type(item) is Mapping else None
        body_node = entry.get(inner) if entry else None
        body = fields.mapping(body_node, body_path, reader.known)
        if body is None or not body.entries:
            if body_node is None or body is not None:
                message = f"`{inner}` must not be empty; without the entry the rule is for any {inner}"
                fields.problem(Code.EMPTY_ENTRY, item, body_path, message)
            continue
        found.append(_conjunction(reader, body, body_path))
    return tuple(found)


def _conjunction(reader: _Reader, body: Mapping, path: str) -> Conjunction:
    requirements = []
    for name, (_, node) in body.entries.items():
        field = reader.known.get(name)
        if field is None:
            continue
        requirement = reader.requirement(node, field, f"{path}.{name}")
        if requirement is not None:
            requirements.append(requirement)
    if not requirements and all(type(node) is Sequence and not node.items for _, node in body.entries.values()):
        message = "every list is empty, so this would be for anything; give it values"
        reader.fields.problem(Code.EMPTY_ENTRY, body, path, message)
    _check_conjunction(reader, body, path, requirements)
    return tuple(requirements)


_EXCLUSIVE = ("principals", "notPrincipals", "namespaces", "notNamespaces")


def _check_conjunction(reader: _Reader, body: Mapping, path: str, requirements: list[Requirement]) -> None:
    for requirement in requirements:
        if reader.action is Action.CUSTOM and requirement.attribute.kind in _NOT_WITH_CUSTOM:
            _not_with_custom(reader.fields, requirement, join(reader.base, requirement.field))
    for name in ("serviceAccounts", "notServiceAccounts"):
        if name not in body.entries:
            continue
        place, node = body.entries[name]
        others = [other for other in _EXCLUSIVE if other in body.entries]
        if others:
            message = f"cannot be set beside {', '.join(others)}; use an entry of its own"
            reader.fields.problem(Code.CONFLICTING_FIELDS, place, f"{path}.{name}", message)
        if type(node) is Sequence and len(node.items) > _MAX_SERVICE_ACCOUNTS:
            message = f"at most {_MAX_SERVICE_ACCOUNTS} values, found {len(node.items)}"
            reader.fields.problem(Code.TOO_MANY, node, f"{path}.{name}", message)


def _not_with_custom(fields: Fields, requirement: Requirement, path: str) -> None:
    message = "not supported with action CUSTOM: its provider is asked before identities and tokens are known"
    fields.problems.add(Code.NOT_WITH_CUSTOM, requirement.where, path, message)


def _conditions(fields: Fields, node: Node | None, base: str, action: Action) -> Conjunction:
    found: list[Requirement] = []
    for path, item in fields.items(node, join(base, "when")):
        entry = fields.mapping(item, path, ("key", "values", "notValues"))
        if entry is None:
            continue
        key_node = entry.get("key")
        key = fields.string(key_node, f"{path}.key")
        if not key or key_node is None:
            if key_node is None or key is not None:
                fields.problem(Code.MISSING_FIELD, key_node or item, f"{path}.key", "a condition needs a key")
            continue
        try:
            condition = values.read_condition_key(key)
        except values.ValueProblem as problem:
            fields.problem(problem.code, key_node, f"{path}.key", str(problem))
            continue
        found.extend(_condition(fields, entry, path, condition, _Reader(fields, base, action, {})))
    return tuple(found)


def _condition(
    fields: Fields, entry: Mapping, path: str, key: values.ConditionKey, reader: _Reader
) -> list[Requirement]:
    found = []
    for name, negated in (("values", False), ("notValues", True)):
        node = entry.get(name)
        if node is None:
            continue
        requirement = reader.requirement(node, _Field(key.attribute, key.read, negated), f"{path}.{name}")
        if requirement is not None:
            found.append(requirement)
            if reader.action is Action.CUSTOM and requirement.attribute.kind in _NOT_WITH_CUSTOM:
                _not_with_custom(fields, requirement, f"{path}.key")
    if not any(type(node) is Sequence and node.items for node in (entry.get("values"), entry.get("notValues"))):
        fields.problem(Code.NO_VALUES, entry, path, "a condition needs `values` or `notValues`")
    return found
