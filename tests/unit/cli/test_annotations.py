from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from authz.cli.annotations import problems_github, problems_sarif
from authz.cli.main import main
from authz.model.problem import Code, Problem, Severity
from authz.model.where import Where
from tests.support.reading import with_spec

ERROR = Problem(Code.BAD_PORT, Where("a/b,c:d.yaml", 3, 7), "spec.rules[0]", "100%\r\nwrong: a, b")
WARNING = Problem(Code.EMPTY_VALUES, Where("é b.yaml"), "", "hm", Severity.WARNING)
GOOD = with_spec("{rules: [{}]}")
BAD = with_spec("{action: DENY}")
WARNED = with_spec("{rules: [{to: [{operation: {methods: [get]}}]}]}")


@pytest.fixture(autouse=True)
def _in_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def results(problems: list[Problem]) -> list[dict[str, Any]]:
    (run,) = json.loads(problems_sarif(problems))["runs"]
    assert [run["tool"]["driver"]["rules"][one["ruleIndex"]]["id"] for one in run["results"]] == [
        one["ruleId"] for one in run["results"]
    ]
    found: list[dict[str, Any]] = run["results"]
    return found


def test_a_workflow_command_escapes_what_github_would_read_otherwise() -> None:
    assert problems_github([ERROR, WARNING]) == (
        "::error file=a/b%2Cc%3Ad.yaml,line=3,col=7,title=AZ102::spec.rules[0]: 100%25%0D%0Awrong: a, b\n"
        "::warning file=é b.yaml,title=AZ903::hm\n"
    )


def test_a_problem_without_file_and_with_control_characters_is_one_command() -> None:
    problem = Problem(Code.NO_RESOURCES, Where(""), "", "a\x1b[2J\u2028::error::b")
    assert problems_github([problem]) == "::error title=AZ007::a\\x1b[2J\\u2028::error::b\n"


def test_files_are_relative_to_the_working_directory_where_they_are_below_it(tmp_path: Path) -> None:
    named = [str(tmp_path / "x" / "a.yaml"), "./x/../b.yaml", "/elsewhere/c d.yaml", "../e.yaml"]
    problems = [Problem(Code.BAD_PORT, Where(name, 1, 1), "", "") for name in named]
    outside = str(tmp_path.parent / "e.yaml")
    files = [line.partition("file=")[2].partition(",")[0] for line in problems_github(problems).splitlines()]
    assert files == ["x/a.yaml", "b.yaml", "/elsewhere/c d.yaml", outside]
    uris = [one["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] for one in results(problems)]
    assert uris == ["x/a.yaml", "b.yaml", "file:///elsewhere/c%20d.yaml", f"file://{outside}"]


def test_sarif_has_what_version_2_1_0_requires() -> None:
    log = json.loads(problems_sarif([ERROR, WARNING, ERROR]))
    assert (log["version"], log["$schema"].rpartition("/")[2]) == ("2.1.0", "sarif-schema-2.1.0.json")
    driver = log["runs"][0]["tool"]["driver"]
    assert driver["name"] == "authz"
    assert [(rule["id"], rule["name"], rule["defaultConfiguration"]["level"]) for rule in driver["rules"]] == [
        ("AZ102", "BadPort", "error"),
        ("AZ903", "EmptyValues", "warning"),
    ]


def test_a_sarif_result_says_what_and_where() -> None:
    error, warning = results([ERROR, WARNING])
    assert error == {
        "ruleId": "AZ102",
        "ruleIndex": 0,
        "level": "error",
        "message": {"text": "spec.rules[0]: 100%\r\nwrong: a, b"},
        "locations": [
            {
                "physicalLocation": {
                    "artifactLocation": {"uri": "a/b%2Cc%3Ad.yaml"},
                    "region": {"startLine": 3, "startColumn": 7},
                },
                "logicalLocations": [{"fullyQualifiedName": "spec.rules[0]"}],
            }
        ],
    }
    assert warning["locations"] == [{"physicalLocation": {"artifactLocation": {"uri": "%C3%A9%20b.yaml"}}}]


def test_no_problems_are_a_run_without_results() -> None:
    assert results([]) == []
    assert problems_github([]) == ""


def test_a_problem_without_a_place_has_no_location() -> None:
    (result,) = results([Problem(Code.NO_RESOURCES, Where(""), "", "")])
    assert result["locations"] == []


def test_the_name_of_a_file_may_be_any_bytes() -> None:
    (result,) = results([Problem(Code.UNREADABLE_FILE, Where("\udcff.yaml"), "", "")])
    assert result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] == "%FF.yaml"


@pytest.mark.parametrize("output", ["text", "json", "sarif", "github"])
@pytest.mark.parametrize(("content", "status", "strict"), [(GOOD, 0, 0), (WARNED, 0, 2), (BAD, 1, 1)])
def test_strict_is_status_2_for_warnings_alone(
    capsys: pytest.CaptureFixture[str], output: str, content: str, status: int, strict: int
) -> None:
    Path("a.yaml").write_text(content)
    assert main(["validate", "a.yaml", "--output", output]) == status
    assert main(["validate", "a.yaml", "--output", output, "--strict"]) == strict
    assert capsys.readouterr().err == ""


def test_a_warning_that_is_ignored_is_none_to_strict_either() -> None:
    Path("a.yaml").write_text(WARNED.replace("foo}", "foo, annotations: {authz/ignore: AZ921}}"))
    assert main(["validate", "a.yaml", "--strict"]) == 0


def test_github_gets_commands_and_a_summary_that_is_none(capsys: pytest.CaptureFixture[str]) -> None:
    Path("a.yaml").write_text(WARNED)
    assert main(["validate", ".", "--output", "github"]) == 0
    first, last = capsys.readouterr().out.splitlines()
    assert first.startswith(
        "::warning file=a.yaml,line=4,col=44,title=AZ921::spec.rules[0].to[0].operation.methods[0]: "
    )
    assert last == "1 warning"


def test_github_without_problems_is_told_as_people_are(capsys: pytest.CaptureFixture[str]) -> None:
    Path("a.yaml").write_text(GOOD)
    assert main(["validate", ".", "--output", "github"]) == 0
    assert capsys.readouterr().out == "1 valid; no problems\n"


def test_sarif_is_all_that_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    Path("a.yaml").write_text(BAD)
    assert main(["validate", ".", "--output", "sarif"]) == 1
    (run,) = json.loads(capsys.readouterr().out)["runs"]
    assert [result["ruleId"] for result in run["results"]] == ["AZ108"]
