"""Workloads: pods and WorkloadEntries, found by address, by name, and by labels.

Source: istio/istio pilot/pkg/serviceregistry/serviceentry/conversion.go, convertWorkloadEntryToWorkloadInstance, and
pilot/pkg/serviceregistry/kube/controller/endpoint_builder.go.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping

from authz.mesh.registry.endpoint import KnownWorkload, TlsMode
from authz.model.routing.kubernetes import Pod
from authz.model.routing.locality import NO_LOCALITY, Locality, parse_locality
from authz.model.routing.workload_entry import AddressKind, WorkloadEntry, WorkloadSpec
from authz.model.where import Where
from authz.model.workload import Labels

TLS_MODE = "security.istio.io/tlsMode"
_LOCALITY = "istio-locality"


def workload_of_pod(pod: Pod) -> KnownWorkload:
    """A pod takes mutual TLS only if its labels say so: whoever injects a proxy sets them."""
    labels = dict(pod.labels)
    locality = _labelled_locality(labels)
    return KnownWorkload(
        namespace=pod.namespace,
        name=pod.name,
        kind=AddressKind.IP,
        addresses=pod.addresses,
        where=pod.where,
        labels=pod.labels,
        ports=pod.ports,
        locality=locality,
        node=pod.node,
        tls_mode=_tls_mode(labels, TlsMode.DISABLED),
        service_account=pod.service_account,
    )


def workload_of_spec(spec: WorkloadSpec, namespace: str, name: str = "", where: Where | None = None) -> KnownWorkload:
    """A workload with a service account has a proxy, and takes mutual TLS, unless its labels say otherwise."""
    labels = dict(spec.labels)
    locality = spec.locality if spec.locality != NO_LOCALITY else _labelled_locality(labels)
    return KnownWorkload(
        namespace=namespace,
        name=name,
        kind=spec.kind,
        addresses=(spec.address,) if spec.address else (),
        where=where or spec.where,
        labels=spec.labels,
        ports=spec.ports,
        weight=spec.weight,
        locality=locality,
        network=spec.network,
        tls_mode=_tls_mode(labels, TlsMode.ISTIO if spec.service_account else TlsMode.DISABLED),
        service_account=spec.service_account,
    )


def _tls_mode(labels: Mapping[str, str], default: TlsMode) -> TlsMode:
    found = labels.get(TLS_MODE)
    if found is None:
        return default
    return TlsMode.ISTIO if found == TlsMode.ISTIO.value else TlsMode.DISABLED


def _labelled_locality(labels: Mapping[str, str]) -> Locality:
    """A label cannot have slashes, and has dots instead."""
    text = labels.get(_LOCALITY, "")
    return parse_locality(text if "/" in text else text.replace(".", "/")) if text else NO_LOCALITY


class _Selectable:
    """Workloads by namespace and by label. Selecting costs what the namespace has for the rarest of the labels."""

    def __init__(self, workloads: Iterable[KnownWorkload]) -> None:
        self._by_namespace: dict[str, list[KnownWorkload]] = defaultdict(list)
        self._by_label: dict[tuple[str, tuple[str, str]], list[KnownWorkload]] = defaultdict(list)
        for workload in workloads:
            self._by_namespace[workload.namespace].append(workload)
            for label in workload.labels:
                self._by_label[workload.namespace, label].append(workload)

    def selected(self, namespace: str, selector: Labels) -> list[KnownWorkload]:
        if not selector:
            return list(self._by_namespace.get(namespace, ()))
        candidates = min((self._by_label.get((namespace, label), []) for label in selector), key=len)
        return [workload for workload in candidates if selector <= workload.labels]


class Workloads:
    """All of them."""

    def __init__(self, pods: Iterable[Pod], entries: Iterable[WorkloadEntry]) -> None:
        pods = tuple(pods)
        self._pods = {pod.key: workload_of_pod(pod) for pod in pods}
        ready = sorted([self._pods[pod.key] for pod in pods if pod.is_ready], key=_by_name)
        of_entries = [workload_of_spec(entry.spec, *entry.key, entry.where) for entry in entries]
        of_entries.sort(key=_by_name)
        self._all = _Selectable([*ready, *of_entries])
        self._entries = _Selectable(of_entries)
        waiting = sorted([self._pods[pod.key] for pod in pods if not pod.is_ready], key=_by_name)
        self._by_address: dict[str, KnownWorkload] = {}
        for workload in (*ready, *of_entries, *waiting):
            for address in workload.addresses:
                self._by_address.setdefault(address, workload)

    def selected(self, namespace: str, selector: Labels) -> list[KnownWorkload]:
        """The workloads of a namespace with all labels of a selector, pods first; without labels it selects all."""
        return self._all.selected(namespace, selector)

    def selected_entries(self, namespace: str, selector: Labels) -> list[KnownWorkload]:
        """As `selected`, without the pods."""
        return self._entries.selected(namespace, selector)

    def pod(self, namespace: str, name: str) -> KnownWorkload | None:
        """The pod of a name, ready or not."""
        return self._pods.get((namespace, name))

    def at(self, address: str) -> KnownWorkload | None:
        """The workload of an address; of several a pod that is ready, else the first by namespace and name."""
        return self._by_address.get(address)


def _by_name(workload: KnownWorkload) -> tuple[str, str]:
    return workload.namespace, workload.name
