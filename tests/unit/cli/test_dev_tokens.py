from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jwt
import pytest
import yaml

from authz.cli.main import main

ISSUER = "https://dev.example.com"
Said = pytest.CaptureFixture[str]


@pytest.fixture(autouse=True)
def _at_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def token(capsys: Said, *flags: str) -> str:
    assert main(["dev", "token", "--issuer", ISSUER, "--alg", "ES256", *flags]) == 0
    return capsys.readouterr().out


def jwks(capsys: Said, *flags: str) -> str:
    assert main(["dev", "jwks", *flags]) == 0
    return capsys.readouterr().out


def claims(text: str, key_set: str, **options: Any) -> dict[str, Any]:
    key = jwt.PyJWKSet.from_json(key_set)[jwt.get_unverified_header(text)["kid"]]
    found: dict[str, Any] = jwt.decode(text, key, algorithms=["ES256"], **options)
    return found


def test_the_token_stands_alone_on_standard_output(capsys: Said) -> None:
    assert main(["dev", "token", "--issuer", ISSUER, "--alg", "ES256"]) == 0
    said = capsys.readouterr()
    assert said.out.count("\n") == 1
    assert said.err == (
        "authz dev: for trying things, never for production\n"
        "made authz-dev/token.key, for ES256; what verifies its tokens: authz dev jwks --key authz-dev/token.key\n"
    )


def test_it_says_what_it_was_told_and_verifies_with_the_printed_keys(capsys: Said) -> None:
    flags = ["--subject", "me", "--audience", "a", "--audience", "b", "--claim", "team=web", "--claim", 'groups:=["x"]']
    made = token(capsys, *flags, "--expires", "30m", "--not-before=-1m").strip()
    found = claims(made, jwks(capsys), audience="a")
    assert {name: found[name] for name in ("iss", "sub", "aud", "team", "groups")} == {
        "iss": ISSUER,
        "sub": "me",
        "aud": ["a", "b"],
        "team": "web",
        "groups": ["x"],
    }
    assert (found["exp"] - found["iat"], found["nbf"] - found["iat"]) == (1800, -60)


def test_an_expired_token_and_one_that_never_is_can_be_had(capsys: Said) -> None:
    expired = token(capsys, "--expires=-5m").strip()
    with pytest.raises(jwt.ExpiredSignatureError):
        claims(expired, jwks(capsys))
    assert "exp" not in claims(token(capsys, "--expires", "never").strip(), jwks(capsys))


def test_the_key_stays_and_its_id_may_be_another(capsys: Said) -> None:
    made = token(capsys, "--kid", "mine", "--key", "my.key").strip()
    before = Path("my.key").read_bytes()
    token(capsys, "--key", "my.key")
    assert Path("my.key").read_bytes() == before
    assert claims(made, jwks(capsys, "--key", "my.key", "--kid", "mine"))["iss"] == ISSUER


def test_machines_are_told_what_is_in_it(capsys: Said) -> None:
    said = json.loads(token(capsys, "--output", "json", "--claim", "a:=1"))
    assert set(said) == {"token", "header", "claims", "key"}
    assert claims(said["token"], jwks(capsys)) == said["claims"]
    assert jwt.get_unverified_header(said["token"]) == said["header"]


def test_a_request_authentication_believes_its_tokens(capsys: Said) -> None:
    made = token(capsys).strip()
    text = jwks(capsys, "--yaml", "--issuer", ISSUER, "--audience", "a", "--namespace", "web")
    document = yaml.safe_load(text)
    [rule] = document["spec"]["jwtRules"]
    assert text.startswith("# authz dev, not for production\n")
    assert (document["kind"], document["metadata"]["namespace"]) == ("RequestAuthentication", "web")
    assert (rule["issuer"], rule["audiences"]) == (ISSUER, ["a"])
    assert claims(made, rule["jwks"])["iss"] == ISSUER


@pytest.mark.parametrize(
    "arguments, said",
    [
        (["token"], "--issuer"),
        (["token", "--issuer", ""], "expected something"),
        (["token", "--issuer", "i", "--claim", "iss=x"], "'iss' is what --issuer says"),
        (["token", "--issuer", "i", "--subject", "", "--claim", "sub=x"], "'sub' is what --subject says"),
        (["token", "--issuer", "i", "--claim", "a=1", "--claim", "a=2"], "'a' is given twice"),
        (["token", "--issuer", "i", "--claim", "a:=x"], "what follows := is not JSON"),
        (["token", "--issuer", "i", "--alg", "none"], "invalid choice"),
        (["token", "--issuer", "i", "--expires", "soon"], "expected a duration"),
        (["jwks", "--yaml"], "needs --issuer"),
    ],
)
def test_a_wrong_command_line_is_status_2_and_makes_no_key(capsys: Said, arguments: list[str], said: str) -> None:
    with pytest.raises(SystemExit) as caught:
        main(["dev", *arguments])
    assert caught.value.code == 2
    assert said in capsys.readouterr().err
    assert not list(Path().iterdir())


def test_keys_that_are_not_there_are_not_made_for_looking_at_them(capsys: Said) -> None:
    assert main(["dev", "jwks"]) == 1
    assert "`authz dev token --key authz-dev/token.key` makes it" in capsys.readouterr().err
    assert not list(Path().iterdir())
