"""Settings of fetching keys, from file and flags."""

from __future__ import annotations

from pathlib import Path

import pytest

from authz.config import Settings, apply_flags, read_settings
from authz.model.address import parse_cidr
from authz.model.errors import SettingsError
from authz.sources.jwks_settings import JwksSettings, check_proxy


def flag(key: str, value: str) -> JwksSettings:
    return apply_flags(Settings(), {key: (value,) if key == "jwks.blockedCidrs" else value}).jwks


def test_nothing_permissive_is_a_default() -> None:
    settings = JwksSettings()
    allowed = (settings.allow_http, settings.allow_private_addresses, settings.allow_loopback)
    assert allowed == (False, False, False)
    assert settings.unknown_kid_cooldown_seconds == 0


def test_the_file_has_a_section_for_them(tmp_path: Path) -> None:
    (tmp_path / "authz.yaml").write_text(
        "jwks: {refreshSeconds: 60, allowPrivateAddresses: true, blockedCidrs: [10.0.0.1/8], caFile: ca.pem}\n"
    )
    settings = read_settings(tmp_path / "authz.yaml").jwks
    assert settings == JwksSettings(
        refresh_seconds=60,
        allow_private_addresses=True,
        blocked_cidrs=("10.0.0.1/8",),
        ca_file=tmp_path / "ca.pem",
    )
    assert settings.blocked == (parse_cidr("10.0.0.0/8"),)


@pytest.mark.parametrize("text", ["none", "http://proxy.example:3128", "http://10.0.0.1:80/", "http://[::1]:3128"])
def test_a_proxy_is_a_plain_http_one(text: str) -> None:
    assert check_proxy(text) == text
    assert flag("jwks.proxy", text).proxy == text


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("jwks.proxy", "https://proxy.example:3128"),
        ("jwks.proxy", "proxy.example:3128"),
        ("jwks.proxy", "http://proxy.example"),
        ("jwks.proxy", "http://proxy.example:0"),
        ("jwks.proxy", "http://proxy.example:99999"),
        ("jwks.proxy", "http://proxy.example:1/path"),
        ("jwks.proxy", "http://user:hidden@proxy.example:1"),
        ("jwks.proxy", ""),
        ("jwks.blockedCidrs", "10.0.0.0/33"),
        ("jwks.blockedCidrs", "example.com"),
        ("jwks.refreshSeconds", "9"),
        ("jwks.keepSeconds", "3600"),
        ("jwks.unknownKidCooldownSeconds", "-1"),
    ],
)
def test_what_cannot_be_meant_is_refused_by_name(key: str, value: str) -> None:
    with pytest.raises(SettingsError, match=f"^{key}: ") as caught:
        flag(key, value)
    assert "hidden" not in str(caught.value)
