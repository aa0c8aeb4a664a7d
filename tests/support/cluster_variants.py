"""Services and rules of every shape, of which clusters are made: what they all have in common is that Envoy takes them.

Each is a name and its documents; the services of all are different hosts.
"""

from __future__ import annotations

from tests.support.mesh import document, endpoint_slice, kubernetes

PORTS = "[{number: 80, name: http, protocol: HTTP}, {number: 443, name: tls, protocol: TLS}]"


def entry(host: str, spec: str = "", ports: str = PORTS, name: str = "") -> str:
    """A ServiceEntry of namespace `ns`, whose name is made of its host."""
    metadata = f"name: {name or host.replace('*', 'any').replace('.', '-')}, namespace: ns"
    return document("ServiceEntry", f"{{hosts: ['{host}'], ports: {ports}{spec and ', ' + spec}}}", metadata)


def rule(host: str, spec: str, metadata: str = "") -> str:
    """A DestinationRule of namespace `ns`."""
    name = metadata or f"name: {host.replace('*', 'any').replace('.', '-')}, namespace: ns"
    return document("DestinationRule", f"{{host: '{host}', {spec}}}", name)


def service(name: str, ports: str = "[{name: http, port: 80, targetPort: 8080}]", spec: str = "") -> str:
    """A Service of namespace `ns` with two pods, of version v1 and v2, both with a proxy."""
    labels = "{app: %s, version: %s, security.istio.io/tlsMode: istio}"
    pods = [
        kubernetes(
            "Pod",
            f"{{serviceAccountName: {name}}}",
            f"name: {name}-{n}, namespace: ns, labels: {labels % (name, f'v{n}')}",
            f"{{podIP: 10.1.0.{n}}}",
        )
        for n in (1, 2)
    ]
    endpoints = ", ".join(
        f"{{addresses: [10.1.0.{n}], targetRef: {{kind: Pod, name: {name}-{n}, namespace: ns}}}}" for n in (1, 2)
    )
    return "---\n".join(
        [
            kubernetes(
                "Service", f"{{selector: {{app: {name}}}, ports: {ports}{spec}}}", f"name: {name}, namespace: ns"
            ),
            endpoint_slice(name, f"[{endpoints}]", "[{name: http, port: 8080}]", f"name: {name}, namespace: ns"),
            *pods,
        ]
    )


def shaped(name: str, policy: str) -> tuple[str, str]:
    """A service of known endpoints with a rule of this policy, and a subset that has it too."""
    host = f"{name}.example.com"
    endpoints = "resolution: STATIC, endpoints: [{address: 10.0.0.1, labels: {v: '1'}}, {address: 10.0.0.2}]"
    spec = f"trafficPolicy: {{{policy}}}, subsets: [{{name: v1, labels: {{v: '1'}}}}]"
    return name, entry(host, endpoints) + "---\n" + rule(host, spec)


ZONES = (
    "resolution: STATIC, endpoints: [{address: 10.0.0.1, locality: r1/z1/s1, weight: 4294967295}, "
    "{address: 10.0.0.2, locality: r1/z2, weight: 4294967295}, {address: 10.0.0.3, locality: r2}]"
)


def placed(name: str, policy: str, spec: str = ZONES) -> tuple[str, str]:
    """A service in several places."""
    host = f"{name}.example.com"
    return name, entry(host, spec) + "---\n" + rule(host, f"trafficPolicy: {{{policy}}}")


def hashing(name: str, spec: str) -> tuple[str, str]:
    return shaped(name, f"loadBalancer: {{consistentHash: {{{spec}}}}}")


LONGEST = "2562047h"
UNIX = "[{number: 80, name: http, protocol: HTTP}]"
VARIANTS: dict[str, str] = dict(
    [
        ("kubernetes", service("plain")),
        ("headless", service("headless", spec=", clusterIP: None")),
        ("grpc", service("grpc", "[{name: grpc, port: 80, targetPort: 8080}]")),
        ("none", entry("none.example.com", "resolution: NONE")),
        ("static", entry("static.example.com", "resolution: STATIC, endpoints: [{address: 10.0.0.1}]")),
        ("empty", entry("empty.example.com", "resolution: STATIC")),
        ("unix", entry("unix.example.com", "resolution: STATIC, endpoints: [{address: 'unix:///tmp/a.sock'}]", UNIX)),
        ("dns", entry("dns.example.com", "resolution: DNS")),
        (
            "dns endpoints",
            entry("names.example.com", "resolution: DNS, endpoints: [{address: a.b, weight: 3}, {address: 10.0.0.1}]"),
        ),
        (
            "twice the same",
            entry("twice.example.com", "resolution: STATIC, endpoints: [{address: 10.0.0.1}, {address: 10.0.0.1}]"),
        ),
        (
            "twice the same name",
            entry("twins.example.com", "resolution: DNS, endpoints: [{address: a.b}, {address: a.b}]"),
        ),
        (
            "shared host",
            entry("shared.example.com", "resolution: DNS_ROUND_ROBIN", name="shared-1")
            + "---\n"
            + entry("shared.example.com", "resolution: STATIC, endpoints: [{address: 10.0.0.1}]", name="shared-2"),
        ),
        ("round robin", entry("robin.example.com", "resolution: DNS_ROUND_ROBIN")),
        (
            "dynamic",
            entry(
                "*.dynamic.example.com",
                "resolution: DYNAMIC_DNS",
                "[{number: 80, name: http, protocol: HTTP}, {number: 443, name: tls, protocol: TLS}, "
                "{number: 50051, name: grpc, protocol: GRPC}]",
            ),
        ),
        (
            "dynamic with TLS",
            entry("*.secure.example.com", "resolution: DYNAMIC_DNS")
            + "---\n"
            + rule("*.secure.example.com", "trafficPolicy: {tls: {mode: SIMPLE}}"),
        ),
        (
            "dynamic with a name of its own",
            entry("*.named.example.com", "resolution: DYNAMIC_DNS")
            + "---\n"
            + rule("*.named.example.com", "trafficPolicy: {tls: {mode: SIMPLE, sni: a.b, subjectAltNames: [a.b]}}"),
        ),
        (
            "dynamic unverified",
            entry("*.unverified.example.com", "resolution: DYNAMIC_DNS")
            + "---\n"
            + rule("*.unverified.example.com", "trafficPolicy: {tls: {mode: SIMPLE, insecureSkipVerify: true}}"),
        ),
        *[
            shaped(f"simple-{word.lower().replace('_', '-')}", f"loadBalancer: {{simple: {word}}}")
            for word in ("ROUND_ROBIN", "LEAST_REQUEST", "LEAST_CONN", "RANDOM", "PASSTHROUGH", "UNSPECIFIED")
        ],
        hashing("hash-header", "httpHeaderName: x-user"),
        hashing("hash-old-size", "useSourceIp: true, minimumRingSize: 2048"),
        hashing("hash-small", "httpHeaderName: a, maglev: {tableSize: 2}"),
        hashing("hash-ring", "httpQueryParameterName: q, ringHash: {minimumRingSize: 18446744073709551615}"),
        hashing("hash-maglev", "httpCookie: {name: c, ttl: 0s}, maglev: {tableSize: 4999999}"),
        shaped("warm-round-robin", "loadBalancer: {simple: ROUND_ROBIN, warmupDurationSecs: 1m}"),
        shaped("warm", "loadBalancer: {warmup: {duration: 1m, minimumPercent: 0, aggression: 0.001}}"),
        shaped(
            "tcp-pool",
            "connectionPool: {tcp: {maxConnections: 1, connectTimeout: 1ms, maxConnectionDuration: 1ms, "
            "idleTimeout: 0s, tcpKeepalive: {probes: 4294967295, time: 240h, interval: 1ms}}}",
        ),
        shaped(
            "http-pool",
            "connectionPool: {http: {http1MaxPendingRequests: 1, http2MaxRequests: 1, maxRequestsPerConnection: 1, "
            "maxRetries: 1, idleTimeout: 1ms, h2UpgradePolicy: UPGRADE, maxConcurrentStreams: 2147483647, "
            "http2KeepAlive: {interval: 1ms, timeout: 1ms}}}",
        ),
        shaped("client-protocol", "connectionPool: {http: {useClientProtocol: true, idleTimeout: 1s}}"),
        shaped("outliers", "outlierDetection: {}"),
        shaped(
            "more-outliers",
            "outlierDetection: {consecutive5xxErrors: 0, consecutiveGatewayErrors: 4294967295, interval: 1ms, "
            "baseEjectionTime: 720h, maxEjectionPercent: 100, minHealthPercent: 100, "
            "splitExternalLocalOriginErrors: true, consecutiveLocalOriginFailures: 1, "
            "outlierDetectionHttpErrorCodes: [429, 500]}",
        ),
        shaped("retry-budget", "retryBudget: {percent: 100, minRetryConcurrency: 4294967295}"),
        shaped("proxy-protocol", "proxyProtocol: {version: V2}"),
        shaped("proxy-protocol-tls", "proxyProtocol: {version: V1}, tls: {mode: SIMPLE}"),
        shaped("tls-disabled", "tls: {mode: DISABLE}"),
        shaped("tls-simple", "tls: {mode: SIMPLE}"),
        shaped("tls-unverified", "tls: {mode: SIMPLE, insecureSkipVerify: true}"),
        shaped("tls-files", "tls: {mode: MUTUAL, clientCertificate: /a, privateKey: /b, caCertificates: /c}"),
        shaped("tls-credential", "tls: {mode: MUTUAL, credentialName: a, sni: a.b}"),
        shaped(
            "tls-names",
            "tls: {mode: SIMPLE, subjectAltNames: [a.b, 'spiffe://td/ns/a/sa/b', 10.0.0.1, 'fd00::1', a@b.c]}",
        ),
        shaped("tls-mesh", "tls: {mode: ISTIO_MUTUAL}"),
        shaped("tls-long-sni", f"tls: {{mode: SIMPLE, sni: {'a' * 300}}}"),
        shaped(
            "as-long-as-can-be",
            f"connectionPool: {{tcp: {{connectTimeout: {LONGEST}, maxConnectionDuration: {LONGEST}, "
            f"idleTimeout: {LONGEST}}}, http: {{idleTimeout: {LONGEST}, h2UpgradePolicy: UPGRADE, "
            f"http2KeepAlive: {{interval: {LONGEST}, timeout: {LONGEST}}}}}}}, "
            f"outlierDetection: {{interval: {LONGEST}, baseEjectionTime: {LONGEST}}}, "
            f"loadBalancer: {{warmup: {{duration: {LONGEST}}}}}",
        ),
        placed("failover", "outlierDetection: {}"),
        placed(
            "failover-region",
            "outlierDetection: {}, loadBalancer: {localityLbSetting: {failover: [{from: r1, to: r2}]}}",
        ),
        placed(
            "failover-labels",
            "outlierDetection: {}, loadBalancer: {localityLbSetting: {failoverPriority: [a, b=1]}}",
        ),
        placed(
            "distribute",
            "loadBalancer: {localityLbSetting: {distribute: [{from: '*', to: {r1/*: 99, r2: 1}}]}}",
        ),
        placed(
            "hash-in-places",
            "loadBalancer: {consistentHash: {useSourceIp: true}, "
            "localityLbSetting: {distribute: [{from: '*', to: {r1/*: 99, r2: 1}}]}}",
        ),
        placed("zones", "loadBalancer: {zoneAwareLbSetting: {minClusterSize: 1}}"),
        placed("zones-off", "loadBalancer: {zoneAwareLbSetting: {enabled: false}}"),
        placed(
            "dns-in-places",
            "outlierDetection: {}",
            "resolution: DNS, endpoints: [{address: a.b, locality: r1/z1}, {address: c.d, locality: r2}]",
        ),
        (
            "kubernetes with mutual TLS and subsets",
            service("mtls")
            + "---\n"
            + rule("mtls", "subsets: [{name: v1, labels: {version: v1}}, {name: none, labels: {version: v9}}]"),
        ),
    ]
)
LARGE = frozenset({"hash-ring", "hash-maglev"})
"""Those whose tables take Envoy a while to build, once there are endpoints."""

SMALL = [text for name, text in VARIANTS.items() if name not in LARGE]
