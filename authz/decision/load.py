"""Files -> an engine, or problems: how a policy set comes to be, for `serve`, `validate` and the library alike."""

import hashlib
import json
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import chain

from authz.decision.engine import Engine, EngineSettings, Verifying
from authz.decision.inline_keys import InlineKeys
from authz.decision.tokens import KeySource, NoKeySource, TokenKeys
from authz.identity.bundle import (
    Authorities,
    Revocations,
    TrustBundles,
    issued,
    read_authorities,
    read_revocations,
)
from authz.identity.token_cache import TokenCache
from authz.identity.verification import PeerVerifier
from authz.mesh.view import MeshView
from authz.model.errors import PolicyError
from authz.model.garbage import collector_paused
from authz.model.problem import Code, Problem, Problems
from authz.model.where import Where
from authz.model.workload import LABELS_UNKNOWN, Workload
from authz.resources.authorization_policy import AuthorizationPolicy
from authz.resources.collection import Collector, Resources
from authz.resources.documents import SourceFile
from authz.resources.kinds import ALL_KINDS, Kind
from authz.resources.lint import Linter
from authz.resources.mesh_config import MeshConfig, read_mesh_config
from authz.resources.peer_authentication import PeerAuthentication
from authz.resources.request_authentication import RequestAuthentication


@dataclass(frozen=True, slots=True)
class PolicyFiles:
    """What a set is made of: files as they were read. `origin` is what was asked for, to name it in a problem.

    `bundles`: trust bundles by trust domain, an empty one for the mesh's own. `revocations`: lists of revoked
    certificates.
    """

    origin: str
    files: tuple[SourceFile, ...]
    mesh: SourceFile | None = None
    unreadable: tuple[Problem, ...] = ()
    bundles: tuple[tuple[str, SourceFile], ...] = ()
    revocations: tuple[SourceFile, ...] = ()


@dataclass(frozen=True, slots=True)
class LoadedSet:
    """`engine` is None where a problem is an error: such a set is never served."""

    engine: Engine | None
    problems: tuple[Problem, ...]
    policies: int
    passed_over: Counter[str]
    resources: Resources

    @property
    def is_good(self) -> bool:
        """Whether it can decide."""
        return self.engine is not None

    @property
    def good_engine(self) -> Engine:
        """What decides. Raises PolicyError where there is none."""
        if self.engine is None:
            raise PolicyError(self.problems)
        return self.engine


class Loader:
    """Loads set after set. Files and policies that stayed the same are not read and compiled again.

    `keys`: where keys come from that do not stand in policies. `kinds`: what is read; others are only counted.
    """

    def __init__(self, keys: KeySource | None = None, kinds: Iterable[Kind] = ALL_KINDS) -> None:
        self._keys = keys or NoKeySource()
        self._collector = Collector(kinds)
        self._inline = InlineKeys()
        self._accept = TokenCache().accept
        self._engine: Engine | None = None
        self._linter = Linter()
        self._verifier: tuple[object, PeerVerifier] | None = None

    def load(self, source: PolicyFiles, settings: EngineSettings, *, allow_empty: bool = False) -> LoadedSet:
        """Read, validate and compile a set. All problems are found in one run."""
        with collector_paused():
            problems = Problems()
            problems.extend(source.unreadable)
            config = read_mesh_config(source.mesh, problems) if source.mesh else MeshConfig()
            bundles = read_trust_bundles(source.bundles, source.revocations, config.trust_domain, problems)
            resources = self._collector.collect(source.files, problems)
            inline = self._inline.read(resources.of(RequestAuthentication), problems)
            self._linter.lint(resources, config, settings.deciding, problems)
            if resources.is_empty and not allow_empty and not problems.has_errors():
                problems.add(Code.NO_RESOURCES, Where(source.origin), "", _nothing_here(resources))
            engine = None
            if not problems.has_errors():
                tokens = TokenKeys(self._keys, inline, self._accept)
                verifying = Verifying(self._verifier_of(bundles, config), tokens)
                digest = _digest(resources, config, bundles, settings)
                engine = Engine(_view(resources, config), settings, digest, self._engine, verifying)
                engine.prepare()
            self._engine = engine or self._engine
        return LoadedSet(engine, problems.sorted(), resources.policies, resources.passed_over, resources)

    def _verifier_of(self, bundles: TrustBundles, config: MeshConfig) -> PeerVerifier | None:
        """The same as before, with what it has verified, while the bundles are the same."""
        if not bundles.by_trust_domain:
            return None
        basis = bundles.content(), config.trust_domains
        if self._verifier is None or self._verifier[0] != basis:
            self._verifier = basis, PeerVerifier(bundles, config.trust_domains)
        return self._verifier[1]


def load_set(source: PolicyFiles, settings: EngineSettings, *, allow_empty: bool = False) -> LoadedSet:
    """Load one set, and only one."""
    return Loader().load(source, settings, allow_empty=allow_empty)


def _view(resources: Resources, config: MeshConfig) -> MeshView:
    return MeshView(
        config,
        resources.of(AuthorizationPolicy),
        resources.of(PeerAuthentication),
        resources.of(RequestAuthentication),
    )


def _nothing_here(resources: Resources) -> str:
    others = ", ".join(f"{count} {kind}" for kind, count in sorted(resources.passed_over.items()))
    found = f"found only {others}" if others else "found no YAML or JSON document"
    return f"no policy here: {found}; without policies everything would be allowed, --allow-empty if that is meant"


def read_trust_bundles(
    bundles: Iterable[tuple[str, SourceFile]],
    revocations: Iterable[SourceFile],
    own_trust_domain: str,
    problems: Problems,
) -> TrustBundles:
    """Read trust bundles; several of one trust domain count together. An empty one is `own_trust_domain`."""
    found: dict[str, Authorities] = {}
    for domain, file in bundles:
        try:
            authorities = read_authorities(file.content)
        except ValueError as error:
            problems.add(Code.BAD_TRUST_BUNDLE, Where(file.name), "", str(error))
            continue
        domain = domain or own_trust_domain  # noqa: PLW2901
        found[domain] = found[domain] + authorities if domain in found else authorities
    lists: list[Revocations] = []
    for file in revocations:
        try:
            lists.append(read_revocations(file.content))
        except ValueError as error:
            problems.add(Code.BAD_CRL, Where(file.name), "", str(error))
            continue
        authorities_known = [one for authorities in found.values() for one in authorities.all]
        for one in lists[-1]:
            if not any(issued(authority, one) for authority in authorities_known):
                message = f"no authority of the trust bundles has issued the list of {one.issuer.rfc4514_string()!r}"
                problems.add(Code.BAD_CRL, Where(file.name), "", message)
    return TrustBundles(found, tuple(chain.from_iterable(lists)))


def _digest(resources: Resources, config: MeshConfig, bundles: TrustBundles, settings: EngineSettings) -> str:
    """Names what decides: resources, mesh, trust and deciding settings, without paths, lines and order."""
    parts = sorted(resources.contents)
    mesh = [
        config.root_namespace,
        config.trust_domains,
        sorted(config.ca_trust_domains),
        config.path_normalization.value,
        config.num_trusted_proxies,
        sorted([provider.content() for provider in config.extension_providers], key=json.dumps),
    ]
    peers = settings.deciding.peers
    deciding = [
        settings.deciding.bare_request_principals.value,
        _workload_content(settings.default_workload),
        [peers.require_certificate, peers.skip_validate_trust_domain, sorted({one.text for one in peers.xfcc_from})],
    ]
    digest = hashlib.sha256()
    for part in (*parts, json.dumps(mesh), json.dumps(bundles.content()), json.dumps(deciding)):
        text = part.encode("utf-8", "surrogatepass")
        digest.update(len(text).to_bytes(8, "big") + text)
    return f"sha256:{digest.hexdigest()}"


def _workload_content(workload: Workload | None) -> object:
    if workload is None:
        return None
    labels = None if workload.labels is LABELS_UNKNOWN else sorted(workload.labels)
    return [workload.namespace, labels, workload.service_account, workload.role.value]
