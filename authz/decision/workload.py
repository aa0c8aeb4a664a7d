"""Whose request it is: the workload, put together field by field, each from the first place that has it.

`context_extensions`, then gRPC metadata, then the destination's labels and SPIFFE id, then the settings. Nothing is
ever guessed: a wrong workload would have the wrong policies.
"""

from authz.model.workload import (
    LABELS_UNKNOWN,
    Labels,
    LabelsUnknown,
    Role,
    Target,
    Workload,
    WorkloadTexts,
    is_namespace,
    parse_labels,
    parse_target,
)


class UnknownWorkloadError(Exception):
    """Nobody said whose request this is, or it cannot be understood. The text tells the operator what to send."""


def resolve_workload(texts: WorkloadTexts, default: Workload | None) -> Workload:
    """The workload that the texts describe; `default` is that of the settings. Raises UnknownWorkloadError."""
    said = {**dict(texts.call_metadata), **dict(texts.extensions)}
    own_namespace, own_account = _own_identity(texts.destination_principal)
    namespace = said.get("namespace") or own_namespace or (default.namespace if default else "")
    if not namespace:
        message = (
            "no namespace: send context_extensions `namespace`, or gRPC metadata `authz-namespace` where there are "
            "none (TCP), or start the authorizer with --workload NAMESPACE/LABEL=VALUE"
        )
        raise UnknownWorkloadError(message)
    if not is_namespace(namespace):
        raise UnknownWorkloadError(f"{namespace!r} is no namespace: lower-case letters, digits, '-' and '.'")
    same = default if default is not None and default.namespace == namespace else None
    try:
        return Workload(
            namespace=namespace,
            labels=_labels(said.get("labels"), texts, same),
            service_account=said.get("service_account") or own_account or (same.service_account if same else ""),
            role=_role(said.get("role"), same),
            gateways=_targets(said.get("gateway"), same.gateways if same else frozenset()),
            services=_targets(said.get("service"), same.services if same else frozenset()),
            service_entries=_targets(said.get("service_entry"), same.service_entries if same else frozenset()),
        )
    except ValueError as error:
        raise UnknownWorkloadError(str(error)) from None


def _labels(said: str | None, texts: WorkloadTexts, default: Workload | None) -> Labels | LabelsUnknown:
    """Empty text from the proxy means "none"; no text anywhere means that they are not known."""
    if said is not None:
        return parse_labels(said)
    if texts.destination_labels:
        return frozenset(texts.destination_labels)
    return default.labels if default else LABELS_UNKNOWN


def _role(said: str | None, default: Workload | None) -> Role:
    if said is None:
        return default.role if default else Role.SIDECAR
    try:
        return Role(said)
    except ValueError:
        raise ValueError(f"role: expected one of {', '.join(r.value for r in Role)}, found {said!r}") from None


def _targets(said: str | None, default: frozenset[Target]) -> frozenset[Target]:
    """As with labels, empty text means "none"."""
    if said is None:
        return default
    return frozenset(parse_target(text) for text in said.split(",")) if said else frozenset()


_IDENTITY_PARTS = 5  # trust domain, "ns", namespace, "sa", account


def _own_identity(principal: str) -> tuple[str, str]:
    """Namespace and account of `spiffe://TRUST_DOMAIN/ns/NAMESPACE/sa/ACCOUNT`; empty for any other name."""
    parts = principal.removeprefix("spiffe://").split("/")
    if not principal.startswith("spiffe://") or len(parts) != _IDENTITY_PARTS or parts[1::2] != ["ns", "sa"]:
        return "", ""
    return parts[2], parts[4]
