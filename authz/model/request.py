"""A request described in plain values: for the library, tests and tools. Implements `authz.model.facts.RawRequest`."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from authz.model.facts import Json
from authz.model.workload import LABELS_UNKNOWN, Texts, Workload, WorkloadTexts

_JWT_AUTHN = "envoy.filters.http.jwt_authn"


@dataclass(frozen=True, slots=True)
class Request:
    """`path` is the request target, query included; `headers` are lines, names repeating where lines do.

    `claims`: payload of a token that was verified, None without one. `workload`: whose request it is; None leaves it to
    the settings. `protocol`: `http` or `tcp`.
    """

    method: str = "GET"
    path: str = "/"
    host: str = ""
    scheme: str = "http"
    headers: tuple[tuple[str, str], ...] = ()
    source_ip: str = ""
    destination_ip: str = ""
    destination_port: int = 0
    principal: str = ""
    certificate: str = ""
    sni: str = ""
    claims: Mapping[str, Json] | None = None
    dynamic_metadata: Mapping[str, Mapping[str, Json]] = field(default_factory=dict)
    workload: Workload | None = None
    protocol: str = "http"

    @property
    def is_http(self) -> bool:
        """Anything but `tcp` is HTTP."""
        return self.protocol != "tcp"

    @property
    def target(self) -> str:
        """The path with its query."""
        return self.path

    def header_lines(self, name: str) -> tuple[str, ...]:
        """Pseudo headers are made of method, path, host and scheme."""
        pseudo = {":method": self.method, ":path": self.path, ":authority": self.host, ":scheme": self.scheme}
        if name in pseudo:
            return (pseudo[name],)
        return tuple([value for key, value in self.headers if key.lower() == name])

    @property
    def headers_are_merged(self) -> bool:
        """Lines are given one by one."""
        return False

    @property
    def source_address(self) -> str:
        """The direct peer."""
        return self.source_ip

    @property
    def destination_address(self) -> str:
        """The workload."""
        return self.destination_ip

    @property
    def source_principal(self) -> str:
        """The peer's one name."""
        return self.principal

    @property
    def source_certificate(self) -> str:
        """URL-encoded PEM."""
        return self.certificate

    def metadata(self, namespace: str) -> Mapping[str, Json] | None:
        """`claims` stand where Envoy's jwt_authn filter leaves them."""
        if namespace == _JWT_AUTHN and self.claims is not None:
            return {"payload": self.claims, **self.dynamic_metadata.get(namespace, {})}
        return self.dynamic_metadata.get(namespace)

    @property
    def vouched_claims(self) -> Mapping[str, Json] | None:
        """`claims`."""
        return self.claims

    def workload_texts(self) -> WorkloadTexts:
        """As a proxy would say it."""
        return WorkloadTexts(extensions=_texts_of(self.workload)) if self.workload else WorkloadTexts()


def _texts_of(workload: Workload) -> Texts:
    texts = {"namespace": workload.namespace, "role": workload.role.value}
    if workload.labels is not LABELS_UNKNOWN:
        texts["labels"] = ",".join(f"{key}={value}" for key, value in sorted(workload.labels))
    if workload.service_account:
        texts["service_account"] = workload.service_account
    for key, targets in (
        ("gateway", workload.gateways),
        ("service", workload.services),
        ("service_entry", workload.service_entries),
    ):
        if targets:
            texts[key] = ",".join(sorted(f"{target.namespace}/{target.name}" for target in targets))
    return tuple(texts.items())
