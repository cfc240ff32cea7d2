"""In which language somebody writes: of those that there are templates for."""

import re
from typing import Literal

from bundlesmith.request import Request

LanguageCode = Literal["en", "zh"]
_HAN = re.compile(r"[㐀-䶿一-鿿]")
_KANA = re.compile(r"[぀-ヿ]")
_LETTER = re.compile(r"[^\W\d_]")
_ENOUGH = 0.2
"""The least share of Chinese among the letters of a Chinese text: names of products may well be English."""


def language_for(request: Request) -> str:
    """In which language a request is answered: in that which it asks for, or in that of its words."""
    return request.language or language_of(request.words)


def language_of(words: str) -> LanguageCode:
    """Chinese if enough of the letters are Han characters and none is Japanese; else English."""
    han = len(_HAN.findall(words))
    return "zh" if han and not _KANA.search(words) and han >= _ENOUGH * len(_LETTER.findall(words)) else "en"
