"""Everything the quickstart runs, started in order and taken down again whatever happens."""

from __future__ import annotations

import contextlib
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from authz.forwarder.supervisor import Envoy, LoggedProcess, Surroundings, find_envoy
from authz.runtime.quickstart import access_log, envoy_config, scenario
from authz.runtime.quickstart.authorizer import SERVE, AuthorizerProcess
from authz.runtime.quickstart.backend import Backend
from authz.runtime.quickstart.certificates import CertificateAuthority, KeyPair, write_private
from authz.runtime.quickstart.client import Credentials
from authz.runtime.quickstart.ports import port_or_any
from authz.runtime.quickstart.scenario import Caller
from authz.runtime.quickstart.tokens import TokenIssuer, break_signature

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from authz.runtime.quickstart.authorizer import Ready

AUTHORIZER_PORT = 9191
PORTS = {"v1": 8081, "v2": 8082}
HOST = "127.0.0.1"


@dataclass(frozen=True, slots=True)
class Plan:
    """What to run: `policies` with `settings` (or none), `serve` being the command to start the authorizer with."""

    policies: Path
    settings: Path | None
    serve: Sequence[str] = SERVE


@dataclass(frozen=True, slots=True)
class Proxy:
    """The Envoy in front of one version."""

    address: tuple[str, int]
    access_log: Path
    process: LoggedProcess


@dataclass(frozen=True, slots=True)
class Stage:
    """All of it, running. `directory` is private, and holds what the callers need, and the logs."""

    directory: Path
    credentials: Credentials
    authorizer: Ready
    proxies: Mapping[str, Proxy]
    processes: tuple[LoggedProcess, ...]


@dataclass(frozen=True, slots=True)
class Identity:
    """Who issues and who holds what: written to files once, before anything starts."""

    credentials: Credentials
    server: KeyPair
    issuer: TokenIssuer


@contextlib.contextmanager
def open_stage(plan: Plan, surroundings: Surroundings, announce: Callable[[str, str], None]) -> Iterator[Stage]:
    """Start everything, in the order in which it is needed, and stop it in reverse.

    `announce` gets a word and a sentence for each step. Raises SupervisorError
    or OSError for what does not start; all that did is stopped then.
    """
    with contextlib.ExitStack() as stack:
        announce("policies", f"{plan.policies}" + (f", settings {plan.settings}" if plan.settings else ""))
        announce("Envoy", f"{find_envoy(surroundings.environ)}")
        directory = Path(tempfile.mkdtemp(prefix="authz-quickstart-"))
        stack.callback(shutil.rmtree, directory, ignore_errors=True)
        identity = make_identity(directory)
        announce("credentials", f"a CA, certificates and tokens in {directory}, removed at the end")
        authorizer = stack.enter_context(_authorizer(plan, directory, surroundings))
        ready = authorizer.ready
        announce("authorizer", f"{_where(ready.address, AUTHORIZER_PORT)}, {ready.policies} policies, {ready.digest}")
        proxies = {}
        for version, port in PORTS.items():
            stack.enter_context(Backend(directory / f"my-app-{version}.sock", version))
            proxies[version] = stack.enter_context(_proxy(version, identity, ready, surroundings))
            where = _where(proxies[version].address, port)
            announce(f"my-app {version}", f"behind an Envoy on {where}, http and https")
        processes = (authorizer.process, *(proxy.process for proxy in proxies.values()))
        yield Stage(directory, identity.credentials, ready, proxies, processes)


def make_identity(directory: Path) -> Identity:
    """Mint a CA, everybody's certificates and tokens, into `directory`."""
    authority, issuer = CertificateAuthority(directory), TokenIssuer()
    names = ["localhost", "my-app.default.svc.cluster.local"]
    me = f"spiffe://{scenario.TRUST_DOMAIN}/ns/{scenario.NAMESPACE}/sa/my-app"
    server = authority.issue("my-app", spiffe_ids=[me], dns_names=names, addresses=[HOST])
    certificates = {
        caller: authority.issue(file_name(caller), spiffe_ids=[spiffe_id])
        for caller, spiffe_id in scenario.SPIFFE_IDS.items()
    }
    tokens = {caller: _token(issuer, caller) for caller in scenario.TOKEN_SUBJECTS}
    for caller, token in tokens.items():
        write_private(directory / f"{file_name(caller)}.token", token.encode())
    return Identity(Credentials(tokens, certificates, authority.certificate), server, issuer)


def file_name(caller: Caller) -> str:
    """Give what the files of a caller are called: `user` for `user.token`."""
    return caller.name.lower().replace("_", "-")


def _token(issuer: TokenIssuer, caller: Caller) -> str:
    groups = scenario.TOKEN_GROUPS.get(caller)
    token = issuer.mint(scenario.TOKEN_SUBJECTS[caller], {"groups": groups} if groups else None)
    return break_signature(token) if caller is Caller.BROKEN else token


def _authorizer(plan: Plan, directory: Path, surroundings: Surroundings) -> AuthorizerProcess:
    arguments = ["--policies", str(plan.policies), "--listen", f"{HOST}:{port_or_any(HOST, AUTHORIZER_PORT)}"]
    if plan.settings:
        arguments += ["--config", str(plan.settings)]
    log = directory / "authorizer.log"
    return AuthorizerProcess(arguments, log, command=plan.serve, surroundings=surroundings)


@contextlib.contextmanager
def _proxy(version: str, identity: Identity, authorizer: Ready, surroundings: Surroundings) -> Iterator[Proxy]:
    directory = identity.credentials.ca.parent
    log = directory / f"access-{version}.log"
    config = envoy_config.inbound_proxy(
        envoy_config.InboundProxy(
            workload=envoy_config.Workload(scenario.NAMESPACE, {"app": "my-app", "version": version}),
            port=port_or_any(HOST, PORTS[version]),
            backend=directory / f"my-app-{version}.sock",
            authorizer=authorizer.address,
            server=identity.server,
            client_ca=identity.credentials.ca,
            issuer=identity.issuer.issuer,
            jwks=identity.issuer.jwks(),
            access_log=log,
        )
    )
    envoy = Envoy(
        config,
        name=f"Envoy of my-app {version}",
        log_path=directory / f"envoy-{version}.log",
        options=["--concurrency", "1", "--log-level", "warning", *access_log.FLUSH_OPTIONS],
        surroundings=surroundings,
    )
    with envoy:
        yield Proxy(envoy.address_of(envoy_config.LISTENER), log, envoy.process)


def _where(address: tuple[str, int], wanted_port: int) -> str:
    host, port = address
    return f"{host}:{port}" + (f" ({wanted_port} is taken)" if port != wanted_port else "")
