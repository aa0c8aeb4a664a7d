"""How a VirtualService names the gateways it is for."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class GatewayRef:
    """A Gateway by namespace and name; `MESH` stands for all sidecars."""

    namespace: str
    name: str

    def __str__(self) -> str:
        return f"{self.namespace}/{self.name}" if self.namespace else self.name


MESH = GatewayRef("", "mesh")


def resolve_gateway_ref(text: str, namespace: str) -> GatewayRef:
    """What a resource of `namespace` means by `mesh`, `NAME`, `NAMESPACE/NAME`, `./NAME` or the old `NAME.NAMESPACE`.

    Source: istio/istio pilot/pkg/model/virtualservice.go, resolveGatewayName.
    """
    if text == MESH.name:
        return MESH
    before, slash, name = text.partition("/")
    if slash:
        return GatewayRef(namespace if before == "." else before, name)
    if "." not in text:
        return GatewayRef(namespace, text)
    name, of_namespace, *_ = text.split(".")
    return GatewayRef(of_namespace, name)
