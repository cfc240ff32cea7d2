"""Bytes of a text file -> text: compression is undone, the encoding is told or refused with the ones to try.

    text, encoding = decode(path, unpack(path, data), named=None)

Byte-order marks and valid UTF-8 are certain. Otherwise each candidate that decodes the whole file is scored by how much
of the text that isn't ASCII is what people write with it: the common characters of its languages. The best one is taken
if no other comes near.
"""

import gzip
import io
import re
import zipfile
import zlib
from collections import Counter
from collections.abc import Callable
from functools import cache
from itertools import pairwise
from pathlib import Path

from bundlesmith.errors import BundlesmithError

_MARKS = {b"\xef\xbb\xbf": "utf-8", b"\xff\xfe\0\0": "utf-32", b"\0\0\xfe\xff": "utf-32", b"\xff\xfe": "utf-16"}
_MARKS[b"\xfe\xff"] = "utf-16"
_SAMPLE = 400_000  # characters that are not ASCII
_ENOUGH, _MARGIN = 0.9, 0.1  # the least score, and how far the next one must be
_FIX = 'Name it, as in `file: FILE, encoding: cp1252`, or save the file as UTF-8 ("CSV UTF-8" in Excel).'


def unpack(path: Path, data: bytes) -> bytes:
    """Undo gzip, Zstandard and ZIP (of one file), told by the first bytes; an .xlsx file stays.

    Raises:
        BundlesmithError: if the archive is broken or holds several files.
    """
    try:
        if data.startswith(b"\x1f\x8b"):
            return unpack(path, gzip.decompress(data))
        if data.startswith(b"\x28\xb5\x2f\xfd"):
            import pyarrow

            return pyarrow.input_stream(pyarrow.BufferReader(data), compression="zstd").read()  # type: ignore[no-any-return]
        if data.startswith(b"PK\x03\x04"):
            return _unzip(path, data)
    except (OSError, EOFError, zlib.error, zipfile.BadZipFile, RuntimeError, ValueError, NotImplementedError) as error:
        raise BundlesmithError(f'"{path}" could not be unpacked: {error}.', "Unpack it, or write it again.") from error
    return data


def _unzip(path: Path, data: bytes) -> bytes:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        names = [name for name in archive.namelist() if not name.endswith("/")]
        if "xl/workbook.xml" in names or "xl/workbook.bin" in names:
            return data
        files = [name for name in names if not name.startswith("__MACOSX/") and not name.endswith(".DS_Store")]
        if len(files) != 1:
            what = f'"{path}" holds {len(files)} files: {", ".join(files[:5])}.'
            raise BundlesmithError(what, f"Name one: `file: {path.name}/{files[0] if files else 'FILE'}`.")
        return unpack(path, archive.read(files[0]))


def decode(path: Path, data: bytes, named: str | None = None) -> tuple[str, str]:
    """The text without a byte-order mark, and the name of the encoding.

    Raises:
        BundlesmithError: if the file is empty, doesn't have the encoding that is named, or that can't be told.
    """
    text, encoding = _decoded(path, data, named)
    text = text.removeprefix("\ufeff")
    if not text.strip():
        raise BundlesmithError(f'"{path}" is empty.', "Check how it was written.")
    return text, encoding


def _decoded(path: Path, data: bytes, named: str | None) -> tuple[str, str]:
    encoding = named or next((name for mark, name in _MARKS.items() if data.startswith(mark)), None) or _wide(data)
    try:
        return data.decode(encoding or "utf-8"), encoding or "utf-8"
    except LookupError as error:
        raise BundlesmithError(
            f'"{path}": there is no encoding "{named}".', "Such as utf-8, cp1252, gb18030."
        ) from error
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        where = f'"{path}" is not {(encoding or "utf-8").upper()}: {error.reason} at byte {error.start}, line {line}.'
        if encoding is None and not _mostly_utf8(data):
            return _told(data, where)
        raise BundlesmithError(where, "Mend that line, or write the file again." if not named else _FIX) from error


def _wide(data: bytes) -> str | None:
    """UTF-16 without a mark, by the zero bytes of its ASCII characters."""
    head = data[:4096]
    if len(head) < 4 or b"\0" not in head:
        return None
    even, odd = head[0::2].count(0), head[1::2].count(0)
    half = len(head) // 2
    if odd > half * 0.4 and even < half * 0.05:
        return "utf-16-le"
    return "utf-16-be" if even > half * 0.4 and odd < half * 0.05 else None


def _mostly_utf8(data: bytes) -> bool:
    """Whether a file is UTF-8 but for a few bytes: these are broken, no other encoding."""
    text = data.decode("utf-8", errors="replace")
    broken = text.count("\ufffd")
    return sum(char > "\x7f" and char != "\ufffd" for char in text[:1_000_000]) > 4 * broken


def _told(data: bytes, where: str) -> tuple[str, str]:
    texts: dict[str, str] = {}
    for encoding in _SCORES:
        try:
            texts[encoding] = data.decode(encoding)
        except UnicodeDecodeError:
            continue
    scores = {encoding: _SCORES[encoding](_beyond_ascii(text)) for encoding, text in texts.items()}
    good = sorted((name for name in scores if scores[name] >= _ENOUGH), key=lambda name: -scores[name])
    if good:
        near = [name for name in good if scores[name] > scores[good[0]] - _MARGIN]
        near = [name for name in near if name not in _RARE] or near
        best = _best(near, {name: texts[name] for name in near})
        if best and (best not in _GUESSED or sum(char > "\x7f" for char in texts[best]) >= _FEW):
            return texts[best], best
        raise BundlesmithError(f"{where} It may be {' or '.join(near)}.", _FIX)
    raise BundlesmithError(where, _FIX)


def _best(near: list[str], texts: dict[str, str]) -> str | None:
    """Which of those that are near each other, the best first; none if it can't be told.

    All of them may give the same text. Of alphabets the better one is taken. Accents of Greek are none by chance.
    Signs alone, such as a £, are Western.
    Hangul has a small part of the codes of Chinese characters, and these have a part of Big5's: a text of some length
    that keeps to the smaller part isn't of the larger one by chance.
    """
    if len(set(texts.values())) == 1 or set(near) <= set(_ALPHABETS) or near[0] == "cp1253":
        return near[0]
    western = texts.get("cp1252", "é")
    if all(char in _SIGNS for char in western if char > "\x7f") and not _SIGN_IN_WORD.search(western):
        return "cp1252"
    if len(_beyond_ascii(texts[near[0]]).replace(" ", "")) >= _LONG:
        return next((name for name in ("cp949", "gb18030") if name in near and set(near) <= _TWO_BYTES), None)
    return None


_SIGN_IN_WORD = re.compile(r"(?<=[^\W\d_])[^\x00-\x7f’](?=[^\W\d_])|[^\x00-\x7f‘’“”„«¿¡\xa0–—](?=[^\W\d_])")
_LONG = 10  # characters
_RARE = ("cp850", "cp852")  # those of DOS, if nothing else can be meant
_GUESSED, _FEW = (*_RARE, "mac_roman"), 4  # not for fewer characters
_TWO_BYTES = {"cp949", "gb18030", "big5"}


def _beyond_ascii(text: str) -> str:
    """The words, or what stands in their place, that have a character beyond ASCII."""
    found: list[str] = []
    size = 0
    for match in _BEYOND.finditer(text):
        found.append(match[0])
        size += len(match[0])
        if size > _SAMPLE:
            break
    return " ".join(found)


_BEYOND = re.compile(r"[A-Za-z]?[^\x00-\x7f](?:[^\x00-\x7f]|[A-Za-z](?=[^\x00-\x7f]))*[A-Za-z]?")
_SIGNS = set("–—‘’“”„…€£¥§°®™©·•½¼¾²³×±µ«»¡¿\xa0ªº‚‹›†‰`´¨")
_WESTERN = [
    "äöüßÄÖÜ",  # German
    "àâæçéèêëîïôœùûüÿÀÂÆÇÉÈÊËÎÏÔŒÙÛÜ",  # French
    "áéíñóúüÁÉÍÑÓÚÜ",  # Spanish
    "àáâãçéêíóôõúüÀÁÂÃÇÉÊÍÓÔÕÚ",  # Portuguese
    "àèéìíîòóùúÀÈÉÌÒÙ",  # Italian
    "åäöæøéÅÄÖÆØÉ",  # Nordic
    "áéëïóöüèÁÉËÏÓÖÜ",  # Dutch
    "áðéíóúýþæöÁÐÉÍÓÚÝÞÆÖ",  # Icelandic
]
_CENTRAL = [
    "ąćęłńóśźżĄĆĘŁŃÓŚŹŻ",  # Polish
    "áčďéěíňóřšťúůýžÁČĎÉĚÍŇÓŘŠŤÚŮÝŽ",  # Czech
    "áäčďéíĺľňóôŕšťúýžÁÄČĎÉÍĹĽŇÓÔŔŠŤÚÝŽ",  # Slovak
    "áéíóöőúüűÁÉÍÓÖŐÚÜŰ",  # Hungarian
    "ăâîșțşţĂÂÎŞŢ",  # Romanian
    "čćđšžČĆĐŠŽ",  # Croatian, Slovene
]
_BALTIC = [
    "ąčęėįšųūžĄČĘĖĮŠŲŪŽ",  # Lithuanian
    "āčēģīķļņšūžĀČĒĢĪĶĻŅŠŪŽ",  # Latvian
    "äöõüšžÄÖÕÜŠŽ",  # Estonian
]
_ALPHABETS = {
    "cp1252": _WESTERN,
    "cp1250": _CENTRAL,
    "cp1254": ["çğıİöşüâîûÇĞÖŞÜ"],  # Turkish
    "cp1257": _BALTIC,
    "iso8859_2": _CENTRAL,
    "mac_roman": _WESTERN,
    "cp850": _WESTERN,
    "cp852": _CENTRAL,
}


def _latin(alphabets: list[str]) -> Callable[[str], float]:
    def score(text: str) -> float:
        seen = Counter(char for char in text if char > "\x7f")
        torn = len(_TORN.findall(text)) + sum(
            a.islower() and b.isupper() and max(a, b) > "\x7f" for a, b in pairwise(text)
        )
        crowded = sum(len(run) for run in re.findall(r"[^\x00-\x7f\W]{4,}", text))
        total = seen.total()
        known = max(sum(n for char, n in seen.items() if char in letters or char in _SIGNS) for letters in alphabets)
        mixed = "".join(letters for letters in alphabets if "þ" not in letters)  # Icelandic stands alone
        inside = sum(n for char, n in seen.items() if char in _SIGNS or char in mixed)
        return min(known + 0.9 * max(inside - known, 0), total - torn - crowded) / max(total, 1)

    return score


_TORN = re.compile(r"(?<=[^\W\d_])[¿¹³ª¼¾£¥¯¡±²º¢¤¦¬¸÷×§©®°™†‡•…‰„“”«»‹›½µ](?=[^\W\d_])|(?<=[^\W\d_])[„‚]")


def _cyrillic(text: str) -> float:
    letters = [char for char in text if char > "\x7f"]
    good = sum("а" <= char.lower() <= "я" or char in "ёЁіїєґІЇЄҐ№" or char in _SIGNS for char in letters)
    swapped = len(re.findall(r"[а-яёєїў][А-ЯЁЄЇЎ]|[A-Za-z]№|№[а-яa-z]", text)) + len(
        re.findall(r"(?<=[а-яёА-ЯЁ])[A-Za-z]|[a-z](?=[а-яА-Я])", text)
    )
    vowels = sum(char in "аеёиоуыэюяіїє" for char in text.lower())  # Greek in cp1253 would have few
    return (good - 2 * swapped) / max(len(letters), 1) * min(1.0, vowels / max(0.27 * len(letters), 1))


def _greek(text: str) -> float:
    """Greek words of some length have one accent, and a final sigma at their end alone."""
    letters = [char for char in text if char > "\x7f"]
    good = sum("\u0384" <= char <= "\u03ce" or char in _SIGNS for char in letters)
    words = [word for word in re.findall(r"[\u0386-\u03ce]{4,}", text) if not word.isupper()]
    accented = sum(len(re.findall("[άέήίόύώΆΈΉΊΌΎΏ]", word)) == 1 for word in words)
    inside = len(re.findall(r"ς(?=[\u0386-\u03ce])|[α-ώ](?=[Α-Ω])", text))
    return (good - 2 * inside) / max(len(letters), 1) * min(1.0, accented / max(0.7 * len(words), 2))


@cache
def _level(char: str, encoding: str) -> bytes:
    try:
        return char.encode(encoding)
    except UnicodeEncodeError:
        return b""


def _han(encoding: str, first: int, last: int, rare: float) -> Callable[[str], float]:
    """For characters of two bytes whose common ones lead with a byte from *first* to *last*; others count *rare*."""

    def score(text: str) -> float:
        seen = Counter(char for char in text if char > "\x7f")
        points = 0.0
        for char, count in seen.items():
            code = _level(char, encoding)
            if len(code) == 2:
                signs = 0xA1 <= code[0] <= 0xA3
                points += count * (1.0 if first <= code[0] <= last or signs else rare)
        return points / max(seen.total(), 1)

    return score


def _japanese(encoding: str, first: int, last: int) -> Callable[[str], float]:
    han = _han(encoding, first, last, 0.3)

    def score(text: str) -> float:
        chars = [char for char in text if char > "\x7f"]
        kana = sum("\u3041" <= char <= "\u30fe" for char in chars)
        half = sum("\uff61" <= char <= "\uff9f" for char in chars)
        rest = "".join(
            char
            for char in chars
            if not "\u3000" <= char <= "\u30ff" and not "\uff01" <= char <= "\uff9f" and char not in "￥￡"
        )
        full = sum(
            "\u3000" <= char <= "\u30ff" or "\uff01" <= char <= "\uff5e" or char in "￥￡" for char in chars
        ) + han(rest) * len(rest)
        return (full - half) / max(len(chars), 1) if kana >= 0.15 * len(chars) else 0.0

    return score


def _korean(text: str) -> float:
    chars = [char for char in text if char > "\x7f"]
    common = sum("\uac00" <= char <= "\ud7a3" and len(_level(char, "euc_kr")) == 2 for char in chars)
    return (common + sum(char in _SIGNS for char in chars)) / max(len(chars), 1)


_SCORES: dict[str, Callable[[str], float]] = {
    **{encoding: _latin(alphabets) for encoding, alphabets in _ALPHABETS.items()},
    "cp1251": _cyrillic,
    "koi8_u": _cyrillic,  # its Russian is that of koi8_r
    "cp866": _cyrillic,
    "iso8859_5": _cyrillic,
    "cp1253": _greek,
    "gb18030": _han("gb2312", 0xB0, 0xD7, 0.4),
    "big5": _han("big5", 0xA4, 0xC6, 0.3),
    "cp932": _japanese("cp932", 0x88, 0x98),
    "euc_jp": _japanese("euc_jp", 0xB0, 0xCF),
    "cp949": _korean,
}
