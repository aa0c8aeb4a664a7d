"""Documents -> typed resources, or problems with file, line and column. Imports `authz.model` only.

Front door: `read_file` (a file -> its resources), `join_files` (all files -> one set), `read_mesh_config`.
"""
