"""What both halves need to know of the mesh: which resources are for which workload. Imports `resources` and `model`.

Front door: `MeshView`, immutable; a change of any resource is a new view.
"""
