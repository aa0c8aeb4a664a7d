"""A file of requests -> requests, or problems with their places. A document is a request."""

from collections.abc import Callable
from dataclasses import replace
from typing import TypeVar
from urllib.parse import quote

from authz.cli.request_values import (
    MAX_PORT,
    GivenRequest,
    check_remote_ip,
    header,
    json_value,
    parse_header,
    parse_ip,
    parse_principal,
)
from authz.model.facts import Json
from authz.model.problem import Code, Problems
from authz.model.request import Request
from authz.model.where import Where
from authz.model.workload import Role, Target, Workload, parse_target, parse_workload
from authz.resources.documents import SourceFile, read_documents
from authz.resources.fields import Fields, join
from authz.resources.nodes import Mapping, Node, Sequence

_T = TypeVar("_T")
_FIELDS = (
    "name",
    "workload",
    "role",
    "gateway",
    "service",
    "serviceEntry",
    "tcp",
    "method",
    "path",
    "host",
    "scheme",
    "headers",
    "principal",
    "certificate",
    "sourceIp",
    "remoteIp",
    "destinationIp",
    "destinationPort",
    "sni",
    "jwtClaims",
    "metadata",
)


def read_requests(file: SourceFile, workload: Workload | None, problems: Problems) -> list[GivenRequest]:
    """The requests of a file. `workload`: whose they are where they do not say it."""
    known = len(problems)
    documents = read_documents([file], problems)
    if not documents and len(problems) == known:
        problems.add(Code.BAD_REQUEST, Where(file.name), "", "no request here; a document is one, such as `path: /`")
    fields = Fields(file.name, problems)
    roots = [fields.mapping(document.root, "", _FIELDS) for document in documents]
    return [_RequestReader(fields, root).read(workload) for root in roots if root is not None]


class _RequestReader:
    """Reads one document."""

    def __init__(self, fields: Fields, root: Mapping) -> None:
        self._fields = fields
        self._root = root

    def read(self, default: Workload | None) -> GivenRequest:
        known = Request()
        request = Request(
            method=self._text("method", known.method),
            path=self._text("path", known.path),
            host=self._text("host", known.host),
            scheme=self._text("scheme", known.scheme),
            headers=self._headers(),
            source_ip=self._parsed("sourceIp", parse_ip) or "",
            destination_ip=self._parsed("destinationIp", parse_ip) or "",
            destination_port=self._fields.integer(self._root.get("destinationPort"), "destinationPort", 0, MAX_PORT)
            or 0,
            principal=self._parsed("principal", parse_principal) or "",
            certificate=quote(self._text("certificate", ""), safe=""),
            sni=self._text("sni", ""),
            claims=self._claims(),
            dynamic_metadata=self._metadata(),
            workload=self._workload(default),
            protocol="tcp" if self._fields.boolean(self._root.get("tcp"), "tcp") else "http",
        )
        remote_ip = self._parsed("remoteIp", parse_ip) or ""
        try:
            check_remote_ip(remote_ip, request)
        except ValueError as error:
            self._bad(self._root.entries["remoteIp"][1], "remoteIp", error)
        return GivenRequest(request, remote_ip, self._text("name", ""))

    def _bad(self, node: Node, path: str, error: ValueError) -> None:
        self._fields.problem(Code.BAD_REQUEST, node, path, str(error))

    def _text(self, key: str, default: str) -> str:
        text = self._fields.string(self._root.get(key), key)
        return default if text is None else text

    def _parsed(self, key: str, parse: Callable[[str], _T]) -> _T | None:
        return self._parse(self._root.get(key), key, parse)

    def _parse(self, node: Node | None, path: str, parse: Callable[[str], _T]) -> _T | None:
        text = self._fields.string(node, path)
        if node is None or text is None:
            return None
        try:
            return parse(text)
        except ValueError as error:
            self._bad(node, path, error)
            return None

    def _headers(self) -> tuple[tuple[str, str], ...]:
        """A list of lines, or a mapping of names to a value or several."""
        node = self._root.get("headers")
        if isinstance(node, Mapping):
            lines = [self._values_of(key, value) for key, (_, value) in node.entries.items()]
            return tuple([line for of_name in lines for line in of_name])
        items = self._fields.items(node, "headers")
        lines_read = [self._parse(item, path, parse_header) for path, item in items]
        return tuple([line for line in lines_read if line])

    def _values_of(self, name: str, node: Node) -> list[tuple[str, str]]:
        path = join("headers", name)
        nodes = list(self._fields.items(node, path)) if isinstance(node, Sequence) else [(path, node)]
        lines = [self._parse(value, where, lambda text: header(name, text)) for where, value in nodes]
        return [line for line in lines if line]

    def _claims(self) -> dict[str, Json] | None:
        node = self._root.get("jwtClaims")
        return None if node is None else self._json_mapping(node, "jwtClaims")

    def _json_mapping(self, node: Node, path: str) -> dict[str, Json]:
        if not isinstance(node, Mapping):
            self._fields.wrong_type(node, path, "a mapping")
            return {}
        return {key: json_value(self._fields, value, join(path, key)) for key, (_, value) in node.entries.items()}

    def _metadata(self) -> dict[str, dict[str, Json]]:
        node = self._root.get("metadata")
        if node is None:
            return {}
        if not isinstance(node, Mapping):
            self._fields.wrong_type(node, "metadata", "a mapping")
            return {}
        return {key: self._json_mapping(value, join("metadata", key)) for key, (_, value) in node.entries.items()}

    def _workload(self, default: Workload | None) -> Workload | None:
        node = self._root.get("workload")
        workload = self._parse(node, "workload", parse_workload) if node is not None else default
        if workload is None:
            if node is None:
                message = "whose request is it? Write NAMESPACE/LABEL=VALUE,... here, or give --workload"
                self._fields.problem(Code.MISSING_FIELD, self._root, "workload", message)
            return None
        role = self._fields.one_of(self._root.get("role"), "role", [role.value for role in Role])
        return replace(
            workload,
            role=Role(role) if role in [known.value for known in Role] else workload.role,
            gateways=self._targets("gateway") or workload.gateways,
            services=self._targets("service") or workload.services,
            service_entries=self._targets("serviceEntry") or workload.service_entries,
        )

    def _targets(self, key: str) -> frozenset[Target]:
        node = self._root.get(key)
        nodes = list(self._fields.items(node, key)) if isinstance(node, Sequence) else [(key, node)]
        targets = [self._parse(one, path, parse_target) for path, one in nodes]
        return frozenset(target for target in targets if target)
