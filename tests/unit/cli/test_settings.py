from __future__ import annotations

import argparse
from pathlib import Path

import pytest

from authz.cli import serve, validate
from authz.cli.settings import settings_of
from authz.config import Settings
from authz.model.errors import SettingsError
from authz.model.workload import Workload


def parse(*arguments: str) -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    verbs = parser.add_subparsers()
    serve.add_parser(verbs)
    validate.add_parser(verbs)
    return parser.parse_args(arguments)


def test_without_flags_the_defaults_hold() -> None:
    assert settings_of(parse("serve")) == Settings()
    assert settings_of(parse("validate", "a")) == Settings()


def test_every_flag_becomes_a_setting() -> None:
    settings = settings_of(
        parse(
            *("serve", "--policies", "p", "--mesh", "m", "--listen", "unix:s", "--workload", "foo/"),
            *("--allow-empty", "--insecure-listen"),
        )
    )
    assert (settings.policies, settings.mesh, settings.transport.listen) == ((Path("p"),), Path("m"), "unix:s")
    assert (settings.workload, settings.allow_empty, settings.insecure_listen) == (Workload("foo"), True, True)


def test_a_flag_may_be_repeated_where_it_makes_a_list() -> None:
    ids = ["spiffe://td/a", "spiffe://td/b/*"]
    given = [part for one in ids for part in ("--tls-allow-spiffe-id", one)]
    tls = settings_of(parse("serve", "--tls-cert", "c", "--tls-key", "k", "--tls-client-ca", "a", *given)).transport.tls
    assert (tls.certificate, tls.key, tls.client_ca) == (Path("c"), Path("k"), Path("a"))
    assert list(map(str, tls.allowed_spiffe_ids)) == ids


def test_a_flag_wins_over_the_file_and_the_file_over_the_default(tmp_path: Path) -> None:
    file = tmp_path / "authz.yaml"
    file.write_text("policies: p\nmesh: m\nallowEmpty: true\ninsecureListen: true\n")
    settings = settings_of(parse("serve", "--config", str(file), "--policies", "q"))
    assert (settings.policies, settings.mesh) == ((Path("q"),), tmp_path / "m")
    assert (settings.allow_empty, settings.insecure_listen) == (True, True)


@pytest.mark.parametrize("flag", ["--policies", "--mesh", "--listen", "--workload"])
def test_an_empty_flag_is_refused(flag: str) -> None:
    with pytest.raises(SettingsError, match=f"^{flag[2:]}: expected "):
        settings_of(parse("serve", flag, ""))
