"""What a proxy would do with a request, without asking one: the choice of Envoy on what it is told.

Front door: `look_up`. Pure.
"""

from authz.forwarder.lookup.look_up import Asked, Found, Outcome, look_up

__all__ = ["Asked", "Found", "Outcome", "look_up"]
