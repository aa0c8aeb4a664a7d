"""authz: an external authorizer that decides as Istio does, and says why.

As a library: `Authorizer.from_directory("policies").check(Request(path="/"))`. As a program: `authz --help`.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from authz.authorizer import Authorizer
    from authz.decision.explain import Explanation
    from authz.model.decision import Allowed, Decision, Denied, Reason
    from authz.model.errors import AuthzError, PolicyError, SettingsError
    from authz.model.request import Request
    from authz.model.settings import BareRequestPrincipals, DecidingSettings
    from authz.model.workload import Workload

__version__ = "0.1.0"

__all__ = [
    "Allowed",
    "Authorizer",
    "AuthzError",
    "BareRequestPrincipals",
    "DecidingSettings",
    "Decision",
    "Denied",
    "Explanation",
    "PolicyError",
    "Reason",
    "Request",
    "SettingsError",
    "Workload",
]

_HOMES = {
    "Authorizer": "authz.authorizer",
    "Explanation": "authz.decision.explain",
    "Allowed": "authz.model.decision",
    "Decision": "authz.model.decision",
    "Denied": "authz.model.decision",
    "Reason": "authz.model.decision",
    "AuthzError": "authz.model.errors",
    "PolicyError": "authz.model.errors",
    "SettingsError": "authz.model.errors",
    "Request": "authz.model.request",
    "BareRequestPrincipals": "authz.model.settings",
    "DecidingSettings": "authz.model.settings",
    "Workload": "authz.model.workload",
}


def __getattr__(name: str) -> Any:
    """Import on first use, so that `import authz.model` loads neither grpc nor protobuf."""
    if name not in _HOMES:
        raise AttributeError(f"module 'authz' has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)
