"""authz as a library: decide in this process, without a server."""

import json
import logging
import time
from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path

from authz.decision.engine import Engine, EngineSettings
from authz.decision.explain import Explanation
from authz.decision.load import LoadedSet, load_set
from authz.identity.bundle import TrustPaths, parse_bundle_path
from authz.model.decision import Decision
from authz.model.errors import PolicyError, SettingsError
from authz.model.facts import RawRequest
from authz.model.problem import Problem
from authz.model.settings import DecidingSettings
from authz.model.workload import Workload, parse_workload
from authz.observability.counters import Counters
from authz.resources.documents import SourceFile
from authz.server.check import CheckDoor, InForce, Pending
from authz.sources.files import read_policy_files

logging.getLogger("authz").addHandler(logging.NullHandler())  # whoever uses the library decides what is logged


class Authorizer:
    """Decides by one policy set, as `authz serve` does.

    >>> authorizer = Authorizer.from_directory("policies", workload="default/app=my-app")
    >>> authorizer.check(Request(path="/public/index.html"))
    Allowed(reason=<Reason.ALLOW_RULE: 'allow_rule'>, ...)

    Calls may come from several threads.
    """

    def __init__(self, engine: Engine, warnings: tuple[Problem, ...] = ()) -> None:
        self._engine = engine
        self.warnings = warnings
        self.counters = Counters()
        in_force = InForce.of(engine)
        self._door = CheckDoor(lambda: in_force, self.counters)

    @classmethod
    def from_directory(  # noqa: PLR0913 - all but the first by name
        cls,
        policies: str | Path,
        *,
        mesh: str | Path | Mapping[str, object] | None = None,
        workload: str | Workload | None = None,
        settings: DecidingSettings | None = None,
        trust_bundles: Iterable[str | Path] = (),
        crls: Iterable[str | Path] = (),
        allow_empty: bool = False,
    ) -> "Authorizer":
        """Load the policies of a directory or file.

        `mesh`: a MeshConfig, as file or as its content. `workload`: whose requests these are where they do not say it,
        as `NAMESPACE/LABEL=VALUE,...`. `trust_bundles`: authorities that the certificates of peers are verified by,
        each a file or `TRUST-DOMAIN=FILE`; `crls`: files of what they have revoked. Raises PolicyError with all
        problems, SettingsError for a bad argument.
        """
        mesh_path = Path(mesh) if isinstance(mesh, str | Path) else None
        source = read_policy_files([Path(policies)], mesh_path, _trust(trust_bundles, crls))
        if isinstance(mesh, Mapping):
            source = replace(source, mesh=SourceFile("mesh.json", json.dumps(mesh).encode()))
        engine_settings = EngineSettings(settings or DecidingSettings(), _workload(workload))
        return cls._of(load_set(source, engine_settings, allow_empty=allow_empty))

    @classmethod
    def _of(cls, loaded: LoadedSet) -> "Authorizer":
        if loaded.engine is None:
            raise PolicyError(loaded.problems)
        return cls(loaded.engine, loaded.problems)

    @property
    def digest(self) -> str:
        """Names the policy set: equal digests decide alike."""
        return self._engine.digest

    def check(self, request: RawRequest) -> Decision:
        """Decide a request, such as an `authz.Request`."""
        return self._engine.decide(request, time.time())

    def explain(self, request: RawRequest) -> Explanation:
        """Decide, and say of every policy and rule in scope why it matched or did not."""
        return self._engine.explain(request, time.time())

    def check_bytes(self, request: bytes, metadata: Mapping[str, str] | None = None) -> bytes:
        """Answer a serialized `envoy.service.auth.v3.CheckRequest` with a serialized CheckResponse. Never raises.

        `metadata`: the call's gRPC metadata, of which `authz-namespace` and the like are read.
        """
        answer = self._door.check(request, metadata or {}, None)
        return answer.result() if isinstance(answer, Pending) else answer


def _trust(bundles: Iterable[str | Path], crls: Iterable[str | Path]) -> TrustPaths:
    try:
        return TrustPaths(tuple([parse_bundle_path(str(one)) for one in bundles]), tuple(map(Path, crls)))
    except ValueError as error:
        raise SettingsError(f"trust_bundles: {error}") from None


def _workload(given: str | Workload | None) -> Workload | None:
    if not isinstance(given, str):
        return given
    try:
        return parse_workload(given)
    except ValueError as error:
        raise SettingsError(f"workload: {error}") from None
