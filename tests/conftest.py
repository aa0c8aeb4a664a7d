"""Set-up that all tests share: how hard hypothesis tries."""

import os

from hypothesis import HealthCheck, settings

_SLOW_DATA = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much]

settings.register_profile("quick", max_examples=75, deadline=None, derandomize=True, suppress_health_check=_SLOW_DATA)
settings.register_profile("thorough", max_examples=5_000, deadline=None, suppress_health_check=_SLOW_DATA)
settings.load_profile(os.environ.get("AUTHZ_HYPOTHESIS_PROFILE", "quick"))
