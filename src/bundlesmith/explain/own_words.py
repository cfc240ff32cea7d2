"""A request as the name of what answers it: what was asked for, without the asking.

    own_words("I'm looking for something for a picnic.")     # "For a picnic"
    own_words("replace the tyres, cheaply")                  # "Replacing the tyres"
    own_words("小狗到家了")                                    # "": a sentence is no name

A name is short and says what for; it is no question, no sentence, and speaks of nobody who asks.
"""

import re

from bundlesmith.explain.language import language_of
from bundlesmith.explain.nouns import WORD
from bundlesmith.explain.verbs import as_activity

_SHORT = 60
"""A request of at most this many characters is the name of its bundles."""
LONGEST_ABBREVIATION = 4
"""A name of more capitals is shouted."""
PROMISES = re.compile(
    r"(?<![\w-])(free|guarante\w*|gratis|discounts?|discounted|refunds?)(?![\w-])|(免费|保证|打折|白送)", re.I
)
"""Words of a request that would be a promise of the shop's in the name of a bundle."""
_ASKING = re.compile(
    r"(?:(?:hi|hello|hey|please)\b[,.! ]*)?"
    r"(?:(?:i|we)(?:['’]m| am|['’]re| are|['’]d)? (?:looking for|searching for|want|need|would like|like)(?: to)?"
    r"|(?:can|could|would) you (?:please )?(?:recommend|suggest|find|show)(?: me| us)?"
    r"|(?:please )?(?:recommend|show|find|give|get) (?:me|us)|(?:please )?recommend|looking for|searching for"
    r"|(?:need|want)(?: to)?)\s+"
    r"|(?:请|麻烦)?(?:给我|帮我|为我)(?:推荐|找|选|搭配|来)?(?:一套|一组|一些|一下|几件)?"
    r"|(?:请|麻烦)?推荐(?:一套|一组|一些|一下|几件)?|(?:我|我们)(?:想要|想买|需要|要买)|(?:我|我们)?想(?:要|买)?",
    re.IGNORECASE,
)
"""How a request begins before it says for what."""
_EMPTY = re.compile(
    r"^(?:(?:an? (?:\w+ )?(?:set|bundle|collection)|something|anything|(?:some )?(?:things?|stuff|items)) (?=for )"
    r"|for (?=\w+ing\b))",
    re.IGNORECASE,
)
"""What says nothing before what it is for."""
_ANOTHER = re.compile(r"^(?:yet )?another (?=(\w))", re.IGNORECASE)
LEAST_WORDS, LEAST_SIGNS = 3, 4
"""What is fewer words before a comma, or fewer Chinese signs, may be the first of a list."""
_LISTED = re.compile(
    r"\b(?:and|or|plus)\s+(?:a|an|some|the|\w+s)\b|^(?:an?|some|two|three|\d+)\b(?! ?years?\b)|[、和与]", re.IGNORECASE
)
"""What follows names more things."""
_THOUGHT = re.compile(r"[想要有是会求]|^(?:no|not|nothing|without|but|please|never|only|just)\b", re.IGNORECASE)
"""A thought behind a comma, rather than one more thing."""
_QUESTION = re.compile(r"什么|怎么|哪[些个种]|[吗呢]$|^(?:what|which|how|where|who|is|are|do|does)\b", re.IGNORECASE)
"""A question is no name."""
_SENTENCE = re.compile(
    r"^(?:\w+ )?(?:got|bought|received|inherited|ordered)\b"
    r"|(?<!为)了(?!解)|被|得很|[吧啦啊呀想]|我|咱|您|你|已经|还没|没有|刚(?!好|出生|学|入门)|(?<![需主重必不])要(?![点求素闻])|不[好够了到会能]|喜欢(?!.*的)|一?点$|[穿用吃喝玩戴]的?$"
    r"|(?<!who )(?<!that )(?<!which )\b(?:is|are|was|were|has|have|had|will|would|can|could|should|does|did|arrives|"
    r"starts|begins|comes|dies|fails|freezes|goes|grows|gets|hurts|leaks|smells|squeaks|wants|needs|keeps|looks|turns|moves|died|broke|loves|likes|hates|retires|marries|"
    r"graduates|lives|nothing|says|thinks|knows|makes|wears|owns|ago|yesterday|any ?more|never again|"
    r"last (?:night|week|month|year|time|spring|summer|autumn|winter)|"
    r"\w+n['’]t|(?:it|that|there|he|she)['’]s)\b",
    re.IGNORECASE,
)
"""What tells something is no name; who or that begins no sentence."""
_WHERE = re.compile(
    r"^(?:in|on|at|by|from|into|onto|under|over|across|through|during|between|behind|with|without|before|after|"
    r"because|since|while|when|if|as|and|or|but|so|then|than|of|about|until|near|around)\b",
    re.IGNORECASE,
)
"""How a part of a sentence begins."""
_AGE = re.compile(r"\b(\w+)[ -]years?[ -]old\b", re.IGNORECASE)
_OTHERS = r"(?= (?!and\b|at\b|for\b|in\b|of\b|on\b|or\b|over\b|to\b|under\b|who\b|with\b)\w)"
_OF_WHOM = re.compile(rf"\b((?:wo)?men)s?{_OTHERS}", re.IGNORECASE)
_OF_WHOSE = re.compile(rf"\b(kids|girls|boys|ladies){_OTHERS}", re.IGNORECASE)
"""Whose it is, as people write it: "womens shoes", "women dress"."""
_ONE_CHILD = re.compile(r"\b(kid|girl|boy)['’]s(?= [\w-]+s\b)", re.IGNORECASE)
"""The same of one child, before things in the plural: "kid's shoes"."""
_GENERIC = frozenset(
    WORD.findall(
        "a accessory all an and any anything are as at basic be best better brand branded bundle but by collection "
        "different equipment essential everything for from gear gift gifts good great high in into is item items kit "
        "kind many my new nice of on or other our premium present presents product products quality same set similar "
        "some something starter stuff that the thing things to various was with your"
    )
)
"""Words that don't say what for."""
_SPEAKERS = frozenset(
    WORD.findall(
        "am anything i i'm im i've ive looks me mine my myself our ourselves please thanks they us we we're we've you"
    )
)


def own_words(words: str) -> str:
    """A request as a name; "" of one that is none."""
    wish = " ".join(words.split())
    wish = _EMPTY.sub("", _ASKING.sub("", wish, count=1) if _ASKING.match(wish) else wish, count=1)
    wish = _ANOTHER.sub(lambda match: "an " if match[1].casefold() in "aeiou" else "a ", wish)
    name = tidy_words(as_activity(without_remark(wish)))
    return name if is_name(name) else ""


def is_name(name: str) -> bool:
    """Whether a text is short, says what for, and is no question, sentence or part of one, nor about who asks."""
    spoken = set(WORD.findall(name.casefold()))
    says = not spoken or not spoken <= _GENERIC
    short = len(name) <= _SHORT and "/" not in name and not PROMISES.search(name)
    told = _QUESTION.search(name) or _SENTENCE.search(name) or _WHERE.search(name)
    return short and says and _SPEAKERS.isdisjoint(spoken) and not told


def without_remark(wish: str) -> str:
    """A wish without what is added behind it: "watercolours for a trip, small and light"; but all of a list."""
    head, *tail = re.split(r"\s*[,:;!?.，：；！？。]+(?:\s+|(?<=[，：；！？。])|$)", wish, maxsplit=1)
    few = len(head) < LEAST_SIGNS if language_of(head) == "zh" else len(WORD.findall(head)) < LEAST_WORDS
    told = as_activity(head) != head or (tail and _THOUGHT.search(tail[0]))
    listed = not tail or (few and not told) or _LISTED.search(tail[0])
    return wish if listed else head


def tidy_words(name: str) -> str:
    """A name on one line, with a capital, and without the marks of a sentence's end."""
    name = " ".join(name.split()).strip(" .,;:!?…。，！？").removesuffix("的")
    name = name.lower() if name.isupper() and name.isascii() and len(name) > LONGEST_ABBREVIATION else name
    name = _ONE_CHILD.sub(r"\1s'", name)
    name = _AGE.sub(r"\1-year-old", _OF_WHOSE.sub(r"\1'", _OF_WHOM.sub(r"\1's", name)))
    return name[:1].upper() + name[1:]
