"""The golden cases have every field of a Gateway and a VirtualService in them: a field that is new has to join them."""

from __future__ import annotations

import json
import re
from collections import defaultdict
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from authz.resources.collection import read_file
from authz.resources.documents import SourceFile
from authz.resources.fields import Fields
from tests.support.golden import CASES

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from authz.resources.nodes import Mapping, Node

REFUSED = {
    "Gateway": {"spec.servers[].port.targetPort"},
    "VirtualService": {
        "spec.http[].fault.delay.exponentialDelay",
        "spec.http[].fault.abort.http2Error",
        "spec.tcp[].match[].sourceSubnet",
    },
}
"""What is read in order to be refused: no set that is translated has it."""

_NAMED = re.compile(r"\[[^\]]*\]")


def documents(kind: str) -> Iterator[dict[str, Any]]:
    for case in CASES:
        for document in yaml.safe_load_all(case.read_text(encoding="utf-8")):
            if document["kind"] == kind:
                yield document


def fields_of(kind: str, monkeypatch: pytest.MonkeyPatch) -> tuple[set[str], set[str]]:
    """The fields that the reader knows wherever it has been, and those that it has found there."""
    known: dict[str, set[str]] = defaultdict(set)
    found: set[str] = set()
    read = Fields.mapping

    def noting(self: Fields, node: Node | None, path: str, fields: Iterable[str]) -> Mapping | None:
        root = read(self, node, path, fields)
        if root is not None:
            place = _NAMED.sub("[]", path)
            known[place].update(fields)
            found.update(f"{place}.{key}" for key in root.entries)
        return root

    monkeypatch.setattr(Fields, "mapping", noting)
    for number, document in enumerate(documents(kind)):
        read_file(SourceFile(f"{number}.json", json.dumps(document).encode()))
    return {f"{place}.{key}" for place, keys in known.items() for key in keys}, found


@pytest.mark.parametrize(("kind", "at_least"), [("Gateway", 25), ("VirtualService", 120)])
def test_every_field_that_is_read_is_in_a_case(kind: str, at_least: int, monkeypatch: pytest.MonkeyPatch) -> None:
    known, found = fields_of(kind, monkeypatch)
    known = {field for field in known if field.startswith("spec.")}

    assert len(known) > at_least
    assert sorted(known - found) == sorted(REFUSED[kind])


def values(kind: str, *way: str) -> set[str]:
    """The texts at the end of a way through mappings and lists, in all documents of a kind."""
    here: list[Any] = [document["spec"] for document in documents(kind)]
    for key in way:
        here = [one[key] for one in here if key in one]
        here = [item for one in here for item in (one if isinstance(one, list) else [one])]
    return set(here)


def test_every_mode_of_tls_and_every_protocol_is_in_a_case() -> None:
    modes = {"PASSTHROUGH", "SIMPLE", "MUTUAL", "AUTO_PASSTHROUGH", "ISTIO_MUTUAL", "OPTIONAL_MUTUAL"}
    protocols = {"HTTP", "HTTP2", "GRPC", "GRPC-WEB", "HTTPS", "TLS", "TCP", "MONGO", "REDIS", "MYSQL"}

    assert values("Gateway", "servers", "tls", "mode") == modes
    assert values("Gateway", "servers", "port", "protocol") == protocols
