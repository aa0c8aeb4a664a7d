"""docs/operations.md names every setting and every metric."""

from pathlib import Path

import pytest

from authz.config import SETTINGS, Setting
from authz.observability.counters import Count, Counters
from authz.server.metrics import families
from authz.server.readiness import Readiness
from tests.support.status import GOOD, LATER, Certificate

PAGE = (Path(__file__).parents[2] / "docs" / "operations.md").read_text()
METRICS = sorted(
    family.name
    for family in families(
        Counters(), Readiness(GOOD, draining=False, certificate=Certificate(client_ca_expires=LATER), unready=None), 0
    )
)


@pytest.mark.parametrize("setting", SETTINGS, ids=lambda one: one.key)
def test_every_setting_is_in_the_table(setting: Setting) -> None:
    assert f"\n| `{setting.flag}` | `{setting.key}` |" in PAGE


@pytest.mark.parametrize("name", METRICS)
def test_every_metric_is_in_the_table(name: str) -> None:
    if name in {Count.CERTIFICATE_RELOADS.value, Count.CERTIFICATE_RELOADS_REJECTED.value}:
        name = "authz_certificate_..."
    assert f"`{name}`" in PAGE or f"`{name}{{" in PAGE
