"""MeshConfig: the mesh-wide settings that decisions depend on.

Source: istio/api mesh/v1alpha1/config.proto. Fields that have no part in a decision are known and passed over; a field
that MeshConfig does not have is a problem.
"""

from dataclasses import dataclass

from authz.model.path import PathNormalization
from authz.model.problem import Code, Problems
from authz.resources.documents import SourceFile, read_documents
from authz.resources.extension_provider import ExtensionProvider, read_extension_providers
from authz.resources.fields import Fields
from authz.resources.nodes import Mapping, Node

MESH_FIELDS = frozenset(
    {
        "connectTimeout",
        "hboneIdleTimeout",
        "protocolDetectionTimeout",
        "ingressClass",
        "ingressService",
        "ingressControllerMode",
        "ingressSelector",
        "enableTracing",
        "accessLogFile",
        "accessLogFormat",
        "accessLogEncoding",
        "enableEnvoyAccessLogService",
        "disableEnvoyListenerLog",
        "defaultConfig",
        "outboundTrafficPolicy",
        "inboundTrafficPolicy",
        "configSources",
        "enableAutoMtls",
        "trustDomain",
        "trustDomainAliases",
        "caCertificates",
        "defaultServiceExportTo",
        "defaultVirtualServiceExportTo",
        "defaultDestinationRuleExportTo",
        "rootNamespace",
        "dnsRefreshRate",
        "h2UpgradePolicy",
        "inboundClusterStatName",
        "outboundClusterStatName",
        "certificates",
        "serviceSettings",
        "serviceScopeConfigs",
        "enablePrometheusMerge",
        "verifyCertificateAtClient",
        "ca",
        "extensionProviders",
        "defaultProviders",
        "discoverySelectors",
        "pathNormalization",
        "defaultHttpRetryPolicy",
        "meshMTLS",
        "tlsDefaults",
        "tcpKeepalive",
        "proxyListenPort",
        "proxyInboundListenPort",
        "proxyHttpPort",
        "localityLbSetting",
        "zoneAwareLbSetting",
        "thriftConfig",
        "defaultTrafficPolicy",
        "serviceEntryVisibility",
    }
)
PROXY_FIELDS = frozenset(
    {
        "configPath",
        "binaryPath",
        "serviceCluster",
        "tracingServiceName",
        "drainDuration",
        "discoveryAddress",
        "discoveryRefreshDelay",
        "zipkinAddress",
        "statsdUdpAddress",
        "envoyMetricsServiceAddress",
        "proxyAdminPort",
        "availabilityZone",
        "controlPlaneAuthPolicy",
        "customConfigFile",
        "statNameLength",
        "concurrency",
        "proxyBootstrapTemplatePath",
        "interceptionMode",
        "tracing",
        "sds",
        "envoyAccessLogService",
        "envoyMetricsService",
        "proxyMetadata",
        "runtimeValues",
        "statusPort",
        "extraStatTags",
        "gatewayTopology",
        "terminationDrainDuration",
        "meshId",
        "readinessProbe",
        "proxyStatsMatcher",
        "holdApplicationUntilProxyStarts",
        "caCertificatesPem",
        "image",
        "privateKeyProvider",
        "proxyHeaders",
        "fileFlushInterval",
        "fileFlushMinSizeKb",
        "statsCompression",
        "connectionSettings",
    }
)
_MAX_TRUSTED_PROXIES = 2**31 - 1


@dataclass(frozen=True, slots=True)
class MeshConfig:
    """The part of MeshConfig that decides. The defaults are Istio's.

    `ca_trust_domains`: those of `caCertificates`, whose peers PeerAuthentication takes beside the mesh's own.
    """

    root_namespace: str = "istio-system"
    trust_domain: str = "cluster.local"
    trust_domain_aliases: tuple[str, ...] = ()
    path_normalization: PathNormalization = PathNormalization.BASE
    num_trusted_proxies: int = 0
    extension_providers: tuple[ExtensionProvider, ...] = ()
    ca_trust_domains: tuple[str, ...] = ()

    @property
    def trust_domains(self) -> tuple[str, ...]:
        """The mesh's own trust domain, then its aliases, each once."""
        return tuple(dict.fromkeys((self.trust_domain, *self.trust_domain_aliases)))


_DEFAULTS = MeshConfig()


def read_mesh_config(file: SourceFile, problems: Problems) -> MeshConfig:
    """The mesh that a file describes; an empty file is Istio's defaults."""
    fields = Fields(file.name, problems)
    root = read_mesh_root(file, fields)
    return MeshConfig() if root is None else _mesh_config(fields, root)


def read_mesh_root(file: SourceFile, fields: Fields) -> Mapping | None:
    """The one document of a mesh file; None for an empty file, or after a problem."""
    documents = read_documents([file], fields.problems)
    for extra in documents[1:]:
        fields.problem(Code.BAD_MESH_VALUE, extra.root, "", "a mesh file is one document")
    if not documents:
        return None
    root = documents[0].root
    if isinstance(root, Mapping) and root.get("kind") is not None:
        message = "expected a plain MeshConfig, found a Kubernetes resource; pass what stands under `data.mesh`"
        fields.problem(Code.BAD_MESH_VALUE, root, "kind", message)
        return None
    return fields.mapping(root, "", MESH_FIELDS)


def _mesh_config(fields: Fields, root: Mapping) -> MeshConfig:
    aliases = root.get("trustDomainAliases")
    return MeshConfig(
        root_namespace=_text(fields, root, "rootNamespace", _DEFAULTS.root_namespace),
        trust_domain=_text(fields, root, "trustDomain", _DEFAULTS.trust_domain),
        trust_domain_aliases=tuple(text for _, text, _ in fields.strings(aliases, "trustDomainAliases")),
        path_normalization=_path_normalization(fields, root.get("pathNormalization")),
        num_trusted_proxies=_num_trusted_proxies(fields, root.get("defaultConfig")),
        extension_providers=read_extension_providers(fields, root.get("extensionProviders")),
        ca_trust_domains=_ca_trust_domains(fields, root.get("caCertificates")),
    )


def _text(fields: Fields, root: Mapping, key: str, default: str) -> str:
    node = root.get(key)
    text = fields.string(node, key)
    if text == "" and node is not None:
        fields.problem(Code.EMPTY_VALUE, node, key, f"must not be empty; without the field it is {default!r}")
    return text or default


def _ca_trust_domains(fields: Fields, node: Node | None) -> tuple[str, ...]:
    found: dict[str, None] = {}
    for path, item in fields.items(node, "caCertificates"):
        entry = fields.mapping(item, path, {"pem", "spiffeBundleUrl", "certSigners", "trustDomains"})
        domains = entry.get("trustDomains") if entry else None
        found |= dict.fromkeys(text for _, text, _ in fields.strings(domains, f"{path}.trustDomains"))
    return tuple(found)


def _path_normalization(fields: Fields, node: Node | None) -> PathNormalization:
    path = "pathNormalization"
    root = fields.mapping(node, path, {"normalization"})
    if root is None:
        return PathNormalization.BASE
    words = ("DEFAULT", *(mode.value for mode in PathNormalization))
    word = fields.one_of(root.get("normalization"), f"{path}.normalization", words)
    return PathNormalization.BASE if word in {None, "DEFAULT"} else PathNormalization(word)


def _num_trusted_proxies(fields: Fields, node: Node | None) -> int:
    """`defaultConfig` is a ProxyConfig of many fields, of which we read this one."""
    proxy = fields.mapping(node, "defaultConfig", PROXY_FIELDS)
    path = "defaultConfig.gatewayTopology"
    topology = proxy.get("gatewayTopology") if proxy else None
    root = fields.mapping(topology, path, {"numTrustedProxies", "forwardClientCertDetails", "proxyProtocol"})
    found = root.get("numTrustedProxies") if root else None
    return fields.integer(found, f"{path}.numTrustedProxies", 0, _MAX_TRUSTED_PROXIES) or 0
