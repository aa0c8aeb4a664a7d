"""The protobuf package `envoy.config.route.v3`.

Written by protos/prune.py from protos/allow.toml. Do not edit.
"""

from collections.abc import Iterable as _Iterable
from collections.abc import Mapping as _Mapping
from typing import ClassVar as _ClassVar
from typing import Literal as _Literal
from typing import overload as _overload
from google.protobuf.internal.containers import MessageMap as _MessageMap
from google.protobuf.internal.containers import RepeatedCompositeFieldContainer as _Repeated
from google.protobuf.internal.containers import RepeatedScalarFieldContainer as _RepeatedScalar
from google.protobuf.internal.enum_type_wrapper import EnumTypeWrapper as _EnumTypeWrapper
from google.protobuf.message import Message as _Message
from authz.pb import core as _core
from authz.pb import envoy_type as _envoy_type
from authz.pb import matcher as _matcher
from authz.pb import mutation_rules as _mutation_rules
from authz.pb import protobuf as _protobuf

__all__ = [
    "Decorator",
    "DirectResponseAction",
    "FilterConfig",
    "HeaderMatcher",
    "HedgePolicy",
    "InternalRedirectPolicy",
    "NonForwardingAction",
    "QueryParameterMatcher",
    "RedirectAction",
    "RetryPolicy",
    "Route",
    "RouteAction",
    "RouteConfiguration",
    "RouteMatch",
    "VirtualHost",
    "WeightedCluster",
]

class Decorator(_Message):
    operation: str
    @property
    def propagate(self) -> _protobuf.BoolValue: ...
    def __init__(
        self,
        *,
        operation: str | None = ...,
        propagate: _protobuf.BoolValue | None = ...,
    ) -> None: ...
    def HasField(self, field_name: _Literal["propagate"]) -> bool: ...
    def ClearField(self, field_name: _Literal["operation", "propagate"]) -> None: ...

class DirectResponseAction(_Message):
    status: int
    @property
    def body(self) -> _core.DataSource: ...
    @property
    def body_format(self) -> _core.SubstitutionFormatString: ...
    def __init__(
        self,
        *,
        status: int | None = ...,
        body: _core.DataSource | None = ...,
        body_format: _core.SubstitutionFormatString | None = ...,
    ) -> None: ...
    def HasField(self, field_name: _Literal["body", "body_format"]) -> bool: ...
    def ClearField(self, field_name: _Literal["body", "body_format", "status"]) -> None: ...

class FilterConfig(_Message):
    @property
    def config(self) -> _protobuf.Any: ...
    is_optional: bool
    disabled: bool
    def __init__(
        self,
        *,
        config: _protobuf.Any | None = ...,
        is_optional: bool | None = ...,
        disabled: bool | None = ...,
    ) -> None: ...
    def HasField(self, field_name: _Literal["config"]) -> bool: ...
    def ClearField(self, field_name: _Literal["config", "disabled", "is_optional"]) -> None: ...

class HeaderMatcher(_Message):
    name: str
    @property
    def range_match(self) -> _envoy_type.Int64Range: ...
    present_match: bool
    @property
    def string_match(self) -> _matcher.StringMatcher: ...
    invert_match: bool
    treat_missing_header_as_empty: bool
    def __init__(
        self,
        *,
        name: str | None = ...,
        range_match: _envoy_type.Int64Range | None = ...,
        present_match: bool | None = ...,
        string_match: _matcher.StringMatcher | None = ...,
        invert_match: bool | None = ...,
        treat_missing_header_as_empty: bool | None = ...,
    ) -> None: ...
    def HasField(self, field_name: _Literal["header_match_specifier", "present_match", "range_match", "string_match"]) -> bool: ...
    def ClearField(self, field_name: _Literal["header_match_specifier", "invert_match", "name", "present_match", "range_match", "string_match", "treat_missing_header_as_empty"]) -> None: ...
    def WhichOneof(self, oneof_group: _Literal["header_match_specifier"]) -> _Literal["range_match", "present_match", "string_match"] | None: ...

class HedgePolicy(_Message):
    @property
    def initial_requests(self) -> _protobuf.UInt32Value: ...
    @property
    def additional_request_chance(self) -> _envoy_type.FractionalPercent: ...
    hedge_on_per_try_timeout: bool
    def __init__(
        self,
        *,
        initial_requests: _protobuf.UInt32Value | None = ...,
        additional_request_chance: _envoy_type.FractionalPercent | None = ...,
        hedge_on_per_try_timeout: bool | None = ...,
    ) -> None: ...
    def HasField(self, field_name: _Literal["additional_request_chance", "initial_requests"]) -> bool: ...
    def ClearField(self, field_name: _Literal["additional_request_chance", "hedge_on_per_try_timeout", "initial_requests"]) -> None: ...

class InternalRedirectPolicy(_Message):
    @property
    def max_internal_redirects(self) -> _protobuf.UInt32Value: ...
    @property
    def redirect_response_codes(self) -> _RepeatedScalar[int]: ...
    @property
    def predicates(self) -> _Repeated[_core.TypedExtensionConfig]: ...
    allow_cross_scheme_redirect: bool
    @property
    def response_headers_to_copy(self) -> _RepeatedScalar[str]: ...
    def __init__(
        self,
        *,
        max_internal_redirects: _protobuf.UInt32Value | None = ...,
        redirect_response_codes: _Iterable[int] | None = ...,
        predicates: _Iterable[_core.TypedExtensionConfig] | None = ...,
        allow_cross_scheme_redirect: bool | None = ...,
        response_headers_to_copy: _Iterable[str] | None = ...,
    ) -> None: ...
    def HasField(self, field_name: _Literal["max_internal_redirects"]) -> bool: ...
    def ClearField(self, field_name: _Literal["allow_cross_scheme_redirect", "max_internal_redirects", "predicates", "redirect_response_codes", "response_headers_to_copy"]) -> None: ...

class NonForwardingAction(_Message):
    ...

class QueryParameterMatcher(_Message):
    name: str
    @property
    def string_match(self) -> _matcher.StringMatcher: ...
    present_match: bool
    def __init__(
        self,
        *,
        name: str | None = ...,
        string_match: _matcher.StringMatcher | None = ...,
        present_match: bool | None = ...,
    ) -> None: ...
    def HasField(self, field_name: _Literal["present_match", "query_parameter_match_specifier", "string_match"]) -> bool: ...
    def ClearField(self, field_name: _Literal["name", "present_match", "query_parameter_match_specifier", "string_match"]) -> None: ...
    def WhichOneof(self, oneof_group: _Literal["query_parameter_match_specifier"]) -> _Literal["string_match", "present_match"] | None: ...

class RedirectAction(_Message):
    class _RedirectResponseCode(_EnumTypeWrapper):
        MOVED_PERMANENTLY: int
        FOUND: int
        SEE_OTHER: int
        TEMPORARY_REDIRECT: int
        PERMANENT_REDIRECT: int
    RedirectResponseCode: _ClassVar[_RedirectResponseCode]
    MOVED_PERMANENTLY: _ClassVar[int]
    FOUND: _ClassVar[int]
    SEE_OTHER: _ClassVar[int]
    TEMPORARY_REDIRECT: _ClassVar[int]
    PERMANENT_REDIRECT: _ClassVar[int]
    https_redirect: bool
    scheme_redirect: str
    host_redirect: str
    port_redirect: int
    path_redirect: str
    prefix_rewrite: str
    @property
    def regex_rewrite(self) -> _matcher.RegexMatchAndSubstitute: ...
    response_code: int
    strip_query: bool
    def __init__(
        self,
        *,
        https_redirect: bool | None = ...,
        scheme_redirect: str | None = ...,
        host_redirect: str | None = ...,
        port_redirect: int | None = ...,
        path_redirect: str | None = ...,
        prefix_rewrite: str | None = ...,
        regex_rewrite: _matcher.RegexMatchAndSubstitute | None = ...,
        response_code: int | None = ...,
        strip_query: bool | None = ...,
    ) -> None: ...
    def HasField(self, field_name: _Literal["https_redirect", "path_redirect", "path_rewrite_specifier", "prefix_rewrite", "regex_rewrite", "scheme_redirect", "scheme_rewrite_specifier"]) -> bool: ...
    def ClearField(self, field_name: _Literal["host_redirect", "https_redirect", "path_redirect", "path_rewrite_specifier", "port_redirect", "prefix_rewrite", "regex_rewrite", "response_code", "scheme_redirect", "scheme_rewrite_specifier", "strip_query"]) -> None: ...
    @_overload
    def WhichOneof(self, oneof_group: _Literal["scheme_rewrite_specifier"]) -> _Literal["https_redirect", "scheme_redirect"] | None: ...
    @_overload
    def WhichOneof(self, oneof_group: _Literal["path_rewrite_specifier"]) -> _Literal["path_redirect", "prefix_rewrite", "regex_rewrite"] | None: ...

class RetryPolicy(_Message):
    class _ResetHeaderFormat(_EnumTypeWrapper):
        SECONDS: int
        UNIX_TIMESTAMP: int
    ResetHeaderFormat: _ClassVar[_ResetHeaderFormat]
    SECONDS: _ClassVar[int]
    UNIX_TIMESTAMP: _ClassVar[int]
    class RetryPriority(_Message):
        name: str
        @property
        def typed_config(self) -> _protobuf.Any: ...
        def __init__(
            self,
            *,
            name: str | None = ...,
            typed_config: _protobuf.Any | None = ...,
        ) -> None: ...
        def HasField(self, field_name: _Literal["config_type", "typed_config"]) -> bool: ...
        def ClearField(self, field_name: _Literal["config_type", "name", "typed_config"]) -> None: ...
        def WhichOneof(self, oneof_group: _Literal["config_type"]) -> _Literal["typed_config"] | None: ...

    class RetryHostPredicate(_Message):
        name: str
        @property
        def typed_config(self) -> _protobuf.Any: ...
        def __init__(
            self,
            *,
            name: str | None = ...,
            typed_config: _protobuf.Any | None = ...,
        ) -> None: ...
        def HasField(self, field_name: _Literal["config_type", "typed_config"]) -> bool: ...
        def ClearField(self, field_name: _Literal["config_type", "name", "typed_config"]) -> None: ...
        def WhichOneof(self, oneof_group: _Literal["config_type"]) -> _Literal["typed_config"] | None: ...

    class RetryBackOff(_Message):
        @property
        def base_interval(self) -> _protobuf.Duration: ...
        @property
        def max_interval(self) -> _protobuf.Duration: ...
        def __init__(
            self,
            *,
            base_interval: _protobuf.Duration | None = ...,
            max_interval: _protobuf.Duration | None = ...,
        ) -> None: ...
        def HasField(self, field_name: _Literal["base_interval", "max_interval"]) -> bool: ...
        def ClearField(self, field_name: _Literal["base_interval", "max_interval"]) -> None: ...

    class ResetHeader(_Message):
        name: str
        format: int
        def __init__(
            self,
            *,
            name: str | None = ...,
            format: int | None = ...,
        ) -> None: ...
        def ClearField(self, field_name: _Literal["format", "name"]) -> None: ...

    class RateLimitedRetryBackOff(_Message):
        @property
        def reset_headers(self) -> _Repeated[RetryPolicy.ResetHeader]: ...
        @property
        def max_interval(self) -> _protobuf.Duration: ...
        def __init__(
            self,
            *,
            reset_headers: _Iterable[RetryPolicy.ResetHeader] | None = ...,
            max_interval: _protobuf.Duration | None = ...,
        ) -> None: ...
        def HasField(self, field_name: _Literal["max_interval"]) -> bool: ...
        def ClearField(self, field_name: _Literal["max_interval", "reset_headers"]) -> None: ...

    retry_on: str
    @property
    def num_retries(self) -> _protobuf.UInt32Value: ...
    @property
    def per_try_timeout(self) -> _protobuf.Duration: ...
    @property
    def per_try_idle_timeout(self) -> _protobuf.Duration: ...
    @property
    def retry_priority(self) -> RetryPolicy.RetryPriority: ...
    @property
    def retry_host_predicate(self) -> _Repeated[RetryPolicy.RetryHostPredicate]: ...
    @property
    def retry_options_predicates(self) -> _Repeated[_core.TypedExtensionConfig]: ...
    host_selection_retry_max_attempts: int
    @property
    def retriable_status_codes(self) -> _RepeatedScalar[int]: ...
    @property
    def retry_back_off(self) -> RetryPolicy.RetryBackOff: ...
    @property
    def rate_limited_retry_back_off(self) -> RetryPolicy.RateLimitedRetryBackOff: ...
    @property
    def retriable_headers(self) -> _Repeated[HeaderMatcher]: ...
    @property
    def retriable_request_headers(self) -> _Repeated[HeaderMatcher]: ...
    def __init__(
        self,
        *,
        retry_on: str | None = ...,
        num_retries: _protobuf.UInt32Value | None = ...,
        per_try_timeout: _protobuf.Duration | None = ...,
        per_try_idle_timeout: _protobuf.Duration | None = ...,
        retry_priority: RetryPolicy.RetryPriority | None = ...,
        retry_host_predicate: _Iterable[RetryPolicy.RetryHostPredicate] | None = ...,
        retry_options_predicates: _Iterable[_core.TypedExtensionConfig] | None = ...,
        host_selection_retry_max_attempts: int | None = ...,
        retriable_status_codes: _Iterable[int] | None = ...,
        retry_back_off: RetryPolicy.RetryBackOff | None = ...,
        rate_limited_retry_back_off: RetryPolicy.RateLimitedRetryBackOff | None = ...,
        retriable_headers: _Iterable[HeaderMatcher] | None = ...,
        retriable_request_headers: _Iterable[HeaderMatcher] | None = ...,
    ) -> None: ...
    def HasField(self, field_name: _Literal["num_retries", "per_try_idle_timeout", "per_try_timeout", "rate_limited_retry_back_off", "retry_back_off", "retry_priority"]) -> bool: ...
    def ClearField(self, field_name: _Literal["host_selection_retry_max_attempts", "num_retries", "per_try_idle_timeout", "per_try_timeout", "rate_limited_retry_back_off", "retriable_headers", "retriable_request_headers", "retriable_status_codes", "retry_back_off", "retry_host_predicate", "retry_on", "retry_options_predicates", "retry_priority"]) -> None: ...

class Route(_Message):
    name: str
    @property
    def match(self) -> RouteMatch: ...
    @property
    def route(self) -> RouteAction: ...
    @property
    def redirect(self) -> RedirectAction: ...
    @property
    def direct_response(self) -> DirectResponseAction: ...
    @property
    def non_forwarding_action(self) -> NonForwardingAction: ...
    @property
    def metadata(self) -> _core.Metadata: ...
    @property
    def decorator(self) -> Decorator: ...
    @property
    def typed_per_filter_config(self) -> _MessageMap[str, _protobuf.Any]: ...
    @property
    def request_headers_to_add(self) -> _Repeated[_core.HeaderValueOption]: ...
    @property
    def request_headers_to_remove(self) -> _RepeatedScalar[str]: ...
    @property
    def response_headers_to_add(self) -> _Repeated[_core.HeaderValueOption]: ...
    @property
    def response_headers_to_remove(self) -> _RepeatedScalar[str]: ...
    stat_prefix: str
    @property
    def request_body_buffer_limit(self) -> _protobuf.UInt64Value: ...
    def __init__(
        self,
        *,
        name: str | None = ...,
        match: RouteMatch | None = ...,
        route: RouteAction | None = ...,
        redirect: RedirectAction | None = ...,
        direct_response: DirectResponseAction | None = ...,
        non_forwarding_action: NonForwardingAction | None = ...,
        metadata: _core.Metadata | None = ...,
        decorator: Decorator | None = ...,
        typed_per_filter_config: _Mapping[str, _protobuf.Any] | None = ...,
        request_headers_to_add: _Iterable[_core.HeaderValueOption] | None = ...,
        request_headers_to_remove: _Iterable[str] | None = ...,
        response_headers_to_add: _Iterable[_core.HeaderValueOption] | None = ...,
        response_headers_to_remove: _Iterable[str] | None = ...,
        stat_prefix: str | None = ...,
        request_body_buffer_limit: _protobuf.UInt64Value | None = ...,
    ) -> None: ...
    def HasField(self, field_name: _Literal["action", "decorator", "direct_response", "match", "metadata", "non_forwarding_action", "redirect", "request_body_buffer_limit", "route"]) -> bool: ...
    def ClearField(self, field_name: _Literal["action", "decorator", "direct_response", "match", "metadata", "name", "non_forwarding_action", "redirect", "request_body_buffer_limit", "request_headers_to_add", "request_headers_to_remove", "response_headers_to_add", "response_headers_to_remove", "route", "stat_prefix", "typed_per_filter_config"]) -> None: ...
    def WhichOneof(self, oneof_group: _Literal["action"]) -> _Literal["route", "redirect", "direct_response", "non_forwarding_action"] | None: ...

class RouteAction(_Message):
    class _ClusterNotFoundResponseCode(_EnumTypeWrapper):
        SERVICE_UNAVAILABLE: int
        NOT_FOUND: int
        INTERNAL_SERVER_ERROR: int
    ClusterNotFoundResponseCode: _ClassVar[_ClusterNotFoundResponseCode]
    SERVICE_UNAVAILABLE: _ClassVar[int]
    NOT_FOUND: _ClassVar[int]
    INTERNAL_SERVER_ERROR: _ClassVar[int]
    class RequestMirrorPolicy(_Message):
        cluster: str
        cluster_header: str
        @property
        def runtime_fraction(self) -> _core.RuntimeFractionalPercent: ...
        @property
        def trace_sampled(self) -> _protobuf.BoolValue: ...
        disable_shadow_host_suffix_append: bool
        @property
        def request_headers_mutations(self) -> _Repeated[_mutation_rules.HeaderMutation]: ...
        host_rewrite_literal: str
        def __init__(
            self,
            *,
            cluster: str | None = ...,
            cluster_header: str | None = ...,
            runtime_fraction: _core.RuntimeFractionalPercent | None = ...,
            trace_sampled: _protobuf.BoolValue | None = ...,
            disable_shadow_host_suffix_append: bool | None = ...,
            request_headers_mutations: _Iterable[_mutation_rules.HeaderMutation] | None = ...,
            host_rewrite_literal: str | None = ...,
        ) -> None: ...
        def HasField(self, field_name: _Literal["runtime_fraction", "trace_sampled"]) -> bool: ...
        def ClearField(self, field_name: _Literal["cluster", "cluster_header", "disable_shadow_host_suffix_append", "host_rewrite_literal", "request_headers_mutations", "runtime_fraction", "trace_sampled"]) -> None: ...

    class HashPolicy(_Message):
        class Header(_Message):
            header_name: str
            @property
            def regex_rewrite(self) -> _matcher.RegexMatchAndSubstitute: ...
            def __init__(
                self,
                *,
                header_name: str | None = ...,
                regex_rewrite: _matcher.RegexMatchAndSubstitute | None = ...,
            ) -> None: ...
            def HasField(self, field_name: _Literal["regex_rewrite"]) -> bool: ...
            def ClearField(self, field_name: _Literal["header_name", "regex_rewrite"]) -> None: ...

        class CookieAttribute(_Message):
            name: str
            value: str
            def __init__(
                self,
                *,
                name: str | None = ...,
                value: str | None = ...,
            ) -> None: ...
            def ClearField(self, field_name: _Literal["name", "value"]) -> None: ...

        class Cookie(_Message):
            name: str
            @property
            def ttl(self) -> _protobuf.Duration: ...
            path: str
            @property
            def attributes(self) -> _Repeated[RouteAction.HashPolicy.CookieAttribute]: ...
            def __init__(
                self,
                *,
                name: str | None = ...,
                ttl: _protobuf.Duration | None = ...,
                path: str | None = ...,
                attributes: _Iterable[RouteAction.HashPolicy.CookieAttribute] | None = ...,
            ) -> None: ...
            def HasField(self, field_name: _Literal["ttl"]) -> bool: ...
            def ClearField(self, field_name: _Literal["attributes", "name", "path", "ttl"]) -> None: ...

        class ConnectionProperties(_Message):
            source_ip: bool
            def __init__(
                self,
                *,
                source_ip: bool | None = ...,
            ) -> None: ...
            def ClearField(self, field_name: _Literal["source_ip"]) -> None: ...

        class QueryParameter(_Message):
            name: str
            def __init__(
                self,
                *,
                name: str | None = ...,
            ) -> None: ...
            def ClearField(self, field_name: _Literal["name"]) -> None: ...

        class FilterState(_Message):
            key: str
            def __init__(
                self,
                *,
                key: str | None = ...,
            ) -> None: ...
            def ClearField(self, field_name: _Literal["key"]) -> None: ...

        @property
        def header(self) -> RouteAction.HashPolicy.Header: ...
        @property
        def cookie(self) -> RouteAction.HashPolicy.Cookie: ...
        @property
        def connection_properties(self) -> RouteAction.HashPolicy.ConnectionProperties: ...
        @property
        def query_parameter(self) -> RouteAction.HashPolicy.QueryParameter: ...
        @property
        def filter_state(self) -> RouteAction.HashPolicy.FilterState: ...
        terminal: bool
        def __init__(
            self,
            *,
            header: RouteAction.HashPolicy.Header | None = ...,
            cookie: RouteAction.HashPolicy.Cookie | None = ...,
            connection_properties: RouteAction.HashPolicy.ConnectionProperties | None = ...,
            query_parameter: RouteAction.HashPolicy.QueryParameter | None = ...,
            filter_state: RouteAction.HashPolicy.FilterState | None = ...,
            terminal: bool | None = ...,
        ) -> None: ...
        def HasField(self, field_name: _Literal["connection_properties", "cookie", "filter_state", "header", "policy_specifier", "query_parameter"]) -> bool: ...
        def ClearField(self, field_name: _Literal["connection_properties", "cookie", "filter_state", "header", "policy_specifier", "query_parameter", "terminal"]) -> None: ...
        def WhichOneof(self, oneof_group: _Literal["policy_specifier"]) -> _Literal["header", "cookie", "connection_properties", "query_parameter", "filter_state"] | None: ...

    class UpgradeConfig(_Message):
        class ConnectConfig(_Message):
            @property
            def proxy_protocol_config(self) -> _core.ProxyProtocolConfig: ...
            allow_post: bool
            def __init__(
                self,
                *,
                proxy_protocol_config: _core.ProxyProtocolConfig | None = ...,
                allow_post: bool | None = ...,
            ) -> None: ...
            def HasField(self, field_name: _Literal["proxy_protocol_config"]) -> bool: ...
            def ClearField(self, field_name: _Literal["allow_post", "proxy_protocol_config"]) -> None: ...

        upgrade_type: str
        @property
        def enabled(self) -> _protobuf.BoolValue: ...
        @property
        def connect_config(self) -> RouteAction.UpgradeConfig.ConnectConfig: ...
        def __init__(
            self,
            *,
            upgrade_type: str | None = ...,
            enabled: _protobuf.BoolValue | None = ...,
            connect_config: RouteAction.UpgradeConfig.ConnectConfig | None = ...,
        ) -> None: ...
        def HasField(self, field_name: _Literal["connect_config", "enabled"]) -> bool: ...
        def ClearField(self, field_name: _Literal["connect_config", "enabled", "upgrade_type"]) -> None: ...

    class MaxStreamDuration(_Message):
        @property
        def max_stream_duration(self) -> _protobuf.Duration: ...
        @property
        def grpc_timeout_header_max(self) -> _protobuf.Duration: ...
        @property
        def grpc_timeout_header_offset(self) -> _protobuf.Duration: ...
        def __init__(
            self,
            *,
            max_stream_duration: _protobuf.Duration | None = ...,
            grpc_timeout_header_max: _protobuf.Duration | None = ...,
            grpc_timeout_header_offset: _protobuf.Duration | None = ...,
        ) -> None: ...
        def HasField(self, field_name: _Literal["grpc_timeout_header_max", "grpc_timeout_header_offset", "max_stream_duration"]) -> bool: ...
        def ClearField(self, field_name: _Literal["grpc_timeout_header_max", "grpc_timeout_header_offset", "max_stream_duration"]) -> None: ...

    cluster: str
    cluster_header: str
    @property
    def weighted_clusters(self) -> WeightedCluster: ...
    cluster_not_found_response_code: int
    @property
    def metadata_match(self) -> _core.Metadata: ...
    prefix_rewrite: str
    @property
    def regex_rewrite(self) -> _matcher.RegexMatchAndSubstitute: ...
    @property
    def path_rewrite_policy(self) -> _core.TypedExtensionConfig: ...
    host_rewrite_literal: str
    @property
    def auto_host_rewrite(self) -> _protobuf.BoolValue: ...
    host_rewrite_header: str
    @property
    def host_rewrite_path_regex(self) -> _matcher.RegexMatchAndSubstitute: ...
    append_x_forwarded_host: bool
    @property
    def timeout(self) -> _protobuf.Duration: ...
    @property
    def idle_timeout(self) -> _protobuf.Duration: ...
    @property
    def flush_timeout(self) -> _protobuf.Duration: ...
    @property
    def retry_policy(self) -> RetryPolicy: ...
    @property
    def request_mirror_policies(self) -> _Repeated[RouteAction.RequestMirrorPolicy]: ...
    priority: int
    @property
    def hash_policy(self) -> _Repeated[RouteAction.HashPolicy]: ...
    @property
    def max_grpc_timeout(self) -> _protobuf.Duration: ...
    @property
    def upgrade_configs(self) -> _Repeated[RouteAction.UpgradeConfig]: ...
    @property
    def internal_redirect_policy(self) -> InternalRedirectPolicy: ...
    @property
    def hedge_policy(self) -> HedgePolicy: ...
    @property
    def max_stream_duration(self) -> RouteAction.MaxStreamDuration: ...
    def __init__(
        self,
        *,
        cluster: str | None = ...,
        cluster_header: str | None = ...,
        weighted_clusters: WeightedCluster | None = ...,
        cluster_not_found_response_code: int | None = ...,
        metadata_match: _core.Metadata | None = ...,
        prefix_rewrite: str | None = ...,
        regex_rewrite: _matcher.RegexMatchAndSubstitute | None = ...,
        path_rewrite_policy: _core.TypedExtensionConfig | None = ...,
        host_rewrite_literal: str | None = ...,
        auto_host_rewrite: _protobuf.BoolValue | None = ...,
        host_rewrite_header: str | None = ...,
        host_rewrite_path_regex: _matcher.RegexMatchAndSubstitute | None = ...,
        append_x_forwarded_host: bool | None = ...,
        timeout: _protobuf.Duration | None = ...,
        idle_timeout: _protobuf.Duration | None = ...,
        flush_timeout: _protobuf.Duration | None = ...,
        retry_policy: RetryPolicy | None = ...,
        request_mirror_policies: _Iterable[RouteAction.RequestMirrorPolicy] | None = ...,
        priority: int | None = ...,
        hash_policy: _Iterable[RouteAction.HashPolicy] | None = ...,
        max_grpc_timeout: _protobuf.Duration | None = ...,
        upgrade_configs: _Iterable[RouteAction.UpgradeConfig] | None = ...,
        internal_redirect_policy: InternalRedirectPolicy | None = ...,
        hedge_policy: HedgePolicy | None = ...,
        max_stream_duration: RouteAction.MaxStreamDuration | None = ...,
    ) -> None: ...
    def HasField(self, field_name: _Literal["auto_host_rewrite", "cluster", "cluster_header", "cluster_specifier", "flush_timeout", "hedge_policy", "host_rewrite_header", "host_rewrite_literal", "host_rewrite_path_regex", "host_rewrite_specifier", "idle_timeout", "internal_redirect_policy", "max_grpc_timeout", "max_stream_duration", "metadata_match", "path_rewrite_policy", "regex_rewrite", "retry_policy", "timeout", "weighted_clusters"]) -> bool: ...
    def ClearField(self, field_name: _Literal["append_x_forwarded_host", "auto_host_rewrite", "cluster", "cluster_header", "cluster_not_found_response_code", "cluster_specifier", "flush_timeout", "hash_policy", "hedge_policy", "host_rewrite_header", "host_rewrite_literal", "host_rewrite_path_regex", "host_rewrite_specifier", "idle_timeout", "internal_redirect_policy", "max_grpc_timeout", "max_stream_duration", "metadata_match", "path_rewrite_policy", "prefix_rewrite", "priority", "regex_rewrite", "request_mirror_policies", "retry_policy", "timeout", "upgrade_configs", "weighted_clusters"]) -> None: ...
    @_overload
    def WhichOneof(self, oneof_group: _Literal["cluster_specifier"]) -> _Literal["cluster", "cluster_header", "weighted_clusters"] | None: ...
    @_overload
    def WhichOneof(self, oneof_group: _Literal["host_rewrite_specifier"]) -> _Literal["host_rewrite_literal", "auto_host_rewrite", "host_rewrite_header", "host_rewrite_path_regex"] | None: ...

class RouteConfiguration(_Message):
    name: str
    @property
    def virtual_hosts(self) -> _Repeated[VirtualHost]: ...
    @property
    def internal_only_headers(self) -> _RepeatedScalar[str]: ...
    @property
    def response_headers_to_add(self) -> _Repeated[_core.HeaderValueOption]: ...
    @property
    def response_headers_to_remove(self) -> _RepeatedScalar[str]: ...
    @property
    def request_headers_to_add(self) -> _Repeated[_core.HeaderValueOption]: ...
    @property
    def request_headers_to_remove(self) -> _RepeatedScalar[str]: ...
    most_specific_header_mutations_wins: bool
    @property
    def validate_clusters(self) -> _protobuf.BoolValue: ...
    @property
    def max_direct_response_body_size_bytes(self) -> _protobuf.UInt32Value: ...
    @property
    def request_mirror_policies(self) -> _Repeated[RouteAction.RequestMirrorPolicy]: ...
    ignore_port_in_host_matching: bool
    @property
    def typed_per_filter_config(self) -> _MessageMap[str, _protobuf.Any]: ...
    @property
    def metadata(self) -> _core.Metadata: ...
    def __init__(
        self,
        *,
        name: str | None = ...,
        virtual_hosts: _Iterable[VirtualHost] | None = ...,
        internal_only_headers: _Iterable[str] | None = ...,
        response_headers_to_add: _Iterable[_core.HeaderValueOption] | None = ...,
        response_headers_to_remove: _Iterable[str] | None = ...,
        request_headers_to_add: _Iterable[_core.HeaderValueOption] | None = ...,
        request_headers_to_remove: _Iterable[str] | None = ...,
        most_specific_header_mutations_wins: bool | None = ...,
        validate_clusters: _protobuf.BoolValue | None = ...,
        max_direct_response_body_size_bytes: _protobuf.UInt32Value | None = ...,
        request_mirror_policies: _Iterable[RouteAction.RequestMirrorPolicy] | None = ...,
        ignore_port_in_host_matching: bool | None = ...,
        typed_per_filter_config: _Mapping[str, _protobuf.Any] | None = ...,
        metadata: _core.Metadata | None = ...,
    ) -> None: ...
    def HasField(self, field_name: _Literal["max_direct_response_body_size_bytes", "metadata", "validate_clusters"]) -> bool: ...
    def ClearField(self, field_name: _Literal["ignore_port_in_host_matching", "internal_only_headers", "max_direct_response_body_size_bytes", "metadata", "most_specific_header_mutations_wins", "name", "request_headers_to_add", "request_headers_to_remove", "request_mirror_policies", "response_headers_to_add", "response_headers_to_remove", "typed_per_filter_config", "validate_clusters", "virtual_hosts"]) -> None: ...

class RouteMatch(_Message):
    class GrpcRouteMatchOptions(_Message):
        ...

    class TlsContextMatchOptions(_Message):
        @property
        def presented(self) -> _protobuf.BoolValue: ...
        @property
        def validated(self) -> _protobuf.BoolValue: ...
        def __init__(
            self,
            *,
            presented: _protobuf.BoolValue | None = ...,
            validated: _protobuf.BoolValue | None = ...,
        ) -> None: ...
        def HasField(self, field_name: _Literal["presented", "validated"]) -> bool: ...
        def ClearField(self, field_name: _Literal["presented", "validated"]) -> None: ...

    class ConnectMatcher(_Message):
        ...

    prefix: str
    path: str
    @property
    def safe_regex(self) -> _matcher.RegexMatcher: ...
    @property
    def connect_matcher(self) -> RouteMatch.ConnectMatcher: ...
    path_separated_prefix: str
    @property
    def path_match_policy(self) -> _core.TypedExtensionConfig: ...
    @property
    def case_sensitive(self) -> _protobuf.BoolValue: ...
    @property
    def runtime_fraction(self) -> _core.RuntimeFractionalPercent: ...
    @property
    def headers(self) -> _Repeated[HeaderMatcher]: ...
    @property
    def query_parameters(self) -> _Repeated[QueryParameterMatcher]: ...
    @property
    def grpc(self) -> RouteMatch.GrpcRouteMatchOptions: ...
    @property
    def tls_context(self) -> RouteMatch.TlsContextMatchOptions: ...
    @property
    def dynamic_metadata(self) -> _Repeated[_matcher.MetadataMatcher]: ...
    def __init__(
        self,
        *,
        prefix: str | None = ...,
        path: str | None = ...,
        safe_regex: _matcher.RegexMatcher | None = ...,
        connect_matcher: RouteMatch.ConnectMatcher | None = ...,
        path_separated_prefix: str | None = ...,
        path_match_policy: _core.TypedExtensionConfig | None = ...,
        case_sensitive: _protobuf.BoolValue | None = ...,
        runtime_fraction: _core.RuntimeFractionalPercent | None = ...,
        headers: _Iterable[HeaderMatcher] | None = ...,
        query_parameters: _Iterable[QueryParameterMatcher] | None = ...,
        grpc: RouteMatch.GrpcRouteMatchOptions | None = ...,
        tls_context: RouteMatch.TlsContextMatchOptions | None = ...,
        dynamic_metadata: _Iterable[_matcher.MetadataMatcher] | None = ...,
    ) -> None: ...
    def HasField(self, field_name: _Literal["case_sensitive", "connect_matcher", "grpc", "path", "path_match_policy", "path_separated_prefix", "path_specifier", "prefix", "runtime_fraction", "safe_regex", "tls_context"]) -> bool: ...
    def ClearField(self, field_name: _Literal["case_sensitive", "connect_matcher", "dynamic_metadata", "grpc", "headers", "path", "path_match_policy", "path_separated_prefix", "path_specifier", "prefix", "query_parameters", "runtime_fraction", "safe_regex", "tls_context"]) -> None: ...
    def WhichOneof(self, oneof_group: _Literal["path_specifier"]) -> _Literal["prefix", "path", "safe_regex", "connect_matcher", "path_separated_prefix", "path_match_policy"] | None: ...

class VirtualHost(_Message):
    class _TlsRequirementType(_EnumTypeWrapper):
        NONE: int
        EXTERNAL_ONLY: int
        ALL: int
    TlsRequirementType: _ClassVar[_TlsRequirementType]
    NONE: _ClassVar[int]
    EXTERNAL_ONLY: _ClassVar[int]
    ALL: _ClassVar[int]
    name: str
    @property
    def domains(self) -> _RepeatedScalar[str]: ...
    @property
    def routes(self) -> _Repeated[Route]: ...
    require_tls: int
    @property
    def request_headers_to_add(self) -> _Repeated[_core.HeaderValueOption]: ...
    @property
    def request_headers_to_remove(self) -> _RepeatedScalar[str]: ...
    @property
    def response_headers_to_add(self) -> _Repeated[_core.HeaderValueOption]: ...
    @property
    def response_headers_to_remove(self) -> _RepeatedScalar[str]: ...
    @property
    def typed_per_filter_config(self) -> _MessageMap[str, _protobuf.Any]: ...
    include_request_attempt_count: bool
    include_attempt_count_in_response: bool
    @property
    def retry_policy(self) -> RetryPolicy: ...
    @property
    def hedge_policy(self) -> HedgePolicy: ...
    include_is_timeout_retry_header: bool
    @property
    def request_body_buffer_limit(self) -> _protobuf.UInt64Value: ...
    @property
    def request_mirror_policies(self) -> _Repeated[RouteAction.RequestMirrorPolicy]: ...
    @property
    def metadata(self) -> _core.Metadata: ...
    def __init__(
        self,
        *,
        name: str | None = ...,
        domains: _Iterable[str] | None = ...,
        routes: _Iterable[Route] | None = ...,
        require_tls: int | None = ...,
        request_headers_to_add: _Iterable[_core.HeaderValueOption] | None = ...,
        request_headers_to_remove: _Iterable[str] | None = ...,
        response_headers_to_add: _Iterable[_core.HeaderValueOption] | None = ...,
        response_headers_to_remove: _Iterable[str] | None = ...,
        typed_per_filter_config: _Mapping[str, _protobuf.Any] | None = ...,
        include_request_attempt_count: bool | None = ...,
        include_attempt_count_in_response: bool | None = ...,
        retry_policy: RetryPolicy | None = ...,
        hedge_policy: HedgePolicy | None = ...,
        include_is_timeout_retry_header: bool | None = ...,
        request_body_buffer_limit: _protobuf.UInt64Value | None = ...,
        request_mirror_policies: _Iterable[RouteAction.RequestMirrorPolicy] | None = ...,
        metadata: _core.Metadata | None = ...,
    ) -> None: ...
    def HasField(self, field_name: _Literal["hedge_policy", "metadata", "request_body_buffer_limit", "retry_policy"]) -> bool: ...
    def ClearField(self, field_name: _Literal["domains", "hedge_policy", "include_attempt_count_in_response", "include_is_timeout_retry_header", "include_request_attempt_count", "metadata", "name", "request_body_buffer_limit", "request_headers_to_add", "request_headers_to_remove", "request_mirror_policies", "require_tls", "response_headers_to_add", "response_headers_to_remove", "retry_policy", "routes", "typed_per_filter_config"]) -> None: ...

class WeightedCluster(_Message):
    class ClusterWeight(_Message):
        name: str
        cluster_header: str
        @property
        def weight(self) -> _protobuf.UInt32Value: ...
        @property
        def metadata_match(self) -> _core.Metadata: ...
        @property
        def request_headers_to_add(self) -> _Repeated[_core.HeaderValueOption]: ...
        @property
        def request_headers_to_remove(self) -> _RepeatedScalar[str]: ...
        @property
        def response_headers_to_add(self) -> _Repeated[_core.HeaderValueOption]: ...
        @property
        def response_headers_to_remove(self) -> _RepeatedScalar[str]: ...
        @property
        def typed_per_filter_config(self) -> _MessageMap[str, _protobuf.Any]: ...
        host_rewrite_literal: str
        def __init__(
            self,
            *,
            name: str | None = ...,
            cluster_header: str | None = ...,
            weight: _protobuf.UInt32Value | None = ...,
            metadata_match: _core.Metadata | None = ...,
            request_headers_to_add: _Iterable[_core.HeaderValueOption] | None = ...,
            request_headers_to_remove: _Iterable[str] | None = ...,
            response_headers_to_add: _Iterable[_core.HeaderValueOption] | None = ...,
            response_headers_to_remove: _Iterable[str] | None = ...,
            typed_per_filter_config: _Mapping[str, _protobuf.Any] | None = ...,
            host_rewrite_literal: str | None = ...,
        ) -> None: ...
        def HasField(self, field_name: _Literal["host_rewrite_literal", "host_rewrite_specifier", "metadata_match", "weight"]) -> bool: ...
        def ClearField(self, field_name: _Literal["cluster_header", "host_rewrite_literal", "host_rewrite_specifier", "metadata_match", "name", "request_headers_to_add", "request_headers_to_remove", "response_headers_to_add", "response_headers_to_remove", "typed_per_filter_config", "weight"]) -> None: ...
        def WhichOneof(self, oneof_group: _Literal["host_rewrite_specifier"]) -> _Literal["host_rewrite_literal"] | None: ...

    @property
    def clusters(self) -> _Repeated[WeightedCluster.ClusterWeight]: ...
    runtime_key_prefix: str
    header_name: str
    @property
    def use_hash_policy(self) -> _protobuf.BoolValue: ...
    def __init__(
        self,
        *,
        clusters: _Iterable[WeightedCluster.ClusterWeight] | None = ...,
        runtime_key_prefix: str | None = ...,
        header_name: str | None = ...,
        use_hash_policy: _protobuf.BoolValue | None = ...,
    ) -> None: ...
    def HasField(self, field_name: _Literal["header_name", "random_value_specifier", "use_hash_policy"]) -> bool: ...
    def ClearField(self, field_name: _Literal["clusters", "header_name", "random_value_specifier", "runtime_key_prefix", "use_hash_policy"]) -> None: ...
    def WhichOneof(self, oneof_group: _Literal["random_value_specifier"]) -> _Literal["header_name", "use_hash_policy"] | None: ...
