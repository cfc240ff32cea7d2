import pytest

from bundlesmith.data.values.text import clean_line, unescape


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("Tom &amp; Co", "Tom & Co"),
        ("Tom &amp;amp; Co", "Tom & Co"),
        ("60&quot; wide &#169; &#xA9;", '60" wide © ©'),
        ("R&D black&copper", "R&D black&copper"),
        ("<b>Bold</b><br/>next", " Bold  next"),
        ("&lt;p class=x&gt;Text", " Text"),
        ("1 < 2 <3 <M> size", "1 < 2 <3 <M> size"),
    ],
)
def test_unescape(text, plain):
    assert unescape(text) == plain


def test_one_line():
    assert clean_line("  a\t\tb\u00a0c\r\nd\x00e\u200bf ") == "a b c d ef"
    assert clean_line("👨\u200d👩") == "👨\u200d👩"
