"""The protobuf package `envoy.config.common.mutation_rules.v3`.

Written by protos/prune.py from protos/allow.toml. Do not edit.
"""

from authz.pb._pool import made_when_used

__all__ = [
    "HeaderMutation",
    "HeaderMutationRules",
]

__getattr__ = made_when_used("envoy.config.common.mutation_rules.v3", globals())
