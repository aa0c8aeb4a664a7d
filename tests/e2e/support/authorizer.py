"""`authz serve` on policies written for a test."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Any

import yaml

from authz.runtime.quickstart import authorizer
from authz.runtime.quickstart.authorizer import AuthorizerProcess

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    Policy = dict[str, Any]

_run = itertools.count(1)


def policy(name: str, action: str, app: str, *rules: Mapping[str, Any]) -> Policy:
    """Write an AuthorizationPolicy of namespace `default` for workloads with the label `app`."""
    return {
        "apiVersion": "security.istio.io/v1",
        "kind": "AuthorizationPolicy",
        "metadata": {"name": name, "namespace": "default"},
        "spec": {"selector": {"matchLabels": {"app": app}}, "action": action, "rules": list(rules)},
    }


def to(**operation: Iterable[str]) -> Policy:
    """Write a rule with one operation."""
    return {"to": [{"operation": {field: list(values) for field, values in operation.items()}}]}


def source(**fields: Iterable[str]) -> Policy:
    """Write a rule with one source."""
    return {"from": [{"source": {field: list(values) for field, values in fields.items()}}]}


def when(key: str, *, values: Iterable[str] = (), not_values: Iterable[str] = ()) -> Policy:
    """Write a rule with one condition."""
    condition: Policy = {"key": key}
    if values:
        condition["values"] = list(values)
    if not_values:
        condition["notValues"] = list(not_values)
    return {"when": [condition]}


def start_authorizer(
    directory: Path,
    policies: Iterable[Policy],
    *,
    mesh: Mapping[str, Any] | None = None,
    port: int = 0,
    flags: Iterable[str] = (),
) -> AuthorizerProcess:
    """Write the policies under `directory` and serve them, on a free port unless one is given."""
    written = directory / "policies"
    written.mkdir(exist_ok=True)
    (written / "policies.yaml").write_text(yaml.safe_dump_all(policies))
    arguments = ["--policies", str(written), "--listen", f"127.0.0.1:{port}", *flags]
    if mesh is not None:
        (directory / "mesh.yaml").write_text(yaml.safe_dump(dict(mesh)))
        arguments += ["--mesh", str(directory / "mesh.yaml")]
    return AuthorizerProcess(arguments, directory / f"authorizer-{next(_run)}.log", command=authorizer.SERVE)
