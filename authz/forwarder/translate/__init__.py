"""Resources of a mesh -> what one Envoy is to be told. Pure: no I/O, no clock; the same bytes whatever the order.

Front door: `translate`. May import `mesh`, `resources`, `model` and the protobufs of Envoy.
"""

from authz.forwarder.translate.translation import Translation, TranslationMemo, translate

__all__ = ["Translation", "TranslationMemo", "translate"]
