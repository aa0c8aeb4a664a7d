"""authz: an external authorizer that decides as Istio does, and says why."""

__version__ = "0.1.0"
