"""The protobuf package `envoy.extensions.clusters.common.dns.v3`.

Written by protos/prune.py from protos/allow.toml. Do not edit.
"""

from google.protobuf.internal.enum_type_wrapper import EnumTypeWrapper as _EnumTypeWrapper

__all__ = [
    "DnsLookupFamily",
]

class _DnsLookupFamily(_EnumTypeWrapper):
    UNSPECIFIED: int
    AUTO: int
    V4_ONLY: int
    V6_ONLY: int
    V4_PREFERRED: int
    ALL: int
DnsLookupFamily: _DnsLookupFamily
