"""Deciding: raw requests -> facts -> decisions, and why. Pure: no clock, no network, no protobuf.

The way of the data: `workload.py` (whose request), `facts.py` (what it is), `evaluate.py` (program and facts ->
decision), `explain.py` (the same, keeping notes), `engine.py` (the order of it all, and that doubt denies). Front door:
`Engine`, built by `load.py` from files.
"""
