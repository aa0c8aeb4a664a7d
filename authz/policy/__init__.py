"""The compiler: rules as authors write them -> programs that decide. Pure; imports `mesh`, `resources` and `model`.

The way of the data: `Rule` -> `lower.py` (Istio's meaning, as tests on facts: `ir.py`) -> `checks.py` (tests -> Python
callables) -> `index.py` (callables filed by key) -> `program.py` (the indexes of one workload). Front door:
`compile_program`.
"""
