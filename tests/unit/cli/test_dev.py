from __future__ import annotations

import argparse

import pytest

from authz.cli import dev


def parse(*arguments: str) -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    dev.add_parser(parser.add_subparsers())
    return parser.parse_args(["dev", "quickstart", *arguments])


def test_the_quickstart_serves_on_unless_told_to_end() -> None:
    parsed = parse()
    assert (parsed.once, parsed.policies, parsed.output) == (False, None, "text")
    assert parse("--once").once


def test_the_table_can_be_json_and_the_policies_others() -> None:
    parsed = parse("--output", "json", "--policies", "dir")
    assert (parsed.output, parsed.policies) == ("json", "dir")


def test_another_form_of_the_table_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        parse("--output", "xml")
    assert "invalid choice: 'xml'" in capsys.readouterr().err
