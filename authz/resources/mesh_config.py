"""MeshConfig: the mesh-wide settings that decisions depend on.

Source: istio/api mesh/v1alpha1/config.proto. Fields that have no part in a decision are known and passed over; a field
that MeshConfig does not have is a problem.
"""

from dataclasses import dataclass
from enum import Enum

from authz.model.path import PathNormalization
from authz.model.problem import Code, Problems
from authz.model.where import Where
from authz.resources.documents import SourceFile, read_documents
from authz.resources.fields import Fields
from authz.resources.nodes import Mapping, Node, Sequence

_FIELDS = frozenset(
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
_PROXY_FIELDS = frozenset(
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
_PROVIDER_KINDS = frozenset(
    {
        "envoyExtAuthzHttp",
        "envoyExtAuthzGrpc",
        "zipkin",
        "lightstep",
        "datadog",
        "stackdriver",
        "opencensus",
        "skywalking",
        "opentelemetry",
        "prometheus",
        "envoyFileAccessLog",
        "envoyHttpAls",
        "envoyTcpAls",
        "envoyOtelAls",
        "sds",
    }
)
_MAX_TRUSTED_PROXIES = 2**31 - 1


class ProviderKind(Enum):
    """How a CUSTOM provider is spoken to."""

    GRPC = "envoyExtAuthzGrpc"
    HTTP = "envoyExtAuthzHttp"


@dataclass(frozen=True, slots=True)
class ExtensionProvider:
    """An external authorizer that CUSTOM policies can name."""

    name: str
    kind: ProviderKind
    where: Where


@dataclass(frozen=True, slots=True)
class MeshConfig:
    """The part of MeshConfig that decides. The defaults are Istio's."""

    root_namespace: str = "istio-system"
    trust_domain: str = "cluster.local"
    trust_domain_aliases: tuple[str, ...] = ()
    path_normalization: PathNormalization = PathNormalization.BASE
    num_trusted_proxies: int = 0
    extension_providers: tuple[ExtensionProvider, ...] = ()

    @property
    def trust_domains(self) -> tuple[str, ...]:
        """The mesh's own trust domain, then its aliases, each once."""
        return tuple(dict.fromkeys((self.trust_domain, *self.trust_domain_aliases)))


_DEFAULTS = MeshConfig()


def read_mesh_config(file: SourceFile, problems: Problems) -> MeshConfig:
    """The mesh that a file describes; an empty file is Istio's defaults."""
    documents = read_documents([file], problems)
    fields = Fields(file.name, problems)
    for extra in documents[1:]:
        fields.problem(Code.BAD_MESH_VALUE, extra.root, "", "a mesh file is one document")
    if not documents:
        return MeshConfig()
    root = documents[0].root
    if isinstance(root, Mapping) and root.get("kind") is not None:
        message = "expected a plain MeshConfig, found a Kubernetes resource; pass what stands under `data.mesh`"
        fields.problem(Code.BAD_MESH_VALUE, root, "kind", message)
        return MeshConfig()
    return _mesh_config(fields, root)


def _mesh_config(fields: Fields, node: Node) -> MeshConfig:
    root = fields.mapping(node, "", _FIELDS)
    if root is None:
        return MeshConfig()
    aliases = root.get("trustDomainAliases")
    return MeshConfig(
        root_namespace=_text(fields, root, "rootNamespace", _DEFAULTS.root_namespace),
        trust_domain=_text(fields, root, "trustDomain", _DEFAULTS.trust_domain),
        trust_domain_aliases=tuple(text for _, text, _ in fields.strings(aliases, "trustDomainAliases")),
        path_normalization=_path_normalization(fields, root.get("pathNormalization")),
        num_trusted_proxies=_num_trusted_proxies(fields, root.get("defaultConfig")),
        extension_providers=_extension_providers(fields, root.get("extensionProviders")),
    )


def _text(fields: Fields, root: Mapping, key: str, default: str) -> str:
    node = root.get(key)
    text = fields.string(node, key)
    if text == "" and node is not None:
        fields.problem(Code.EMPTY_VALUE, node, key, f"must not be empty; without the field it is {default!r}")
    return text or default


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
    proxy = fields.mapping(node, "defaultConfig", _PROXY_FIELDS)
    path = "defaultConfig.gatewayTopology"
    topology = proxy.get("gatewayTopology") if proxy else None
    root = fields.mapping(topology, path, {"numTrustedProxies", "forwardClientCertDetails", "proxyProtocol"})
    found = root.get("numTrustedProxies") if root else None
    return fields.integer(found, f"{path}.numTrustedProxies", 0, _MAX_TRUSTED_PROXIES) or 0


def _extension_providers(fields: Fields, node: Node | None) -> tuple[ExtensionProvider, ...]:
    if node is None:
        return ()
    if not isinstance(node, Sequence):
        fields.wrong_type(node, "extensionProviders", "a list")
        return ()
    found: dict[str, ExtensionProvider] = {}
    for path, item in fields.items(node, "extensionProviders"):
        provider = fields.mapping(item, path, _PROVIDER_KINDS | {"name"})
        name = fields.string(provider.get("name"), f"{path}.name") if provider else None
        if provider is None or not name:
            fields.problem(Code.MISSING_FIELD, item, f"{path}.name", "an extension provider needs a name")
            continue
        kinds = [kind for kind in ProviderKind if provider.get(kind.value) is not None]
        if len(provider.entries) != 2:  # noqa: PLR2004 - its name and its kind
            message = f"expected a name and one kind of provider, found {', '.join(provider.entries)}"
            fields.problem(Code.BAD_MESH_VALUE, item, path, message)
        elif name in found:
            message = f"the provider {name!r} is already at {found[name].where}"
            fields.problem(Code.DUPLICATE_RESOURCE, item, f"{path}.name", message)
        elif kinds:
            found[name] = ExtensionProvider(name, kinds[0], fields.where(item))
    return tuple(found.values())
