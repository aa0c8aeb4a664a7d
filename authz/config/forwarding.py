"""The settings of `authz forward`, one by one: the section `forward` of the settings file."""

from dataclasses import replace
from typing import Any

from authz.config.addresses import parse_listen, parse_tcp_listen
from authz.config.setting import File, Number, Setting, Text, Word
from authz.config.settings import Settings
from authz.forwarder.settings import EnvoyLogLevel, check_error_status, parse_port_map, render_port_map
from authz.model.workload import Role, is_namespace, parse_labels

NO_AUTHORIZER = "none"

_MAX_TIMEOUT_MS = 60_000
_MAX_DRAIN_SECONDS = 3600
_MOST_CONNECTIONS = 2**31 - 1
_LOWEST_ERROR, _HIGHEST_ERROR = 400, 599
_ROLES = {role.value: role for role in (Role.GATEWAY, Role.SIDECAR)}

FORWARDING = (
    Setting(
        "forward.role",
        "--role",
        Word(tuple(_ROLES)),
        lambda settings: settings.forward.role.value,
        lambda settings, word: _with(settings, role=_ROLES[word]),
        "which proxy to be (default: gateway)",
    ),
    Setting(
        "forward.namespace",
        "--namespace",
        Text(),
        lambda settings: settings.forward.namespace,
        lambda settings, text: _with(settings, namespace=_namespace(text)),
        "its namespace: where its secrets are, and whose policies are for it (default: istio-system)",
        "NAMESPACE",
    ),
    Setting(
        "forward.labels",
        "--labels",
        Text(),
        lambda settings: ",".join(f"{key}={value}" for key, value in sorted(settings.forward.labels)) or None,
        lambda settings, text: _with(settings, labels=parse_labels(text)),
        "its labels, by which Gateways and policies select it",
        "k=v,k=v",
    ),
    Setting(
        "forward.serviceAccount",
        "--service-account",
        Text(),
        lambda settings: settings.forward.service_account or None,
        lambda settings, text: _with(settings, service_account=text),
        "its service account",
        "NAME",
    ),
    Setting(
        "forward.clusterDomain",
        "--cluster-domain",
        Text(),
        lambda settings: settings.forward.cluster_domain,
        lambda settings, text: _with(settings, cluster_domain=text),
        "what the names of Kubernetes' services end in (default: cluster.local)",
        "DOMAIN",
    ),
    Setting(
        "forward.portMap",
        "--port-map",
        Text(),
        lambda settings: render_port_map(settings.forward.port_map) or None,
        lambda settings, text: _with(settings, port_map=parse_port_map(text)),
        "listen on another port than a Gateway says, such as 443=8443,80=8080",
        "PORT=PORT,...",
    ),
    Setting(
        "forward.authorizer",
        "--authorizer",
        Text(),
        lambda settings: settings.forward.authorizer or NO_AUTHORIZER,
        lambda settings, text: _with(settings, authorizer=None if text == NO_AUTHORIZER else parse_listen(text)),
        "who is asked about every request: an `authz serve` (default: 127.0.0.1:9191); `none`: nobody, all may pass",
        "ADDRESS",
    ),
    Setting(
        "forward.authorizerTimeoutMs",
        "--authorizer-timeout-ms",
        Number(1, _MAX_TIMEOUT_MS),
        lambda settings: settings.forward.authorizer_timeout_ms,
        lambda settings, number: _with(settings, authorizer_timeout_ms=number),
        "how long one question may take before the request is refused (default: 1000)",
        "MS",
    ),
    Setting(
        "forward.statusOnError",
        "--status-on-error",
        Number(_LOWEST_ERROR, _HIGHEST_ERROR),
        lambda settings: settings.forward.status_on_error,
        lambda settings, number: _with(settings, status_on_error=check_error_status(number)),
        "what callers get while the authorizer cannot be asked (default: 403)",
        "STATUS",
    ),
    Setting(
        "forward.admin",
        "--admin",
        Text(),
        lambda settings: settings.forward.admin,
        lambda settings, text: _with(settings, admin=parse_tcp_listen(text)),
        "Envoy's admin interface, such as 127.0.0.1:15000 (default: a private unix socket)",
        "ADDRESS",
    ),
    Setting(
        "forward.xdsListen",
        "--xds-listen",
        Text(),
        lambda settings: settings.forward.xds_listen,
        lambda settings, text: _with(settings, xds_listen=parse_listen(text)),
        "run no Envoy; serve configuration by ADS to those that someone else runs",
        "ADDRESS",
    ),
    Setting(
        "forward.httpListen",
        "--forward-http-listen",
        Text(),
        lambda settings: settings.forward.http_listen,
        lambda settings, text: _with(settings, http_listen=parse_tcp_listen(text)),
        "/healthz, /readyz and /metrics of the forwarder, such as 127.0.0.1:9194 (default: nowhere)",
        "ADDRESS",
    ),
    Setting(
        "forward.maxConnections",
        "--max-connections",
        Number(1, _MOST_CONNECTIONS),
        lambda settings: settings.forward.max_connections,
        lambda settings, number: _with(settings, max_connections=number),
        "how many connections of clients Envoy takes at once; more are closed (default: 50000)",
        "COUNT",
    ),
    Setting(
        "forward.envoyDrainSeconds",
        "--envoy-drain-seconds",
        Number(0, _MAX_DRAIN_SECONDS),
        lambda settings: settings.forward.drain_seconds,
        lambda settings, number: _with(settings, drain_seconds=number),
        "how long Envoy's connections may last once it is told to stop (default: 5)",
        "SECONDS",
    ),
    Setting(
        "forward.envoyLog",
        "--envoy-log",
        Word(tuple(level.value for level in EnvoyLogLevel)),
        lambda settings: settings.forward.envoy_log.value,
        lambda settings, word: _with(settings, envoy_log=EnvoyLogLevel(word)),
        "the least that Envoy logs (default: warning)",
    ),
    Setting(
        "forward.envoyCertificate",
        "--envoy-certificate",
        File(),
        lambda settings: settings.forward.envoy_certificate,
        lambda settings, path: _with(settings, envoy_certificate=path),
        "certificate of the proxy itself, for mutual TLS to services of the mesh, PEM, with its chain",
        "FILE",
    ),
    Setting(
        "forward.envoyKey",
        "--envoy-key",
        File(),
        lambda settings: settings.forward.envoy_key,
        lambda settings, path: _with(settings, envoy_key=path),
        "private key of that certificate, PEM without a passphrase",
        "FILE",
    ),
    Setting(
        "forward.envoyRoot",
        "--envoy-root",
        File(),
        lambda settings: settings.forward.envoy_root,
        lambda settings, path: _with(settings, envoy_root=path),
        "the mesh's authorities, PEM: whose certificates services of the mesh have to have",
        "FILE",
    ),
)


def _with(settings: Settings, **changes: Any) -> Settings:
    return replace(settings, forward=replace(settings.forward, **changes))


def _namespace(text: str) -> str:
    if not is_namespace(text):
        raise ValueError(f"{text!r} is no name of a namespace")
    return text
