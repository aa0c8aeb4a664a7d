"""The protobuf package `envoy.config.endpoint.v3`.

Written by protos/prune.py from protos/allow.toml. Do not edit.
"""

from collections.abc import Iterable as _Iterable
from collections.abc import Mapping as _Mapping
from typing import Literal as _Literal
from google.protobuf.internal.containers import MessageMap as _MessageMap
from google.protobuf.internal.containers import RepeatedCompositeFieldContainer as _Repeated
from google.protobuf.message import Message as _Message
from authz.pb import core as _core
from authz.pb import protobuf as _protobuf

__all__ = [
    "ClusterLoadAssignment",
    "Endpoint",
    "LbEndpoint",
    "LocalityLbEndpoints",
]

class ClusterLoadAssignment(_Message):
    class Policy(_Message):
        @property
        def overprovisioning_factor(self) -> _protobuf.UInt32Value: ...
        @property
        def endpoint_stale_after(self) -> _protobuf.Duration: ...
        weighted_priority_health: bool
        def __init__(
            self,
            *,
            overprovisioning_factor: _protobuf.UInt32Value | None = ...,
            endpoint_stale_after: _protobuf.Duration | None = ...,
            weighted_priority_health: bool | None = ...,
        ) -> None: ...
        def HasField(self, field_name: _Literal["endpoint_stale_after", "overprovisioning_factor"]) -> bool: ...
        def ClearField(self, field_name: _Literal["endpoint_stale_after", "overprovisioning_factor", "weighted_priority_health"]) -> None: ...

    cluster_name: str
    @property
    def endpoints(self) -> _Repeated[LocalityLbEndpoints]: ...
    @property
    def named_endpoints(self) -> _MessageMap[str, Endpoint]: ...
    @property
    def policy(self) -> ClusterLoadAssignment.Policy: ...
    def __init__(
        self,
        *,
        cluster_name: str | None = ...,
        endpoints: _Iterable[LocalityLbEndpoints] | None = ...,
        named_endpoints: _Mapping[str, Endpoint] | None = ...,
        policy: ClusterLoadAssignment.Policy | None = ...,
    ) -> None: ...
    def HasField(self, field_name: _Literal["policy"]) -> bool: ...
    def ClearField(self, field_name: _Literal["cluster_name", "endpoints", "named_endpoints", "policy"]) -> None: ...

class Endpoint(_Message):
    class HealthCheckConfig(_Message):
        port_value: int
        hostname: str
        @property
        def address(self) -> _core.Address: ...
        disable_active_health_check: bool
        def __init__(
            self,
            *,
            port_value: int | None = ...,
            hostname: str | None = ...,
            address: _core.Address | None = ...,
            disable_active_health_check: bool | None = ...,
        ) -> None: ...
        def HasField(self, field_name: _Literal["address"]) -> bool: ...
        def ClearField(self, field_name: _Literal["address", "disable_active_health_check", "hostname", "port_value"]) -> None: ...

    class AdditionalAddress(_Message):
        @property
        def address(self) -> _core.Address: ...
        def __init__(
            self,
            *,
            address: _core.Address | None = ...,
        ) -> None: ...
        def HasField(self, field_name: _Literal["address"]) -> bool: ...
        def ClearField(self, field_name: _Literal["address"]) -> None: ...

    @property
    def address(self) -> _core.Address: ...
    @property
    def health_check_config(self) -> Endpoint.HealthCheckConfig: ...
    hostname: str
    @property
    def additional_addresses(self) -> _Repeated[Endpoint.AdditionalAddress]: ...
    def __init__(
        self,
        *,
        address: _core.Address | None = ...,
        health_check_config: Endpoint.HealthCheckConfig | None = ...,
        hostname: str | None = ...,
        additional_addresses: _Iterable[Endpoint.AdditionalAddress] | None = ...,
    ) -> None: ...
    def HasField(self, field_name: _Literal["address", "health_check_config"]) -> bool: ...
    def ClearField(self, field_name: _Literal["additional_addresses", "address", "health_check_config", "hostname"]) -> None: ...

class LbEndpoint(_Message):
    @property
    def endpoint(self) -> Endpoint: ...
    endpoint_name: str
    health_status: int
    @property
    def metadata(self) -> _core.Metadata: ...
    @property
    def load_balancing_weight(self) -> _protobuf.UInt32Value: ...
    def __init__(
        self,
        *,
        endpoint: Endpoint | None = ...,
        endpoint_name: str | None = ...,
        health_status: int | None = ...,
        metadata: _core.Metadata | None = ...,
        load_balancing_weight: _protobuf.UInt32Value | None = ...,
    ) -> None: ...
    def HasField(self, field_name: _Literal["endpoint", "endpoint_name", "host_identifier", "load_balancing_weight", "metadata"]) -> bool: ...
    def ClearField(self, field_name: _Literal["endpoint", "endpoint_name", "health_status", "host_identifier", "load_balancing_weight", "metadata"]) -> None: ...
    def WhichOneof(self, oneof_group: _Literal["host_identifier"]) -> _Literal["endpoint", "endpoint_name"] | None: ...

class LocalityLbEndpoints(_Message):
    @property
    def locality(self) -> _core.Locality: ...
    @property
    def metadata(self) -> _core.Metadata: ...
    @property
    def lb_endpoints(self) -> _Repeated[LbEndpoint]: ...
    @property
    def load_balancing_weight(self) -> _protobuf.UInt32Value: ...
    priority: int
    @property
    def proximity(self) -> _protobuf.UInt32Value: ...
    def __init__(
        self,
        *,
        locality: _core.Locality | None = ...,
        metadata: _core.Metadata | None = ...,
        lb_endpoints: _Iterable[LbEndpoint] | None = ...,
        load_balancing_weight: _protobuf.UInt32Value | None = ...,
        priority: int | None = ...,
        proximity: _protobuf.UInt32Value | None = ...,
    ) -> None: ...
    def HasField(self, field_name: _Literal["load_balancing_weight", "locality", "metadata", "proximity"]) -> bool: ...
    def ClearField(self, field_name: _Literal["lb_endpoints", "load_balancing_weight", "locality", "metadata", "priority", "proximity"]) -> None: ...
