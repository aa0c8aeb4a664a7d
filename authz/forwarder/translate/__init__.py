"""Resources of a mesh -> what one Envoy is to be told. Pure: no I/O, no clock; the same bytes whatever the order.

May import `mesh`, `resources`, `model` and the protobufs of Envoy.
"""
