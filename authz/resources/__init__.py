"""Documents -> typed resources, or problems with file, line and column. Imports `authz.model` only.

Front door: `collection.read_file` (a file -> its resources), `collection.join_files` (all files -> one set),
`mesh_config.read_mesh_config`.
"""
