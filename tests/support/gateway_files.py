"""A directory of a large gateway: every kind of resource that people have many of."""

from pathlib import Path

HOSTS, ROUTES_OF_A_HOST = 2_000, 5
ENTRIES, SERVICES, ENDPOINTS_OF_ONE = 500, 500, 5
FILES = 20
_NAMESPACES = 50
_PORT = 8080

_GATEWAY = """\
apiVersion: networking.istio.io/v1
kind: Gateway
metadata: {name: gw, namespace: istio-system}
spec:
  selector: {istio: ingressgateway}
  servers:
    - port: {number: 80, name: http, protocol: HTTP}
      hosts: ["*"]
"""
_VIRTUAL_SERVICE = """\
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata:
  name: web%(number)d
  namespace: %(namespace)s
spec:
  hosts:
    - web%(number)d.example.com
  gateways:
    - istio-system/gw
  http:
%(routes)s"""
_ROUTE = """\
    - name: r%(number)d
      match:
        - uri:
            prefix: /v%(number)d/
          headers:
            x-tier:
              exact: gold
      timeout: %(number)ds
      route:
        - destination:
            host: %(host)s
            port:
              number: 80
"""
_LAST_ROUTE = """\
    - route:
        - destination:
            host: %(host)s
            port:
              number: 80
"""
_ENTRY = """\
apiVersion: networking.istio.io/v1
kind: ServiceEntry
metadata:
  name: entry%(number)d
  namespace: %(namespace)s
spec:
  hosts:
    - entry%(number)d.example.net
  location: MESH_INTERNAL
  resolution: STATIC
  ports:
    - number: 80
      name: http
      protocol: HTTP
      targetPort: %(port)d
  endpoints:
%(endpoints)s"""
_ENDPOINT = "    - address: %(address)s\n      labels: {version: v1}\n"
_SERVICE = """\
apiVersion: v1
kind: Service
metadata:
  name: service%(number)d
  namespace: %(namespace)s
spec:
  selector: {app: service%(number)d}
  ports:
    - port: 80
      name: http
      targetPort: %(port)d
"""
_WORKLOAD = """\
apiVersion: networking.istio.io/v1
kind: WorkloadEntry
metadata:
  name: service%(number)d-%(index)d
  namespace: %(namespace)s
spec:
  address: %(address)s
  labels: {app: service%(number)d, version: v1}
"""


def write_files(directory: Path, hosts: int = HOSTS, entries: int = ENTRIES, services: int = SERVICES) -> None:
    """Write a Gateway and its VirtualServices, ServiceEntries, and services with WorkloadEntries, each to many files.

    Every endpoint's address is its own.
    """
    (directory / "gateway.yaml").write_text(_GATEWAY)
    _write(directory, "virtual-services", [_virtual_service(number, entries, services) for number in range(hosts)])
    _write(directory, "service-entries", [service_entry(number) for number in range(entries)])
    _write(directory, "services", [_service(number) for number in range(services)])
    workloads = [_workload(number, index) for number in range(services) for index in range(ENDPOINTS_OF_ONE)]
    _write(directory, "workload-entries", workloads)


def service_entry(number: int, first_address: str = "") -> str:
    """A ServiceEntry with its endpoints, the first of which may be somewhere else than it was."""
    addresses = [_address(10, number, index) for index in range(ENDPOINTS_OF_ONE)]
    endpoints = "".join(_ENDPOINT % {"address": one} for one in [first_address or addresses[0], *addresses[1:]])
    return _ENTRY % {"number": number, "namespace": _namespace(number), "port": _PORT, "endpoints": endpoints}


def _write(directory: Path, name: str, documents: list[str]) -> None:
    for number in range(FILES):
        if documents[number::FILES]:
            (directory / f"{name}-{number}.yaml").write_text("---\n".join(documents[number::FILES]))


def _virtual_service(number: int, entries: int, services: int) -> str:
    hosts = [_host((number + index) % (entries + services), entries) for index in range(ROUTES_OF_A_HOST)]
    routes = [_ROUTE % {"number": index, "host": host} for index, host in enumerate(hosts[1:], start=1)]
    last = _LAST_ROUTE % {"host": hosts[0]}
    return _VIRTUAL_SERVICE % {
        "number": number,
        "namespace": _namespace(number),
        "routes": "".join([*routes, last]),
    }


def _host(number: int, entries: int) -> str:
    if number < entries:
        return f"entry{number}.example.net"
    number -= entries
    return f"service{number}.{_namespace(number)}.svc.cluster.local"


def _service(number: int) -> str:
    return _SERVICE % {"number": number, "namespace": _namespace(number), "port": _PORT}


def _workload(number: int, index: int) -> str:
    address = _address(11, number, index)
    return _WORKLOAD % {"number": number, "index": index, "namespace": _namespace(number), "address": address}


def _address(first: int, number: int, index: int) -> str:
    return f"{first}.{number >> 8}.{number & 255}.{index + 1}"


def _namespace(number: int) -> str:
    return f"ns{number % _NAMESPACES}"
