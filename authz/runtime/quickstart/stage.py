"""Everything the quickstart runs, started in order and taken down again whatever happens."""

from __future__ import annotations

import contextlib
import shutil
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from authz.forwarder.supervisor import Envoy, LoggedProcess, Surroundings, find_envoy
from authz.runtime.quickstart import access_log, envoy_config, login, scenario
from authz.runtime.quickstart.backend import Backend
from authz.runtime.quickstart.certificates import CertificateAuthority, KeyPair, write_private
from authz.runtime.quickstart.client import Credentials
from authz.runtime.quickstart.gateway import (
    GATEWAY_LABELS,
    GATEWAY_NAMESPACE,
    GATEWAY_PORT,
    HOST_NAME,
    UP,
    UpProcess,
    write_mesh,
)
from authz.runtime.quickstart.ports import claimed, start_on
from authz.runtime.quickstart.scenario import Caller
from authz.runtime.quickstart.tokens import TokenIssuer, break_signature

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from authz.runtime.quickstart.gateway import Ready

PORTS = {"v1": 8081, "v2": 8082}
BOUND_GATEWAY_PORT = 8443
HOST = "127.0.0.1"
REFRESH_S = 10  # of the issuer's keys, the least that there is, so that nobody has to wait for new ones


@dataclass(frozen=True, slots=True)
class Plan:
    """What to run: `policies` with `settings` (or none), `up` being the command for gateway and authorizer."""

    policies: Path
    settings: Path | None
    up: Sequence[str] = UP


@dataclass(frozen=True, slots=True)
class Proxy:
    """An Envoy: in front of one version, or the gateway. `access_logs`: where its requests are found."""

    url: str
    address: tuple[str, int]
    access_logs: tuple[Path, ...]
    process: LoggedProcess


@dataclass(frozen=True, slots=True)
class Stage:
    """All of it, running. `directory` is private, and holds what the callers need, and the logs.

    `proxies` are those of my-app by version, and the gateway.

    `login` is the way to the issuer, a proxy; `key_set` the file that it
    publishes. `program` is how to start `authz`.
    """

    directory: Path
    credentials: Credentials
    login: str
    key_set: Path
    ready: Ready
    proxies: Mapping[str, Proxy]
    processes: tuple[LoggedProcess, ...]
    program: str


@dataclass(frozen=True, slots=True)
class Identity:
    """Who issues and who holds what: written to files once, before anything starts.

    `server` is my-app. `gateway` is who the gateway is to callers from outside,
    `gateway_workload` who it is in the mesh.

    `ca` and `other_ca` are two authorities, the second another trust domain's;
    `client_cas` has both. `login` is who the issuer's site is, `key_set` its keys.
    """

    credentials: Credentials
    other_ca: Path
    client_cas: Path
    server: KeyPair
    gateway: KeyPair
    gateway_workload: KeyPair
    login: KeyPair
    key_set: Path

    @property
    def ca(self) -> Path:
        """Whom callers believe, too."""
        return self.credentials.ca


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
        announce("credentials", f"CAs, certificates and tokens in {directory}, removed at the end")
        site = stack.enter_context(login.Login(identity.key_set, identity.login))
        announce("issuer", f"{login.ISSUER}, behind the proxy {site.proxy}")
        proxies = {}
        for version, port in PORTS.items():
            stack.enter_context(Backend(directory / f"my-app-{version}.sock", version))
            proxies[version] = stack.enter_context(_proxy(version, identity, surroundings))
            where = _where(proxies[version].address, port)
            announce(f"my-app {version}", f"behind an Envoy on {where}, http and https")
        port = stack.enter_context(claimed(HOST, BOUND_GATEWAY_PORT))
        mesh = write_mesh(directory / "mesh", identity.gateway, {name: one.address[1] for name, one in proxies.items()})
        arguments = [*_arguments(plan, identity, site), "--policies", str(mesh), *_gateway_arguments(port, identity)]
        log = directory / "up.log"
        running = stack.enter_context(UpProcess(arguments, log, command=plan.up, surroundings=surroundings))
        ready = running.ready
        announce("authorizer", f"{ready.authorizer}, which all Envoys ask")
        where = _where((HOST, port), BOUND_GATEWAY_PORT)
        announce("gateway", f"an Envoy on {where}, https for {HOST_NAME}, {ready.resources} resources")
        logs = tuple([log for proxy in proxies.values() for log in proxy.access_logs])
        proxies[scenario.GATEWAY] = Proxy(f"https://{HOST_NAME}:{port}", (HOST, port), logs, running.process)
        yield Stage(
            directory,
            identity.credentials,
            site.proxy,
            identity.key_set,
            ready,
            proxies,
            tuple([proxy.process for proxy in proxies.values()]),
            _program(),
        )


def make_identity(directory: Path) -> Identity:
    """Mint the CAs, everybody's certificates and tokens, and the issuer's keys, into `directory`."""
    authority, other = CertificateAuthority(directory), CertificateAuthority(directory, "other-ca")
    names = ["localhost", "my-app.default.svc.cluster.local"]
    me = f"spiffe://{scenario.TRUST_DOMAIN}/ns/{scenario.NAMESPACE}/sa/my-app"
    certificates = {
        caller: (other if made.other_ca else authority).issue(file_name(caller), spiffe_ids=[made.spiffe_id])
        for caller, made in scenario.CERTIFICATES.items()
    }
    issuer = TokenIssuer(login.ISSUER)
    both = authority.certificate.read_bytes() + other.certificate.read_bytes()
    return Identity(
        credentials=Credentials(_tokens(issuer, directory), certificates, authority.certificate),
        other_ca=other.certificate,
        client_cas=write_private(directory / "client-cas.pem", both),
        gateway_workload=authority.issue("gateway-workload", spiffe_ids=[scenario.GATEWAY_ID]),
        gateway=authority.issue("gateway", dns_names=[HOST_NAME]),
        server=authority.issue("my-app", spiffe_ids=[me], dns_names=names, addresses=[HOST]),
        login=authority.issue("login", dns_names=[login.HOST]),
        key_set=write_private(directory / "jwks.json", issuer.jwks().encode()),
    )


def file_name(caller: Caller) -> str:
    """Give what the files of a caller are called: `user` for `user.token`."""
    return caller.name.lower().replace("_", "-")


def _tokens(issuer: TokenIssuer, directory: Path) -> dict[Caller, str]:
    tokens = {}
    for caller, wanted in scenario.TOKENS.items():
        by = issuer if wanted.by is None else TokenIssuer(wanted.by)
        token = by.mint(wanted.subject, {"groups": wanted.groups} if wanted.groups else None, wanted.lifetime)
        tokens[caller] = break_signature(token) if wanted.broken else token
        write_private(directory / f"{file_name(caller)}.token", tokens[caller].encode())
    return tokens


def _arguments(plan: Plan, identity: Identity, site: login.Login) -> list[str]:
    """Give the flags that have to do with what is decided, and where it is."""
    arguments = ["--policies", str(plan.policies), "--listen", f"unix:{_socket(identity)}"]
    if plan.settings:
        arguments += ["--config", str(plan.settings)]
    arguments += ["--trust-bundle", str(identity.ca)]
    arguments += ["--trust-bundle", f"{scenario.OTHER_TRUST_DOMAIN}={identity.other_ca}"]
    arguments += ["--jwks-proxy", site.proxy, "--jwks-ca-file", str(identity.ca), "--jwks-refresh", str(REFRESH_S)]
    return arguments


def _gateway_arguments(port: int, identity: Identity) -> list[str]:
    mine = identity.gateway_workload
    return [
        *("--namespace", GATEWAY_NAMESPACE, "--labels", GATEWAY_LABELS),
        *("--port-map", f"{GATEWAY_PORT}={port}", "--envoy-drain-seconds", "0"),
        *("--envoy-certificate", str(mine.certificate), "--envoy-key", str(mine.key), "--envoy-root", str(identity.ca)),
    ]


def _socket(identity: Identity) -> Path:
    """Where the authorizer listens: nobody needs it but the Envoys, and they are ours."""
    return identity.ca.with_name("authz.sock")


def _program() -> str:
    """Name the `authz` that belongs to the Python we run in."""
    script = Path(sys.executable).with_name("authz")
    return str(script) if script.is_file() else f"{sys.executable} -m authz"


@contextlib.contextmanager
def _proxy(version: str, identity: Identity, surroundings: Surroundings) -> Iterator[Proxy]:
    directory = identity.ca.parent
    log = directory / f"access-{version}.log"

    def start(port: int) -> Envoy:
        config = envoy_config.inbound_proxy(
            envoy_config.InboundProxy(
                workload=envoy_config.Workload(scenario.NAMESPACE, {"app": "my-app", "version": version}),
                port=port,
                backend=directory / f"my-app-{version}.sock",
                authorizer=_socket(identity),
                server=identity.server,
                client_cas=identity.client_cas,
                access_log=log,
            )
        )
        return Envoy(
            config,
            name=f"Envoy of my-app {version}",
            log_path=directory / f"envoy-{version}.log",
            options=["--concurrency", "1", "--log-level", "warning", *access_log.FLUSH_OPTIONS],
            surroundings=surroundings,
        ).start()

    with start_on(HOST, PORTS[version], start) as envoy:
        address = envoy.address_of(envoy_config.LISTENER)
        yield Proxy(f"http://{address[0]}:{address[1]}", address, (log,), envoy.process)


def _where(address: tuple[str, int], wanted_port: int) -> str:
    host, port = address
    return f"{host}:{port}" + (f" ({wanted_port} is taken)" if port != wanted_port else "")
