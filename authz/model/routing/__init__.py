"""What routing resources say, as frozen records: hosts, protocols, visibility, and a module for each kind.

The readers are in `authz.resources.routing`, what becomes of the records in the forwarder. Standard library only.
Everything that ends up in an Envoy configuration knows where it was written.
"""
