"""Answers that are kept: not too many, and not too large ones together."""

from bundlesmith.serve.cache import Cache


def test_the_one_that_was_asked_for_longest_ago_goes() -> None:
    cache: Cache[str] = Cache(2)
    for key in "abc":
        cache.put(key, key)
        cache.get("a")
    assert (cache.get("a"), cache.get("b"), cache.get("c"), len(cache)) == ("a", None, "c", 2)


def test_large_answers_leave_room_for_fewer() -> None:
    cache: Cache[str] = Cache(100, len, 10)
    for key, answer in (("a", "12345"), ("b", "123"), ("a", "1"), ("c", "123456"), ("d", "12345678901")):
        cache.put(key, answer)
        assert cache.weight == sum(len(cache.get(each) or "") for each in "abcd") <= 10
    assert len(cache) == 0  # the last is larger than all may be
    cache.put("e", "12")
    cache.clear()
    assert (len(cache), cache.weight) == (0, 0)
