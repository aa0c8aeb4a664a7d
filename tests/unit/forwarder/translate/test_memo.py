from authz.forwarder.translate.memo import Memo


def test_what_is_kept_is_recalled_by_the_same_translation_and_the_next_one() -> None:
    first: Memo[str, int] = Memo()
    assert first.keep("a", 1) == 1
    assert first.recall("a") == 1
    assert Memo(first).recall("a") == 1


def test_what_is_not_kept_again_is_forgotten() -> None:
    first: Memo[str, int] = Memo()
    first.keep("a", 1)
    assert Memo(Memo(first)).recall("a") is None


def test_what_is_kept_last_counts() -> None:
    first: Memo[str, int] = Memo()
    first.keep("a", 1)
    second = Memo(first)
    second.keep("a", 2)
    assert second.recall("a") == 2
    assert first.recall("a") == 1
