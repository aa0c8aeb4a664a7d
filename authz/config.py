"""Settings: file and flags -> one frozen `Settings`. A flag wins over the file, the file over the default."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from enum import Enum
from pathlib import Path
from typing import Any

from authz.decision.engine import EngineSettings
from authz.identity.bundle import TrustPaths, parse_bundle_path
from authz.model.address import parse_address, parse_cidr
from authz.model.errors import SettingsError
from authz.model.listed_proxy import parse_listed_proxy
from authz.model.problem import Code, Problems
from authz.model.settings import BareRequestPrincipals, DecidingSettings
from authz.model.spiffe_id import SpiffeIdPattern, parse_spiffe_id_pattern
from authz.model.workload import Workload, parse_workload, render_workload
from authz.observability.logs import LogFormat, LogLevel, LogSettings
from authz.observability.telemetry import TelemetrySettings, Traces, check_otlp_endpoint
from authz.resources.documents import SourceFile, read_documents
from authz.resources.fields import Fields
from authz.resources.nodes import Node, Scalar, Sequence, scalar_type
from authz.server.transport.grpcio import TransportSettings
from authz.sources.jwks_settings import JwksSettings, check_blocked_cidrs, check_proxy


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything that an operator can set. `allow_empty`: a set without policies is meant, and allows everything.

    `insecure_listen`: listening beyond this machine without TLS is meant. `drain_delay_seconds`: how
    long calls are taken once we are told to stop; `drain_seconds`: how long those in flight may take then.
    `http_listen`: where health and metrics are, None for nowhere. `file`: where settings were read from, None without
    a file. `origins`: by key, where a value is from if it is not the default.
    """

    file: Path | None = None
    policies: Path | None = None
    mesh: Path | None = None
    trust: TrustPaths = field(default_factory=TrustPaths)
    workload: Workload | None = None
    allow_empty: bool = False
    insecure_listen: bool = False
    drain_delay_seconds: int = 0
    drain_seconds: int = 10
    http_listen: str | None = None
    logs: LogSettings = field(default_factory=LogSettings)
    telemetry: TelemetrySettings = field(default_factory=TelemetrySettings)
    deciding: DecidingSettings = field(default_factory=DecidingSettings)
    transport: TransportSettings = field(default_factory=TransportSettings)
    jwks: JwksSettings = field(default_factory=JwksSettings)
    origins: Mapping[str, str] = field(default_factory=dict, compare=False, repr=False)

    @property
    def engine(self) -> EngineSettings:
        """The part that decides."""
        return EngineSettings(self.deciding, self.workload)

    def needs_restart_for(self, running: "Settings") -> bool:
        """Whether these differ from the running ones in more than what decides."""
        return replace(self, workload=running.workload, deciding=running.deciding) != running


@dataclass(frozen=True, slots=True)
class File:
    """A path: in the settings file relative to it, as a flag to where one is."""


@dataclass(frozen=True, slots=True)
class Files:
    """Paths, as of File; the flag may be given several times. `named`: each may be `NAME=PATH`."""

    named: bool = False


@dataclass(frozen=True, slots=True)
class Text:
    """A text of a form of its own."""


@dataclass(frozen=True, slots=True)
class Switch:
    """On or off."""


@dataclass(frozen=True, slots=True)
class Number:
    """A whole number."""

    low: int
    high: int


@dataclass(frozen=True, slots=True)
class Word:
    """One of a closed list."""

    words: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Texts:
    """A list of texts; the flag may be given several times."""


@dataclass(frozen=True, slots=True)
class Share:
    """A number from 0 to 1."""


Kind = File | Files | Text | Switch | Number | Word | Texts | Share
Value = Path | str | bool | int | float | tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Setting:
    """One thing to set: a key of the settings file, `SECTION.KEY` within a section, and a flag.

    `get` gives its value, None where there is none; `put` sets one, and raises ValueError if it cannot be used.
    """

    key: str
    flag: str
    kind: Kind
    get: Callable[[Settings], Value | None]
    put: Callable[[Settings, Any], Settings]
    help: str
    metavar: str | None = None


_MAX_DRAIN_SECONDS = 3600
_HOUR, _DAY = 3600, 86400


def _words(choices: type[Enum]) -> Word:
    return Word(tuple(one.value for one in choices))


SETTINGS = (
    Setting(
        "policies",
        "--policies",
        File(),
        lambda settings: settings.policies,
        lambda settings, path: replace(settings, policies=path),
        "directory (or file) of policies, YAML or JSON",
        "DIR",
    ),
    Setting(
        "mesh",
        "--mesh",
        File(),
        lambda settings: settings.mesh,
        lambda settings, path: replace(settings, mesh=path),
        "MeshConfig (YAML or JSON); without it Istio's defaults hold",
        "FILE",
    ),
    Setting(
        "trustBundles",
        "--trust-bundle",
        Files(named=True),
        lambda settings: tuple([_bundle_text(*bundle) for bundle in settings.trust.bundles]) or None,
        lambda settings, texts: _with_trust(settings, bundles=tuple(map(parse_bundle_path, texts))),
        "verify the certificates of peers by these authorities, PEM, of the mesh's trust domain or the one named; "
        "followed while serving; may be repeated",
        "[TRUST-DOMAIN=]FILE",
    ),
    Setting(
        "crls",
        "--crl",
        Files(),
        lambda settings: tuple([str(path.absolute()) for path in settings.trust.revocations]) or None,
        lambda settings, texts: _with_trust(settings, revocations=tuple(map(Path, texts))),
        "what those authorities have revoked, PEM or DER; followed while serving; may be repeated",
        "FILE",
    ),
    Setting(
        "requireCertificate",
        "--require-certificate",
        Switch(),
        lambda settings: settings.deciding.peers.require_certificate,
        lambda settings, on: _with_peers(settings, require_certificate=on),
        "with a trust bundle, a peer without a certificate to verify is not taken at the proxy's word (default: on)",
    ),
    Setting(
        "skipValidateTrustDomain",
        "--skip-validate-trust-domain",
        Switch(),
        lambda settings: settings.deciding.peers.skip_validate_trust_domain,
        lambda settings, on: _with_peers(settings, skip_validate_trust_domain=on),
        "PeerAuthentication takes peers of any trust domain, as with Istio's PILOT_SKIP_VALIDATE_TRUST_DOMAIN",
    ),
    Setting(
        "xfccFrom",
        "--xfcc-from",
        Texts(),
        lambda settings: tuple([one.text for one in settings.deciding.peers.xfcc_from]) or None,
        lambda settings, texts: _with_peers(settings, xfcc_from=tuple(map(parse_listed_proxy, texts))),
        "proxies whose x-forwarded-client-cert says who the peer is, by SPIFFE id (a `*` at its end for many) or "
        "address; may be repeated",
        "ID|CIDR",
    ),
    Setting(
        "listen",
        "--listen",
        Text(),
        lambda settings: settings.transport.listen,
        lambda settings, text: replace(settings, transport=replace(settings.transport, listen=_address(text))),
        "127.0.0.1:9191 (the default), or unix:/path; port 0 takes a free one",
        "ADDRESS",
    ),
    Setting(
        "httpListen",
        "--http-listen",
        Text(),
        lambda settings: settings.http_listen,
        lambda settings, text: replace(settings, http_listen=_tcp_address(text)),
        "/healthz, /readyz and /metrics, such as 127.0.0.1:9193 (default: nowhere)",
        "ADDRESS",
    ),
    Setting(
        "workload",
        "--workload",
        Text(),
        lambda settings: None if settings.workload is None else render_workload(settings.workload),
        lambda settings, text: replace(settings, workload=parse_workload(text)),
        "whose requests these are where the proxy does not say it; `NAMESPACE/` for a workload without labels",
        "NAMESPACE/k=v,k=v",
    ),
    Setting(
        "allowEmpty",
        "--allow-empty",
        Switch(),
        lambda settings: settings.allow_empty,
        lambda settings, on: replace(settings, allow_empty=on),
        "serve a set without policies: it allows everything",
    ),
    Setting(
        "insecureListen",
        "--insecure-listen",
        Switch(),
        lambda settings: settings.insecure_listen,
        lambda settings, on: replace(settings, insecure_listen=on),
        "listen beyond this machine in plain text, without identities",
    ),
    Setting(
        "tls.certificate",
        "--tls-cert",
        File(),
        lambda settings: settings.transport.tls.certificate,
        lambda settings, path: _with_tls(settings, certificate=path),
        "certificate chain of the listener, PEM, its own certificate first; followed while serving",
        "FILE",
    ),
    Setting(
        "tls.key",
        "--tls-key",
        File(),
        lambda settings: settings.transport.tls.key,
        lambda settings, path: _with_tls(settings, key=path),
        "private key of that certificate, PEM without a passphrase",
        "FILE",
    ),
    Setting(
        "tls.clientCa",
        "--tls-client-ca",
        File(),
        lambda settings: settings.transport.tls.client_ca,
        lambda settings, path: _with_tls(settings, client_ca=path),
        "authorities of proxies, PEM: every proxy needs a certificate of one of them",
        "FILE",
    ),
    Setting(
        "tls.allowedSpiffeIds",
        "--tls-allow-spiffe-id",
        Texts(),
        lambda settings: tuple(map(str, settings.transport.tls.allowed_spiffe_ids)) or None,
        lambda settings, texts: _with_tls(settings, allowed_spiffe_ids=tuple(map(_spiffe_id_pattern, texts))),
        "which proxies may ask, by the SPIFFE id of their certificate; a `*` at its end for many; may be repeated",
        "ID",
    ),
    Setting(
        "drainDelaySeconds",
        "--drain-delay",
        Number(0, _MAX_DRAIN_SECONDS),
        lambda settings: settings.drain_delay_seconds,
        lambda settings, seconds: replace(settings, drain_delay_seconds=seconds),
        "told to stop, say so and go on taking calls for so long (default: 0)",
        "SECONDS",
    ),
    Setting(
        "drainSeconds",
        "--drain-seconds",
        Number(0, _MAX_DRAIN_SECONDS),
        lambda settings: settings.drain_seconds,
        lambda settings, seconds: replace(settings, drain_seconds=seconds),
        "how long calls in flight may then take (default: 10)",
        "SECONDS",
    ),
    Setting(
        "logLevel",
        "--log-level",
        _words(LogLevel),
        lambda settings: settings.logs.level.value,
        lambda settings, word: replace(settings, logs=replace(settings.logs, level=LogLevel(word))),
        "the least that is logged: debug, info (the default), warning or error",
    ),
    Setting(
        "logFormat",
        "--log-format",
        _words(LogFormat),
        lambda settings: settings.logs.format.value,
        lambda settings, word: replace(settings, logs=replace(settings.logs, format=LogFormat(word))),
        "text (the default), or json: an object a line",
    ),
    Setting(
        "telemetry.otlpEndpoint",
        "--otlp-endpoint",
        Text(),
        lambda settings: settings.telemetry.otlp_endpoint,
        lambda settings, text: _with_telemetry(settings, otlp_endpoint=check_otlp_endpoint(text)),
        "OpenTelemetry collector, gRPC: https://HOST:PORT, or http://HOST:PORT in plain text (default: as OTEL_* say)",
        "URL",
    ),
    Setting(
        "telemetry.traces",
        "--traces",
        _words(Traces),
        lambda settings: settings.telemetry.traces.value,
        lambda settings, word: _with_telemetry(settings, traces=Traces(word)),
        "a span a decision: off (the default), parent: for requests whose traceparent is sampled, or ratio: also for "
        "a share of those without",
    ),
    Setting(
        "telemetry.tracesRatio",
        "--traces-ratio",
        Share(),
        lambda settings: settings.telemetry.traces_ratio,
        lambda settings, share: _with_telemetry(settings, traces_ratio=share),
        "that share, 0 to 1 (default: 0.01)",
        "SHARE",
    ),
    Setting(
        "telemetry.tracePaths",
        "--trace-paths",
        Switch(),
        lambda settings: settings.telemetry.trace_paths,
        lambda settings, on: _with_telemetry(settings, trace_paths=on),
        "spans have the path, without its query",
    ),
    Setting(
        "telemetry.metrics",
        "--otlp-metrics",
        Switch(),
        lambda settings: settings.telemetry.metrics,
        lambda settings, on: _with_telemetry(settings, metrics=on),
        "send the metrics to the OpenTelemetry collector",
    ),
    Setting(
        "jwks.refreshSeconds",
        "--jwks-refresh",
        Number(10, 12 * _HOUR),
        lambda settings: settings.jwks.refresh_seconds,
        lambda settings, seconds: _with_jwks(settings, refresh_seconds=seconds),
        "how often the keys of issuers are fetched (default: 1200)",
        "SECONDS",
    ),
    Setting(
        "jwks.keepSeconds",
        "--jwks-keep",
        Number(_DAY, 30 * _DAY),
        lambda settings: settings.jwks.keep_seconds,
        lambda settings, seconds: _with_jwks(settings, keep_seconds=seconds),
        "how long the last good keys are used while they cannot be fetched (default: 604800, seven days)",
        "SECONDS",
    ),
    Setting(
        "jwks.unknownKidCooldownSeconds",
        "--jwks-unknown-kid-cooldown",
        Number(0, _DAY),
        lambda settings: settings.jwks.unknown_kid_cooldown_seconds,
        lambda settings, seconds: _with_jwks(settings, unknown_kid_cooldown_seconds=seconds),
        "a token with an unknown key has the keys fetched, once in so long; 0 (the default): it has not, as in Istio",
        "SECONDS",
    ),
    Setting(
        "jwks.allowHttp",
        "--jwks-allow-http",
        Switch(),
        lambda settings: settings.jwks.allow_http,
        lambda settings, on: _with_jwks(settings, allow_http=on),
        "keys may come over plain http, where anyone on the way can replace them",
    ),
    Setting(
        "jwks.allowPrivateAddresses",
        "--jwks-allow-private-addresses",
        Switch(),
        lambda settings: settings.jwks.allow_private_addresses,
        lambda settings, on: _with_jwks(settings, allow_private_addresses=on),
        "keys may come from private addresses, such as those of a cluster",
    ),
    Setting(
        "jwks.allowLoopback",
        "--jwks-allow-loopback",
        Switch(),
        lambda settings: settings.jwks.allow_loopback,
        lambda settings, on: _with_jwks(settings, allow_loopback=on),
        "keys may come from this machine",
    ),
    Setting(
        "jwks.blockedCidrs",
        "--jwks-block-cidr",
        Texts(),
        lambda settings: settings.jwks.blocked_cidrs or None,
        lambda settings, texts: _with_jwks(settings, blocked_cidrs=check_blocked_cidrs(texts)),
        "addresses from where no keys may come, beside those that are refused anyway; may be repeated",
        "CIDR",
    ),
    Setting(
        "jwks.proxy",
        "--jwks-proxy",
        Text(),
        lambda settings: settings.jwks.proxy,
        lambda settings, text: _with_jwks(settings, proxy=check_proxy(text)),
        "proxy through which keys are fetched, http://HOST:PORT, or none (default: as HTTPS_PROXY, NO_PROXY say)",
        "URL",
    ),
    Setting(
        "jwks.caFile",
        "--jwks-ca-file",
        File(),
        lambda settings: settings.jwks.ca_file,
        lambda settings, path: _with_jwks(settings, ca_file=path),
        "authorities of issuers' servers beside the system's, PEM",
        "FILE",
    ),
    Setting(
        "bareRequestPrincipals",
        "--bare-request-principals",
        _words(BareRequestPrincipals),
        lambda settings: settings.deciding.bare_request_principals.value,
        lambda settings, word: replace(
            settings, deciding=replace(settings.deciding, bare_request_principals=BareRequestPrincipals(word))
        ),
        "how a request principal without `/` is read: as Istio does (the default), or as a subject of any issuer",
    ),
)
"""Everything that can be set; the settings file, the flags of `serve` and `authz config print` are made of it."""


def read_settings(path: Path) -> Settings:
    """Read a settings file (`authz.yaml`). Paths in it are relative to the file. Raises SettingsError."""
    try:
        content = path.read_bytes()
    except OSError as error:
        raise SettingsError(f"{path}: cannot be read: {error.strerror}") from None
    problems = Problems()
    settings = replace(_settings(SourceFile(str(path), content), path.parent, problems), file=path)
    if problems.has_errors():
        raise SettingsError("\n".join(map(str, problems)))
    return settings


def _settings(file: SourceFile, base: Path, problems: Problems) -> Settings:
    documents = read_documents([file], problems)
    fields = Fields(file.name, problems)
    for extra in documents[1:]:
        fields.problem(Code.BAD_SETTING, extra.root, "", "a settings file is one document")
    nodes = _nodes(fields, documents[0].root) if documents else {}
    settings = Settings()
    for setting in SETTINGS:
        node = nodes.get(setting.key)
        value = _read(fields, node, setting, base)
        if node is None or value is None:
            continue
        try:
            settings = _put(settings, setting, value, f"{file.name}:{node.line}")
        except ValueError as error:
            fields.problem(Code.BAD_SETTING, node, setting.key, str(error))
    return settings


def _nodes(fields: Fields, node: Node) -> dict[str, Node]:
    """The nodes of what is set, by key."""
    keys = [one.key.partition(".") for one in SETTINGS]
    root = fields.mapping(node, "", dict.fromkeys(section for section, _, _ in keys))
    if root is None:
        return {}
    found = {section: entry for section, dot, _ in keys if not dot and (entry := root.get(section)) is not None}
    for section in dict.fromkeys(section for section, dot, _ in keys if dot):
        known = [key for one, dot, key in keys if dot and one == section]
        inner = fields.mapping(root.get(section), section, known)
        found |= {f"{section}.{key}": entry for key in known if inner and (entry := inner.get(key)) is not None}
    return found


def _read(fields: Fields, node: Node | None, setting: Setting, base: Path) -> Value | None:
    key = setting.key
    match setting.kind:
        case File():
            return _path(fields, node, key, base)
        case Files(named):
            return _paths(fields, node, key, base, named=named)
        case Text():
            return fields.string(node, key)
        case Switch():
            return fields.boolean(node, key)
        case Number(low, high):
            return fields.integer(node, key, low, high)
        case Word(words):
            if isinstance(node, Scalar) and node.text in words:  # `off` without quotes is one of YAML's booleans
                return node.text
            return fields.one_of(node, key, words)
        case Share():
            return _share(fields, node, key)
        case Texts():
            return _texts(fields, node, key) or None


def _texts(fields: Fields, node: Node | None, key: str) -> tuple[str, ...]:
    if isinstance(node, Sequence) and not node.items:
        fields.problem(Code.EMPTY_VALUE, node, key, "expected at least one, found none; or remove the field")
    return tuple([text for _, text, _ in fields.strings(node, key)])


def _paths(fields: Fields, node: Node | None, key: str, base: Path, *, named: bool) -> tuple[str, ...] | None:
    texts = _texts(fields, node, key)
    if not named:
        return tuple([str(base / text) for text in texts]) or None
    try:
        bundles = [parse_bundle_path(text) for text in texts]
    except ValueError:
        return texts  # to be refused with its place when it is put
    return tuple([_bundle_text(domain, base / path) for domain, path in bundles]) or None


def _share(fields: Fields, node: Node | None, key: str) -> float | None:
    if node is None:
        return None
    if not isinstance(node, Scalar) or scalar_type(node) != "number":
        fields.wrong_type(node, key, "a number from 0 to 1")
        return None
    try:
        return _parse_share(node.text)
    except ValueError as error:
        fields.problem(Code.NOT_ONE_OF, node, key, str(error))
        return None


def _parse_share(text: str) -> float:
    if not _SHARE.fullmatch(text):
        raise ValueError(f"expected a number from 0 to 1, such as 0.01, found {text!r}")
    return float(text)


_SHARE = re.compile(r"0|1|0\.[0-9]{1,9}|1\.0{1,9}")


def _path(fields: Fields, node: Node | None, key: str, base: Path) -> Path | None:
    text = fields.string(node, key)
    if node is not None and text == "":
        fields.problem(Code.EMPTY_VALUE, node, key, "expected a path, found nothing; remove the field or name a file")
    return base / text if text else None


def apply_flags(settings: Settings, flags: Mapping[str, str | bool | tuple[str, ...]]) -> Settings:
    """Settings with what flags say, each by the key of its setting. Raises SettingsError."""
    for setting in SETTINGS:
        if setting.key not in flags:
            continue
        try:
            value = _flag_value(setting.kind, flags[setting.key])
            settings = _put(settings, setting, value, f"flag {setting.flag}")
        except ValueError as error:
            raise SettingsError(f"{setting.key}: {error}") from None
    return settings


def _flag_value(kind: Kind, given: Value) -> Value:
    match kind:
        case File():
            if given == "":
                raise ValueError("expected a path, found nothing")
            return Path(str(given))
        case Number(low, high):
            text = str(given)
            if not _NUMBER.fullmatch(text) or not low <= int(text) <= high:
                raise ValueError(f"expected a number from {low} to {high}, found {given!r}")
            return int(text)
        case Word(words):
            if given not in words:
                raise ValueError(f"expected one of {', '.join(words)}, found {given!r}")
            return given
        case Share():
            return _parse_share(str(given))
        case Text() | Switch() | Texts() | Files():
            return given


_NUMBER = re.compile(r"[0-9]{1,9}")


def _put(settings: Settings, setting: Setting, value: Value, origin: str) -> Settings:
    changed = setting.put(settings, value)
    return replace(changed, origins={**settings.origins, setting.key: origin})


def _bundle_text(domain: str, path: Path) -> str:
    return f"{domain}={path.absolute()}" if domain else str(path.absolute())


def _with_trust(settings: Settings, **changes: Any) -> Settings:
    return replace(settings, trust=replace(settings.trust, **changes))


def _with_peers(settings: Settings, **changes: Any) -> Settings:
    deciding = settings.deciding
    return replace(settings, deciding=replace(deciding, peers=replace(deciding.peers, **changes)))


def _with_tls(settings: Settings, **changes: Any) -> Settings:
    tls = replace(settings.transport.tls, **changes)
    return replace(settings, transport=replace(settings.transport, tls=tls))


def _with_telemetry(settings: Settings, **changes: Any) -> Settings:
    return replace(settings, telemetry=replace(settings.telemetry, **changes))


def _with_jwks(settings: Settings, **changes: Any) -> Settings:
    return replace(settings, jwks=replace(settings.jwks, **changes))


def _spiffe_id_pattern(text: str) -> SpiffeIdPattern:
    try:
        return parse_spiffe_id_pattern(text)
    except ValueError as error:
        raise ValueError(f"{text!r}: {error}") from None


def check_listen(text: str) -> str:
    """An address to listen on: `HOST:PORT`, `[::1]:PORT` or `unix:PATH`. Raises SettingsError."""
    try:
        return _address(text)
    except ValueError as error:
        raise SettingsError(f"listen: {error}") from None


def _tcp_address(text: str) -> str:
    if text.startswith("unix:"):
        raise ValueError(f"expected HOST:PORT or [IPv6]:PORT, found {text!r}")
    return _address(text)


def _address(text: str) -> str:
    if text.startswith("unix:"):
        if len(text) == len("unix:") or "\0" in text:
            raise ValueError(f"expected unix:PATH, found {text!r}")
        return text
    host, _, port = text.rpartition(":")
    if not (_HOST.fullmatch(host) or _is_bracketed(host)) or not _PORT.fullmatch(port) or int(port) > _MAX_PORT:
        raise ValueError(f"expected HOST:PORT, [IPv6]:PORT or unix:PATH, found {text!r}")
    return text


_HOST = re.compile(r"[A-Za-z0-9._-]+")
_PORT = re.compile(r"[0-9]{1,5}")
_MAX_PORT = 65535
_LOOPBACK = (parse_cidr("127.0.0.0/8"), parse_cidr("::1"))


def _is_bracketed(host: str) -> bool:
    inner = host[1:-1].partition("%")[0]
    return host.startswith("[") and host.endswith("]") and ":" in inner and parse_address(inner) is not None


def is_loopback(listen: str) -> bool:
    """Whether only this machine can reach an address. A name other than `localhost` may mean any machine."""
    if listen.startswith("unix:"):
        return True
    host = listen.rpartition(":")[0]
    address = parse_address(host.removeprefix("[").removesuffix("]"))
    return host == "localhost" or (address is not None and any(address in block for block in _LOOPBACK))
