"""Documents -> typed resources, or problems with file, line and column. Imports `authz.model` only.

Front door: `collection.Collector` (files -> their resources), `mesh_config.read_mesh_config`.
"""
