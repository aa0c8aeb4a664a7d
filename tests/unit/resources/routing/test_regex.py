import pytest

from authz.resources.routing.regex import check_regex


@pytest.mark.parametrize(
    "text,groups",
    [
        ("a", 0),
        ("/users/([0-9]+)/(.*)", 2),
        ("(?P<name>a)(?:b)", 1),
        (r"\pL+\z", 0),
        ("[[:alpha:]]", 0),
        (r"\Q.\E", 0),
        ("(?i)é", 0),
        ("a" * 1024, 0),
    ],
)
def test_what_re2_takes_is_taken(text: str, groups: int) -> None:
    checked = check_regex(text)
    assert (checked.text, checked.groups) == (text, groups)


@pytest.mark.parametrize(
    "text,message",
    [
        ("", "an empty expression"),
        ("*", "no argument for repetition operator"),
        ("(?=a)", "invalid perl operator"),
        ("(?<!a)b", "invalid"),
        (r"(a)\1", "invalid escape sequence"),
        ("a++", "bad repetition operator"),
        (r"a\Z", "invalid escape sequence"),
        ("(a", "missing \\)"),
        ("[a", "missing ]"),
        ("a{1001}", "invalid repetition size"),
        ("((a{100}){100})", "invalid repetition size"),
        ("a" * 1025, "longer than 1024 bytes"),
        ("é" * 513, "longer than 1024 bytes"),
        ("a\ud800", "half a character"),
        (r"(\pL\pN\pP){9}" * 3, "its program has a size of [0-9]+, 32768 are allowed"),
    ],
)
def test_what_envoy_would_refuse_is_refused_in_the_words_of_re2(text: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        check_regex(text)
