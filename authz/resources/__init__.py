"""Documents -> typed resources, or problems with file, line and column. Imports `authz.model` only.

Front door: `read_documents` (bytes -> documents), `read_resources` (documents -> resources), `read_mesh_config`.
"""
