"""The protobuf package `envoy.type.matcher.v3`.

Written by protos/prune.py from protos/allow.toml. Do not edit.
"""

from authz.pb._pool import made_when_used

__all__ = [
    "DoubleMatcher",
    "ListMatcher",
    "ListStringMatcher",
    "MetadataMatcher",
    "OrMatcher",
    "PathMatcher",
    "RegexMatchAndSubstitute",
    "RegexMatcher",
    "StringMatcher",
    "ValueMatcher",
]

__getattr__ = made_when_used("envoy.type.matcher.v3", globals())
