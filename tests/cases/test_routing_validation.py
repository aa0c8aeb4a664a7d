"""Every rule of what is refused and what is warned of, of the kinds that routing is made of, as tables."""

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from authz.resources.collection import read_file
from authz.resources.documents import SourceFile

TABLES = (
    "destination-rule",
    "gateway",
    "service-entry",
    "virtual-service",
    "workload-entry",
    "workload-group",
)
TIMES = re.compile("([0-9]+) times (.)")


def rows(table: str) -> list[tuple[str, dict[str, Any]]]:
    content = yaml.safe_load(Path(__file__).with_name(f"routing-validation-{table}.yaml").read_text(encoding="utf-8"))
    return [(content["kind"], row) for row in content["rows"]]


ROWS = [row for table in TABLES for row in rows(table)]


def document(kind: str, row: dict[str, Any]) -> str:
    """The resource of a row; `102400 times a` stands for so long a text."""
    head = {"apiVersion": "networking.istio.io/v1", "kind": kind, "metadata": row.get("metadata", {"name": "a"})}
    text = json.dumps({**head, "spec": SPECS[kind](row)})
    return TIMES.sub(lambda times: times[2] * int(times[1]), text)


def gateway_spec(row: dict[str, Any]) -> object:
    if "spec" in row:
        return row["spec"]
    port = {"number": 443, "name": "a", "protocol": row.get("protocol", "HTTPS")}
    return {"servers": [row.get("server") or {"port": port, "hosts": ["a.example.com"], "tls": row["tls"]}]}


TO_A = {"route": [{"destination": {"host": "a"}}]}


def virtual_service_spec(row: dict[str, Any]) -> object:
    if "spec" in row:
        return row["spec"]
    head: dict[str, Any] = {"hosts": ["a.example.com"], **({"gateways": ["gw"]} if row.get("gateway") else {})}
    for kind in ("http", "tls", "tcp"):
        if kind in row:
            return {**head, kind: [row[kind]]}
    match = {"match": [row["match"]]} if "match" in row else {}
    entry = row["answer"] if "answer" in row else {**TO_A, **match, **row.get("route", {})}
    return {**head, "http": [entry]}


POLICY_BLOCKS = {"tls": "tls", "lb": "loadBalancer", "pool": "connectionPool", "outliers": "outlierDetection"}


def destination_rule_spec(row: dict[str, Any]) -> object:
    if "spec" in row:
        return row["spec"]
    if "policy" in row:
        return {"host": "a", "trafficPolicy": row["policy"]}
    for protocol in ("tcp", "http"):
        if protocol in row:
            return {"host": "a", "trafficPolicy": {"connectionPool": {protocol: row[protocol]}}}
    return {"host": "a", "trafficPolicy": {POLICY_BLOCKS[key]: row[key] for key in POLICY_BLOCKS if key in row}}


def service_entry_spec(row: dict[str, Any]) -> object:
    if "spec" in row:
        return row["spec"]
    ports = [{"number": 80, "name": "http", "protocol": "HTTP"}]
    return {"hosts": ["a.example.com"], "ports": ports, **row["entry"]}


def workload_group_spec(row: dict[str, Any]) -> object:
    return row["spec"] if "spec" in row else {"template": {}, "probe": row["probe"]}


SPECS: dict[str, Callable[[dict[str, Any]], object]] = {
    "DestinationRule": destination_rule_spec,
    "Gateway": gateway_spec,
    "ServiceEntry": service_entry_spec,
    "VirtualService": virtual_service_spec,
    "WorkloadEntry": lambda row: row["spec"],
    "WorkloadGroup": workload_group_spec,
}


@pytest.mark.parametrize("kind,row", ROWS, ids=[f"{kind}: {row['name']}" for kind, row in ROWS])
def test_a_document_has_the_problems_of_its_row_and_no_others(kind: str, row: dict[str, Any]) -> None:
    found = read_file(SourceFile("a.yaml", document(kind, row).encode()))
    assert sorted({problem.code.value for problem in found.problems}) == row["codes"], found.problems
    assert all(problem.where.line == 1 for problem in found.problems)


@pytest.mark.parametrize("kind", SPECS)
def test_no_row_stands_there_twice(kind: str) -> None:
    names = [row["name"] for of_kind, row in ROWS if of_kind == kind]
    assert len(names) == len(set(names)) > 0
