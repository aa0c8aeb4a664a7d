"""Cut other people's protobuf definitions down to what we use.

The steps, each a module: `allow` (the list of what we keep), `toolenv` (a
throw-away environment with their definitions and protoc), `trim` (descriptors
to smaller descriptors), `prototext` (descriptors to `.proto` text), `modules`
(descriptors to Python modules and their stubs), `build` (all of it, in order).
Used by `protos/prune.py` alone; nothing here is installed with the product.
"""


class PruneError(Exception):
    """Something the person at the keyboard can mend; its text says what, one line a finding."""
