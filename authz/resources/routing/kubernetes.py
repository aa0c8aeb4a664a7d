"""Kubernetes' own kinds, as far as routing needs them: documents -> records, or problems.

Fields that routing has no use for are passed over: their schemas are Kubernetes', and it has checked them. What is used
is read strictly. Source: the Kubernetes API reference; for the annotations istio/istio
pilot/pkg/serviceregistry/kube/conversion.go.
"""

from authz.model.address import parse_address
from authz.model.problem import Code
from authz.model.routing.kubernetes import (
    AddressType,
    EndpointSlice,
    KubernetesPort,
    Namespace,
    Pod,
    Service,
    SliceEndpoint,
    SlicePort,
)
from authz.model.routing.visibility import ExportTo, parse_export_to
from authz.resources.fields import Fields
from authz.resources.metadata import Metadata
from authz.resources.nodes import Mapping, Node, Scalar, scalar_type
from authz.resources.routing.domains import check_domain, is_label
from authz.resources.routing.values import read_host, read_labels, read_port

_EXPORT_TO = "networking.istio.io/exportTo"
_SERVICE_ACCOUNTS = "alpha.istio.io/kubernetes-serviceaccounts"
_SERVICE_NAME = "kubernetes.io/service-name"
_TRANSPORTS = ("TCP", "UDP", "SCTP")
_HEADLESS = "None"
_FINISHED = frozenset({"Succeeded", "Failed"})


def read_service(fields: Fields, metadata: Metadata, root: Mapping) -> Service:
    """The service that a document describes. What is wrong goes to `fields.problems`; then the result is not used."""
    spec = _mapping(fields, root, "spec", "spec")
    cluster_ip = _text(fields, spec, "clusterIP", "spec.clusterIP")
    is_alias = _text(fields, spec, "type", "spec.type") == "ExternalName"
    host = read_host(fields, _get(spec, "externalName"), "spec.externalName", check_domain) if is_alias else None
    if is_alias and _get(spec, "externalName") is None:
        fields.problem(Code.MISSING_FIELD, spec, "spec.externalName", "of which host is this service an alias?")
    selector = read_labels(fields, _get(spec, "selector"), "spec.selector")
    return Service(
        namespace=metadata.namespace,
        name=metadata.name,
        ports=_service_ports(fields, spec),
        cluster_ips=_cluster_ips(fields, spec, cluster_ip),
        is_headless=cluster_ip == _HEADLESS,
        external_name=host.text if host else "",
        selector=selector or None,
        export_to=_export_to(fields, metadata),
        service_accounts=_annotated(metadata, _SERVICE_ACCOUNTS),
        created=metadata.created,
        where=metadata.where,
    )


def read_endpoint_slice(fields: Fields, metadata: Metadata, root: Mapping) -> EndpointSlice:
    """Some of a service's endpoints, as `read_service`."""
    words = [one.value for one in AddressType]
    word = fields.one_of(_get(root, "addressType"), "addressType", words)
    if _get(root, "addressType") is None:
        fields.problem(Code.MISSING_FIELD, root, "addressType", f"expected one of {', '.join(words)}")
    address_type = AddressType(word) if word in words else AddressType.IPV4
    labels = dict(read_labels(fields, metadata.labels, "metadata.labels"))
    return EndpointSlice(
        namespace=metadata.namespace,
        name=metadata.name,
        service=labels.get(_SERVICE_NAME, ""),
        address_type=address_type,
        endpoints=_slice_endpoints(fields, root, address_type),
        ports=_slice_ports(fields, root),
        created=metadata.created,
        where=metadata.where,
    )


def read_pod(fields: Fields, metadata: Metadata, root: Mapping) -> Pod:
    """What a pod is called and where it is found, as `read_service`."""
    spec, status = _mapping(fields, root, "spec", "spec"), _mapping(fields, root, "status", "status")
    addresses = _pod_addresses(fields, status)
    is_deleted = _get(_mapping(fields, root, "metadata", "metadata"), "deletionTimestamp") is not None
    is_over = is_deleted or _text(fields, status, "phase", "status.phase") in _FINISHED
    return Pod(
        namespace=metadata.namespace,
        name=metadata.name,
        labels=read_labels(fields, metadata.labels, "metadata.labels"),
        service_account=_text(fields, spec, "serviceAccountName", "spec.serviceAccountName") or "default",
        addresses=addresses,
        ports=_container_ports(fields, spec),
        node=_text(fields, spec, "nodeName", "spec.nodeName"),
        is_ready=bool(addresses) and not is_over and _says_ready(fields, status),
        created=metadata.created,
        where=metadata.where,
    )


def read_namespace(fields: Fields, metadata: Metadata, root: Mapping) -> Namespace:  # noqa: ARG001 - as the others
    """A namespace with its labels, as `read_service`."""
    labels = read_labels(fields, metadata.labels, "metadata.labels")
    return Namespace(metadata.namespace, metadata.name, labels, metadata.created, metadata.where)


def _get(root: Mapping, key: str) -> Node | None:
    """The value of a field; tools write `null` where there is none."""
    node = root.get(key)
    is_null = type(node) is Scalar and node.plain and scalar_type(node) == "null"
    return None if is_null else node


def _mapping(fields: Fields, root: Mapping, key: str, path: str) -> Mapping:
    """A mapping of which only some fields are looked at; empty where there is none."""
    node = _get(root, key)
    if node is not None and type(node) is not Mapping:
        fields.wrong_type(node, path, "a mapping")
    return node if type(node) is Mapping else Mapping({}, root.line, root.column)


def _mappings(fields: Fields, root: Mapping, key: str, path: str) -> list[tuple[str, Mapping]]:
    """The mappings of a list, each with its path."""
    found = []
    for item_path, item in fields.items(_get(root, key), path):
        if type(item) is Mapping:
            found.append((item_path, item))
        else:
            fields.wrong_type(item, item_path, "a mapping")
    return found


def _text(fields: Fields, root: Mapping, key: str, path: str) -> str:
    return fields.string(_get(root, key), path) or ""


def _address(fields: Fields, node: Node, path: str) -> str:
    text = fields.string(node, path)
    if text is not None and parse_address(text) is None:
        fields.problem(Code.BAD_CIDR, node, path, f"expected an IP address, found {text!r}")
    return text or ""


def _cluster_ips(fields: Fields, spec: Mapping, cluster_ip: str) -> tuple[str, ...]:
    if cluster_ip in {"", _HEADLESS}:
        return ()
    several = [_address(fields, item, path) for path, item in fields.items(_get(spec, "clusterIPs"), "spec.clusterIPs")]
    one = _address(fields, spec.entries["clusterIP"][1], "spec.clusterIP")
    return tuple(several) if several else (one,)


def _service_ports(fields: Fields, spec: Mapping) -> tuple[KubernetesPort, ...]:
    found = []
    for path, entry in _mappings(fields, spec, "ports", "spec.ports"):
        if _get(entry, "port") is None:
            fields.problem(Code.MISSING_FIELD, entry, f"{path}.port", "which port?")
        word = fields.one_of(_get(entry, "protocol"), f"{path}.protocol", _TRANSPORTS)
        found.append(
            KubernetesPort(
                number=read_port(fields, _get(entry, "port"), f"{path}.port") or 0,
                name=_text(fields, entry, "name", f"{path}.name"),
                transport=word or "TCP",
                app_protocol=fields.string(_get(entry, "appProtocol"), f"{path}.appProtocol"),
                target_port=_target_port(fields, _get(entry, "targetPort"), f"{path}.targetPort"),
            )
        )
    return tuple(found)


def _target_port(fields: Fields, node: Node | None, path: str) -> int | str | None:
    """A number, or the name of a container's port."""
    if type(node) is Scalar and scalar_type(node) == "number":
        return read_port(fields, node, path)
    name = fields.string(node, path)
    if name is not None and node is not None and (not is_label(name) or name.isdecimal()):
        fields.problem(Code.BAD_NAME, node, path, f"expected a number, or the name of a port, found {name!r}")
    return name


def _export_to(fields: Fields, metadata: Metadata) -> ExportTo | None:
    annotation = metadata.annotations.get(_EXPORT_TO)
    try:
        return parse_export_to(_annotated(metadata, _EXPORT_TO), metadata.namespace, nowhere=True)
    except ValueError as error:
        if annotation is not None:
            fields.problem(Code.BAD_EXPORT_TO, annotation, f"metadata.annotations[{_EXPORT_TO}]", str(error))
        return None


def _annotated(metadata: Metadata, name: str) -> tuple[str, ...]:
    """The entries of an annotation that has a list, divided by commas."""
    found = metadata.annotations.get(name)
    if found is None or not found.text:
        return ()
    return tuple(word.strip() for word in found.text.split(","))


def _slice_endpoints(fields: Fields, root: Mapping, address_type: AddressType) -> tuple[SliceEndpoint, ...]:
    return tuple(
        _slice_endpoint(fields, entry, path, address_type)
        for path, entry in _mappings(fields, root, "endpoints", "endpoints")
    )


def _slice_endpoint(fields: Fields, entry: Mapping, path: str, address_type: AddressType) -> SliceEndpoint:
    conditions = _mapping(fields, entry, "conditions", f"{path}.conditions")
    ready = fields.boolean(_get(conditions, "ready"), f"{path}.conditions.ready")
    target = _mapping(fields, entry, "targetRef", f"{path}.targetRef")
    is_pod = _text(fields, target, "kind", f"{path}.targetRef.kind") == "Pod"
    name = _text(fields, target, "name", f"{path}.targetRef.name")
    addresses = []
    for item_path, item in fields.items(_get(entry, "addresses"), f"{path}.addresses"):
        read = fields.string(item, item_path) if address_type is AddressType.FQDN else _address(fields, item, item_path)
        addresses.append(read or "")
    return SliceEndpoint(
        addresses=tuple(addresses),
        is_ready=ready is not False,
        pod=name if is_pod else "",
        zone=_text(fields, entry, "zone", f"{path}.zone"),
        node=_text(fields, entry, "nodeName", f"{path}.nodeName"),
    )


def _slice_ports(fields: Fields, root: Mapping) -> tuple[SlicePort, ...]:
    found = []
    for path, entry in _mappings(fields, root, "ports", "ports"):
        word = fields.one_of(_get(entry, "protocol"), f"{path}.protocol", _TRANSPORTS)
        number = read_port(fields, _get(entry, "port"), f"{path}.port")
        found.append(SlicePort(_text(fields, entry, "name", f"{path}.name"), number, word or "TCP"))
    return tuple(found)


def _pod_addresses(fields: Fields, status: Mapping) -> tuple[str, ...]:
    first = _get(status, "podIP")
    found = [] if first is None else [_address(fields, first, "status.podIP")]
    for path, entry in _mappings(fields, status, "podIPs", "status.podIPs"):
        node = _get(entry, "ip")
        if node is not None:
            found.append(_address(fields, node, f"{path}.ip"))
    return tuple(dict.fromkeys(filter(None, found)))


def _says_ready(fields: Fields, status: Mapping) -> bool:
    """Its condition `Ready`; one that was written by hand has none, and is meant to be there."""
    for path, entry in _mappings(fields, status, "conditions", "status.conditions"):
        if _text(fields, entry, "type", f"{path}.type") == "Ready":
            return _text(fields, entry, "status", f"{path}.status") == "True"
    return True


def _container_ports(fields: Fields, spec: Mapping) -> tuple[tuple[str, int], ...]:
    found = []
    for path, container in _mappings(fields, spec, "containers", "spec.containers"):
        for port_path, entry in _mappings(fields, container, "ports", f"{path}.ports"):
            name = _text(fields, entry, "name", f"{port_path}.name")
            number = read_port(fields, _get(entry, "containerPort"), f"{port_path}.containerPort")
            if name and number is not None:
                found.append((name, number))
    return tuple(found)
