"""PeerAuthentication: documents -> typed policies, or problems.

Source of every rule here: istio/api security/v1beta1/peer_authentication.proto and its CRD; istio/istio
pkg/config/validation/validation.go.
"""

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import Enum

from authz.model.problem import Code
from authz.model.where import Where
from authz.model.workload import Labels
from authz.resources.authorization_policy import DRY_RUN
from authz.resources.fields import Fields
from authz.resources.metadata import Metadata
from authz.resources.nodes import Mapping, Node, Scalar
from authz.resources.selector import read_selector

KIND = "PeerAuthentication"

_SPEC_FIELDS = frozenset({"selector", "mtls", "portLevelMtls"})
_PORT = re.compile("[1-9][0-9]{0,4}")
_MAX_PORT = 65535
_BEGINNING = datetime.min.replace(tzinfo=UTC)


class MtlsMode(Enum):
    """UNSET: whatever the next wider policy says."""

    UNSET = "UNSET"
    DISABLE = "DISABLE"
    PERMISSIVE = "PERMISSIVE"
    STRICT = "STRICT"


@dataclass(frozen=True, slots=True)
class PeerAuthentication:
    """One policy. `selector` None or empty: every workload of its namespace, of the root namespace: of the mesh.

    `ports`: the workload's ports with a mode of their own, in order. `created`: None where a file does not say.
    """

    namespace: str
    name: str
    selector: Labels | None
    mode: MtlsMode
    ports: tuple[tuple[int, MtlsMode], ...]
    created: datetime | None
    where: Where

    @property
    def key(self) -> tuple[str, str]:
        """Namespace and name: what it is known by."""
        return self.namespace, self.name


def oldest_first(policy: PeerAuthentication) -> tuple[datetime, str, str]:
    """A key to sort by: of the same age by name. Without a time a policy is as old as can be, as in Istio."""
    return policy.created or _BEGINNING, policy.name, policy.namespace


def read_peer_authentication(fields: Fields, metadata: Metadata, spec: Node | None) -> PeerAuthentication:
    """The policy that a document describes. What is wrong goes to `fields.problems`; then the result is not used."""
    root = fields.mapping(spec, "spec", _SPEC_FIELDS) or Mapping({}, metadata.where.line, metadata.where.column)
    selector_node = root.get("selector")
    selector = None if selector_node is None else read_selector(fields, selector_node)
    if selector_node is not None and not selector:
        message = "a selector without labels selects every workload; remove it, or add labels"
        fields.problems.warn(Code.EMPTY_SELECTOR, fields.where(selector_node), "spec.selector", message)
    _refuse_dry_run(fields, metadata)
    return PeerAuthentication(
        namespace=metadata.namespace,
        name=metadata.name,
        selector=selector,
        mode=_mode(fields, root.get("mtls"), "spec.mtls"),
        ports=_ports(fields, root.get("portLevelMtls"), selector),
        created=metadata.created,
        where=metadata.where,
    )


def _mode(fields: Fields, node: Node | None, path: str) -> MtlsMode:
    """A missing `mtls` or `mode` is UNSET."""
    root = fields.mapping(node, path, {"mode"})
    words = [mode.value for mode in MtlsMode]
    word = fields.one_of(root.get("mode"), f"{path}.mode", words) if root else None
    return MtlsMode(word) if word in words else MtlsMode.UNSET


def _ports(fields: Fields, node: Node | None, selector: Labels | None) -> tuple[tuple[int, MtlsMode], ...]:
    path = "spec.portLevelMtls"
    if node is None:
        return ()
    if not selector:
        message = "needs a selector with labels: ports are those of certain workloads"
        fields.problem(Code.PORTS_WITHOUT_SELECTOR, node, path, message)
    if type(node) is not Mapping:
        fields.wrong_type(node, path, "a mapping of ports to `{mode: MODE}`")
        return ()
    if not node.entries:
        fields.problem(Code.NO_PORTS, node, path, "expected at least one port; add one or remove the field")
    ports = [
        (_port(fields, key, path), _mode(fields, mtls, f"{path}.{key.text}")) for key, mtls in node.entries.values()
    ]
    return tuple(sorted([(port, mode) for port, mode in ports if port is not None], key=lambda entry: entry[0]))


def _port(fields: Fields, key: Scalar, path: str) -> int | None:
    """A port of the workload, not of its service; in YAML with or without quotes."""
    if _PORT.fullmatch(key.text) and int(key.text) <= _MAX_PORT:
        return int(key.text)
    message = f"expected a port number from 1 to {_MAX_PORT}, found {key.text!r}"
    fields.problem(Code.BAD_MTLS_PORT, key, f"{path}.{key.text}", message)
    return None


def _refuse_dry_run(fields: Fields, metadata: Metadata) -> None:
    annotation = metadata.annotations.get(DRY_RUN)
    if annotation is not None:
        message = (
            f"only an AuthorizationPolicy can be tried; a {KIND} with this annotation would be enforced: remove it"
        )
        fields.problem(Code.BAD_DRY_RUN, annotation, f"metadata.annotations[{DRY_RUN}]", message)
