"""Gateway: documents -> records, or problems.

Source of every rule here: istio/api networking/v1alpha3/gateway.proto and its CRD; istio/istio
pkg/config/validation/validation.go, ValidateGateway. Stricter than Istio: UDP, of which no proxy makes a listener, is
refused.
"""

from authz.model.address import parse_address
from authz.model.problem import Code
from authz.model.routing.gateway import Gateway, Port, Server, ServerHost
from authz.model.routing.hosts import parse_host
from authz.model.routing.protocol import Protocol, parse_protocol
from authz.resources.fields import Fields
from authz.resources.metadata import Metadata
from authz.resources.nodes import Mapping, Node, Sequence
from authz.resources.routing.domains import check_wildcard_domain, is_label, is_partial_wildcard
from authz.resources.routing.server_tls import read_server_tls
from authz.resources.routing.values import MAX_PORT, read_labels, refuse_annotations, spec_mapping, warn

KIND = "Gateway"

_FIELDS = frozenset({"selector", "servers"})
_SERVER_FIELDS = frozenset({"port", "bind", "hosts", "tls", "defaultEndpoint", "name"})
_PORT_FIELDS = frozenset({"number", "name", "protocol", "targetPort"})
_UNIX = "unix://"
_NO_PORT = Port(0, "", Protocol.AUTO)


def read_gateway(fields: Fields, metadata: Metadata, spec: Node | None) -> Gateway:
    """The Gateway that a document describes. What is wrong goes to `fields.problems`; then the result is not used."""
    root = spec_mapping(fields, metadata, spec, _FIELDS)
    refuse_annotations(fields, metadata, KIND)
    if metadata.name and not is_label(metadata.name):
        message = f"expected letters, digits and '-' (at most 63), found {metadata.name!r}"
        fields.problems.add(Code.BAD_NAME, metadata.where, "metadata.name", message)
    found = fields.items(root.get("servers"), "spec.servers")
    servers = tuple([_server(fields, item, path, metadata.namespace) for path, item in found])
    if type(spec) is Mapping and not servers:
        fields.problem(Code.MISSING_FIELD, root.get("servers") or root, "spec.servers", "a gateway needs a server")
    _check_port_names(fields, servers)
    return Gateway(
        namespace=metadata.namespace,
        name=metadata.name,
        selector=read_labels(fields, root.get("selector"), "spec.selector"),
        servers=servers,
        created=metadata.created,
        where=metadata.where,
    )


def _check_port_names(fields: Fields, servers: tuple[Server, ...]) -> None:
    """Names of route configurations are made of them."""
    found: dict[str, Server] = {}
    for index, server in enumerate(servers):
        name = server.port.name
        first = found.setdefault(name, server)
        if name and first is not server:
            message = f"the port name {name!r} stands here again; first in the server at {first.where}"
            fields.problems.add(Code.DUPLICATE_ENTRY, server.where, f"spec.servers[{index}].port.name", message)


def _server(fields: Fields, node: Node, path: str, namespace: str) -> Server:
    where = fields.where(node)
    root = fields.mapping(node, path, _SERVER_FIELDS)
    if root is None:
        return Server(where, _NO_PORT, ())
    bind = fields.string(root.get("bind"), f"{path}.bind") or ""
    if bind:
        _check_bind(fields, root.get("bind") or root, f"{path}.bind", bind)
    port = _port(fields, root, path, is_unix=bind.startswith(_UNIX))
    default_endpoint = root.get("defaultEndpoint")
    if fields.string(default_endpoint, f"{path}.defaultEndpoint") and default_endpoint is not None:
        message = "this field does nothing, in Istio neither; a VirtualService says where requests go"
        warn(fields, Code.IGNORED_FIELD, default_endpoint, f"{path}.defaultEndpoint", message)
    return Server(
        where=where,
        port=port,
        hosts=_hosts(fields, root, path, namespace),
        bind=bind,
        name=fields.string(root.get("name"), f"{path}.name") or "",
        tls=read_server_tls(fields, root, path, port.protocol),
    )


def _check_bind(fields: Fields, node: Node, path: str, bind: str) -> None:
    if bind.startswith(_UNIX):
        socket = bind.removeprefix(_UNIX)
        if not socket.startswith("@") and (not socket.startswith("/") or socket.endswith("/")):
            message = f"expected {_UNIX}/PATH of a file, or {_UNIX}@NAME, found {bind!r}"
            fields.problem(Code.BAD_BIND, node, path, message)
    elif parse_address(bind) is None:
        message = f"expected an IP address or {_UNIX}/PATH, found {bind!r}"
        fields.problem(Code.BAD_BIND, node, path, message)


def _port(fields: Fields, server: Mapping, path: str, *, is_unix: bool) -> Port:
    node, path = server.get("port"), f"{path}.port"
    if node is None:
        fields.problem(Code.MISSING_FIELD, server, path, "on which port? write number, name and protocol")
        return _NO_PORT
    root = fields.mapping(node, path, _PORT_FIELDS)
    if root is None:
        return _NO_PORT
    if fields.integer(root.get("targetPort"), f"{path}.targetPort", 0, MAX_PORT):
        message = "a gateway has no target port; the service in front of it has one"
        fields.problem(Code.NOT_SERVED, root.entries["targetPort"][0], f"{path}.targetPort", message)
    return Port(
        number=_port_number(fields, root, path, is_unix=is_unix),
        name=_required(fields, root, path, "name"),
        protocol=_protocol(fields, root, path),
    )


def _port_number(fields: Fields, root: Mapping, path: str, *, is_unix: bool) -> int:
    node = root.get("number")
    if node is None and not is_unix:
        fields.problem(Code.MISSING_FIELD, root, f"{path}.number", "a port needs a number")
    low, high = (0, 0) if is_unix else (1, MAX_PORT)
    return fields.integer(node, f"{path}.number", low, high) or 0


def _required(fields: Fields, root: Mapping, path: str, key: str) -> str:
    node = root.get(key)
    text = fields.string(node, f"{path}.{key}")
    if node is None or text == "":
        fields.problem(Code.MISSING_FIELD, node or root, f"{path}.{key}", f"a port needs a {key}")
    return text or ""


def _protocol(fields: Fields, root: Mapping, path: str) -> Protocol:
    text = _required(fields, root, path, "protocol")
    node = root.get("protocol")
    if not text or node is None:
        return Protocol.AUTO
    try:
        protocol = parse_protocol(text)
    except ValueError as error:
        fields.problem(Code.NOT_ONE_OF, node, f"{path}.protocol", str(error))
        return Protocol.AUTO
    if protocol is Protocol.UDP:
        fields.problem(Code.NOT_SERVED, node, f"{path}.protocol", "a gateway does not serve UDP")
    return protocol


def _hosts(fields: Fields, server: Mapping, path: str, own: str) -> tuple[ServerHost, ...]:
    node, path = server.get("hosts"), f"{path}.hosts"
    if node is None or (type(node) is Sequence and not node.items):
        fields.problem(Code.MISSING_FIELD, node or server, path, 'a server needs a host; write "*" for all')
    hosts = []
    for index, text, item in fields.strings(node, path):
        try:
            hosts.append(_parse_host(text, own))
        except ValueError as error:
            fields.problem(Code.BAD_HOST, item, f"{path}[{index}]", str(error))
    return tuple(hosts)


def _parse_host(text: str, own: str) -> ServerHost:
    """`HOST`, `*/HOST`, `./HOST` or `NAMESPACE/HOST`. Raises ValueError."""
    namespace, slash, host = text.partition("/")
    if not slash:
        namespace, host = "*", text
    if namespace not in {"*", "."} and not is_label(namespace):
        raise ValueError(f"expected NAMESPACE/HOST, ./HOST or */HOST, found {text!r}")
    _check_host(host)
    return ServerHost({"*": None, ".": own}.get(namespace, namespace), parse_host(host))


def _check_host(host: str) -> None:
    """Raises ValueError, with the reason, for what no server can have as a host."""
    if host != "*" and "." not in host:
        raise ValueError(f"a gateway takes no short names; write the whole name instead of {host!r}")
    if is_partial_wildcard(host):
        raise ValueError(f"a star stands for whole labels at the beginning, as in *.example.com, found {host!r}")
    if parse_address(host) is None:
        check_wildcard_domain(host)
