"""Policies written as plain values in a test, loaded as files are."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from authz.authorizer import Authorizer
from authz.decision.engine import Engine, EngineSettings
from authz.decision.load import PolicyFiles, load_set
from authz.model.errors import PolicyError
from authz.model.settings import DecidingSettings
from authz.model.workload import Workload, parse_workload
from authz.resources.documents import SourceFile

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

Document = dict[str, Any]
WORKLOAD = "foo/app=httpbin"


def policy(
    name: str, *rules: Mapping[str, Any], action: str = "ALLOW", namespace: str = "foo", **spec: object
) -> Document:
    """An AuthorizationPolicy of these rules; without any it has none."""
    content = {"action": action, **({"rules": list(rules)} if rules else {}), **spec}
    return document({"metadata": {"name": name, "namespace": namespace}, "spec": content})


def dry_run(written: Document) -> Document:
    """The same policy, not enforced."""
    return {**written, "metadata": {**written["metadata"], "annotations": {"istio.io/dry-run": "true"}}}


def document(content: Mapping[str, Any]) -> Document:
    return {"apiVersion": "security.istio.io/v1", "kind": "AuthorizationPolicy", **content}


def to(**operation: Iterable[str]) -> Document:
    """A rule with one operation."""
    return {"to": [{"operation": {field: list(values) for field, values in operation.items()}}]}


def source(**fields: Iterable[str]) -> Document:
    """A rule with one source."""
    return {"from": [{"source": {field: list(values) for field, values in fields.items()}}]}


def when(key: str, *values: str, not_values: Iterable[str] = ()) -> Document:
    """A rule with one condition."""
    condition: Document = {"key": key}
    if values:
        condition["values"] = list(values)
    if not_values:
        condition["notValues"] = list(not_values)
    return {"when": [condition]}


def authorizer(
    *policies: Mapping[str, Any],
    mesh: Mapping[str, Any] | None = None,
    workload: str | Workload | None = WORKLOAD,
    settings: DecidingSettings | None = None,
) -> Authorizer:
    """What decides by these policies. Raises PolicyError."""
    files = [SourceFile(f"policy-{n}.json", json.dumps(written).encode()) for n, written in enumerate(policies)]
    return load(files, mesh=mesh, workload=workload, settings=settings)


def engine(
    *policies: Mapping[str, Any], mesh: Mapping[str, Any] | None = None, workload: str | None = WORKLOAD
) -> Engine:
    """The engine of these policies."""
    return authorizer(*policies, mesh=mesh, workload=workload)._engine


def load(
    files: Iterable[SourceFile],
    *,
    mesh: Mapping[str, Any] | None = None,
    workload: str | Workload | None = None,
    settings: DecidingSettings | None = None,
) -> Authorizer:
    mesh_file = SourceFile("mesh.json", json.dumps(dict(mesh)).encode()) if mesh is not None else None
    whose = parse_workload(workload) if isinstance(workload, str) else workload
    loaded = load_set(
        PolicyFiles("test", tuple(files), mesh_file),
        EngineSettings(settings or DecidingSettings(), whose),
        allow_empty=True,
    )
    if loaded.engine is None:
        raise PolicyError(loaded.problems)
    return Authorizer(loaded.engine, loaded.problems)
