"""Words for what customers do with items: they come to have them, or they look at them. In English and Chinese.

deed_at(masked, start, end)     # what the words around a name say that was done with it
"""

import re
from typing import Literal

from bundlesmith.explain.claims.found import NAME

Deed = Literal["got", "seen", "past"]
"""It was bought or is owned; it was looked at (or put into a cart); or it is only said to be of the past."""

_PLACES = "house home kitchen closet wardrobe drawer garage collection cupboard toolbox setup shelf desk wall kit"
_LOOKED = r"look\w*|view\w*|brows\w*|seen|saw|check\w*|click\w*|consider\w*|compar\w*|put|add\w*|plac\w*|sav\w*"
_GOT = "|".join(
    (
        r"bought|buying|purchas(?:ed?|es|ing)|(?<!in )order(?:ed|s|ing)?|got(?:ten)?(?! your)|acqui(?:red?|ring)",
        r"(?<!your )(?<!its )(?<!their )\bown(?:s|ed|ing|ers?)?|possess(?:es|ion)?|belongs? to you|yours",
        r"(?:pick|snapp|scoop|stock)(?:ed|ing) up|grabbed|you took|invest(?:ed|ment)|paid",
        r"splurged|treated yourself|sold you",
        r"receiv(?:ed|ing)|delivered|shipped|arriv(?:ed|al)|did(?:n.t)? you (?:buy|get|order)|your (?:[\w-]+ )?buy",
        r"(?:took|taken|brought|bring|have|has|are|is|sits?|waits?) (?:\w+ )?(?:at )?home\b(?! page)|at home",
        rf"(?:in|on|to) your (?:{_PLACES.replace(' ', '|')})",
        r"you(?:['’]ve|['’]d| have| had)?(?: (?:already|now|still|also|once))* "
        rf"(?:have|has|had|use|keep|carry|wear|enjoy|hold)\b(?! (?:\w+ ){{0,2}}?(?:been|{_LOOKED})\b)",
    )
)
_SEEN = "|".join(
    (
        r"look(?:ed|ing)\b(?! (?:good|great|nice))|(?:you|u|people) look at",
        r"view(?:s|ed|ing)?|brows(?:ed?|ing)|saw|seen|seeing|spotted",
        r"noticed|check(?:ed|ing) (?:it )?out|click(?:s|ed|ing)?|opened|scroll\w*|search\w*|visit(?:s|ed|ing)?|stopped",
        r"lingered|explor(?:ed|ing)|consider(?:ed|ing)|compar(?:ed|ing)|research\w*|inspect\w*|examined|stud(?:ied|ying)",
        r"hovered|interest(?:s|ed)?|ey(?:e|es|ed|eing)|attention|caught|curious|curiosity|tempt\w*|liked|favou?rit\w+",
        r"came across|wish ?-?list\w*|carts?|baskets?|bookmark\w*|sav(?:ed|ing)|shortlist\w*|history",
        r"glanc\w+|peek\w*|discovered|weighed|pondered|thought about|fans?|lovers?",
    )
)
_PAST = (
    r"before|earlier|previous(?:ly)?|last|recent(?:ly)?|ago|already|remember|recall|once|past|back|existing|older|since|"
    r"still|first|again|yesterday|return|users?"
)
_GOT_ZH = (
    r"(?<!加)(?<!选)购(?!物车)|买|下单|下过单|下了单|订(?!阅)|入手|入了|拥有|已有|有了|收到|到手|带回|囤|付款|"
    r"主人|机主|家里|家中|手上|手头|手边|手里|(?:您|你)(?:不是|现在|已经|已|早就|本来就|早|原先|之前)*有"
)
_SEEN_ZH = (
    r"浏览|看|购物车|加购|收藏|关注|点击|点开|点进|打开|搜|留意|感兴趣|兴趣|心动|种草|逛|历史|记录|注意|比较|对比|心仪|"
    r"愿望|考虑|挑过|了解|停留|中意|惦记|粉丝|爱好者|(?:您|你)喜欢"
)
_PAST_ZH = r"之前|以前|此前|上次|最近|记得|曾|过去|先前|早先|上回|上一|原来的|原有|那[款件个台只]"
_LEXICON: tuple[tuple[Deed, str, str], ...] = (
    ("got", _GOT, _GOT_ZH),
    ("seen", _SEEN, _SEEN_ZH),
    ("past", _PAST, _PAST_ZH),
)
_WORDS = tuple((deed, re.compile(rf"\b(?:{en})(?<=\w)\b|{zh}", re.IGNORECASE)) for deed, en, zh in _LEXICON)
_YOURS = re.compile(r"(?:\byour (?:[\w-]+ ){0,2}|(?:您|你)的\s*)[\"“'《「(]?$", re.IGNORECASE)
_FAR = 1000


def deed_at(sentence: str, start: int, end: int) -> Deed | None:
    """What a sentence says was done with the name that stands there, by the words nearest to it; None if nothing.

    Words beyond another name count only if there are no others.
    """
    best, least = None, 10 * _FAR
    for deed, words in _WORDS:
        for found in words.finditer(sentence):
            apart = _apart(sentence, start, end, found.start(), found.end()) + (_FAR if deed == "past" else 0)
            if apart < least:
                best, least = deed, apart
    if _YOURS.search(sentence[:start]) and (best is None or best == "past" or least > _near(sentence, start)):
        return "got"
    return best


def _near(sentence: str, start: int) -> int:
    """How far "your" is from the name after it."""
    found = _YOURS.search(sentence[:start])
    return start - found.start() if found else 0


def _apart(sentence: str, start: int, end: int, begin: int, stop: int) -> int:
    between = sentence[stop:start] if stop <= start else sentence[end:begin]
    return len(between) + (_FAR // 2 if NAME in between else 0)
