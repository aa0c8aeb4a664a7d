"""`selector` and `targetRefs`: which workloads a security policy is for. The same for all three kinds.

Source: istio/api type/v1beta1/selector.proto; istio/istio pkg/config/validation/validation.go.
"""

from dataclasses import dataclass

from authz.model.problem import Code
from authz.model.workload import Labels
from authz.resources.fields import Fields
from authz.resources.nodes import Mapping, Node, Scalar, Sequence

MAX_SELECTOR_LABELS = 4096
_MAX_LABEL_VALUE = 63
_MAX_TARGET_REFS = 16
_TARGETS = {
    "Service": ("core", ""),
    "ServiceEntry": ("networking.istio.io",),
    "Gateway": ("gateway.networking.k8s.io",),
    "GatewayClass": ("gateway.networking.k8s.io",),
}


@dataclass(frozen=True, slots=True)
class TargetRef:
    """A resource that a policy is attached to. `kind` is one of Service, ServiceEntry, Gateway, GatewayClass."""

    kind: str
    name: str


def read_attachment(fields: Fields, root: Mapping) -> tuple[Labels | None, tuple[TargetRef, ...]]:
    """The selector's labels (None: there is no selector) and the target references; at most one of them is set."""
    nodes = {name: node for name in ("selector", "targetRef", "targetRefs") if (node := root.get(name)) is not None}
    if len(nodes) > 1:
        place = root.entries[list(nodes)[-1]][0]
        fields.problem(
            Code.CONFLICTING_FIELDS,
            place,
            "spec",
            f"only one of selector, targetRef and targetRefs; found {', '.join(nodes)}",
        )
    selector = read_selector(fields, nodes["selector"]) if "selector" in nodes else None
    if "targetRefs" in nodes:
        return selector, _target_refs(fields, nodes["targetRefs"])
    if "targetRef" in nodes:
        ref = _target_ref(fields, nodes["targetRef"], "spec.targetRef")
        return selector, (ref,) if ref else ()
    return selector, ()


def read_selector(fields: Fields, node: Node) -> Labels:
    """The labels that a `selector` wants; none of them: it selects everything."""
    selector = fields.mapping(node, "spec.selector", {"matchLabels"})
    return read_match_labels(fields, selector.get("matchLabels") if selector else None, "spec.selector.matchLabels")


def read_match_labels(fields: Fields, node: Node | None, path: str, most: int = MAX_SELECTOR_LABELS) -> Labels:
    """Labels that something must have to be selected; `most` of them at most."""
    found = fields.string_map(node, path)
    if len(found) > most and node is not None:
        fields.problem(Code.TOO_MANY, node, path, f"at most {most} labels, found {len(found)}")
    for key, (place, value) in found.items():
        if not key:
            fields.problem(Code.BAD_SELECTOR, place, path, "a label's key must not be empty")
        for scalar in (place, value):
            if "*" in scalar.text:
                message = f"labels are compared as they are, `*` is not supported, found {scalar.text!r}"
                fields.problem(Code.BAD_SELECTOR, scalar, f"{path}.{key}", message)
        if len(value.text) > _MAX_LABEL_VALUE:
            message = f"a label's value has at most {_MAX_LABEL_VALUE} characters, found {len(value.text)}"
            fields.problem(Code.BAD_SELECTOR, value, f"{path}.{key}", message)
    return frozenset((key, value.text) for key, (_, value) in found.items())


def _target_refs(fields: Fields, node: Node) -> tuple[TargetRef, ...]:
    if type(node) is Sequence and len(node.items) > _MAX_TARGET_REFS:
        message = f"at most {_MAX_TARGET_REFS} references, found {len(node.items)}"
        fields.problem(Code.TOO_MANY, node, "spec.targetRefs", message)
    refs = [_target_ref(fields, item, path) for path, item in fields.items(node, "spec.targetRefs")]
    return tuple([ref for ref in refs if ref])


def _target_ref(fields: Fields, node: Node, path: str) -> TargetRef | None:
    ref = fields.mapping(node, path, ("group", "kind", "name", "namespace"))
    if ref is None:
        return None
    texts = {key: fields.string(ref.get(key), f"{path}.{key}") or "" for key in ("group", "kind", "name", "namespace")}
    for key in ("kind", "name"):
        if not texts[key]:
            fields.problem(Code.BAD_TARGET_REF, _field(ref, key), f"{path}.{key}", f"a target needs a {key}")
    if texts["namespace"]:
        message = "a policy cannot refer to another namespace; put it there and remove this field"
        fields.problem(Code.BAD_TARGET_REF, _field(ref, "namespace"), f"{path}.namespace", message)
    if texts["kind"] and texts["group"] not in _TARGETS.get(texts["kind"], ()):
        known = ", ".join(f"{groups[0]}/{kind}" for kind, groups in _TARGETS.items())
        message = f"expected one of {known}, found {texts['group'] or 'core'}/{texts['kind']}"
        fields.problem(Code.BAD_TARGET_REF, _field(ref, "kind"), f"{path}.kind", message)
    return TargetRef(texts["kind"], texts["name"])


def _field(node: Mapping, key: str) -> Scalar | Mapping:
    return node.entries[key][0] if key in node.entries else node
