"""The settings of `authz serve`, one by one."""

from dataclasses import replace
from enum import Enum
from pathlib import Path
from typing import Any

from authz.config.addresses import parse_listen, parse_tcp_listen
from authz.config.decision_log import DECISION_LOG
from authz.config.setting import File, Files, Number, Setting, Share, Switch, Text, Texts, Value, Word
from authz.config.settings import Settings
from authz.identity.bundle import parse_bundle_path
from authz.model.listed_proxy import parse_listed_proxy
from authz.model.settings import BareRequestPrincipals
from authz.model.spiffe_id import SpiffeIdPattern, parse_spiffe_id_pattern
from authz.model.workload import parse_workload, render_workload
from authz.observability.logs import LogFormat, LogLevel
from authz.observability.telemetry import Traces, check_otlp_endpoint
from authz.sources.jwks_settings import check_blocked_cidrs, check_proxy

_MAX_DRAIN_SECONDS = 3600
_HOUR, _DAY = 3600, 86400


def _words(choices: type[Enum]) -> Word:
    return Word(tuple(one.value for one in choices))


SERVING = (
    Setting(
        "policies",
        "--policies",
        Files(or_one=True),
        lambda settings: _one_or_all(settings.policies),
        lambda settings, texts: replace(settings, policies=tuple([_path(text) for text in texts])),
        "directory (or file) of policies, YAML or JSON; may be repeated",
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
        lambda settings: tuple([bundle_text(*bundle) for bundle in settings.trust.bundles]) or None,
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
        lambda settings, text: replace(settings, transport=replace(settings.transport, listen=parse_listen(text))),
        "127.0.0.1:9191 (the default), or unix:/path; port 0 takes a free one",
        "ADDRESS",
    ),
    Setting(
        "httpListen",
        "--http-listen",
        Text(),
        lambda settings: settings.http_listen,
        lambda settings, text: replace(settings, http_listen=parse_tcp_listen(text)),
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
    *DECISION_LOG,
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


def bundle_text(domain: str, path: Path) -> str:
    """A trust bundle as it is written in settings."""
    return f"{domain}={path.absolute()}" if domain else str(path.absolute())


def _one_or_all(paths: tuple[Path, ...]) -> Value | None:
    return paths[0] if len(paths) == 1 else tuple([str(path.absolute()) for path in paths]) or None


def _path(text: str) -> Path:
    if not text:
        raise ValueError("expected a path, found nothing")
    return Path(text)


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
