"""What a text says that the customer did before: bought, looked at, and when."""

import re

from bundlesmith.claim import Claim
from bundlesmith.explain.claims.actions import deed_at
from bundlesmith.explain.claims.facts import BundleFacts, month_of
from bundlesmith.explain.claims.found import NAME, READ, Text, words_in
from bundlesmith.request import PastEvent

_N = f"{NAME}+"
_BOUGHT = (
    r"bought|purchased|ordered|own(?:ed)?|got yourself|picked up|already have|already own|"
    r"purchases? of|orders? (?:of|for)"
)
_SEEN = (
    r"looked at|viewed|browsed|saw|seen|checked out|clicked(?: on)?|explored|were looking at|considered|"
    r"(?:put|added|placed)(?: \w+)?|history with|interest in"
)
_YOU = r"\b(?:you(?:'ve|’ve| have| had)?|your)\s+(?:\w+\s+){0,2}?"
_AFTER_CUE = (
    rf"(?:\s+(?:the|a|an|your|our|this|that|of)\b)*\s*[\"“'(]?(?P<name>{_N}(?:[\"”']?\s+and\s+(?:the\s+)?{_N})*)"
)
_EN = (
    (rf"{_YOU}(?P<kind>{_BOUGHT}){_AFTER_CUE}", re.I),
    (rf"{_YOU}(?P<kind>{_SEEN}){_AFTER_CUE}", re.I),
    (
        rf"(?P<name>{_N})[\"”')]?,?\s+(?:that\s+|which\s+)?you(?:'ve|’ve| have| had)?\s+(?:\w+\s+){{0,2}}?"
        rf"(?P<kind>{_BOUGHT}|{_SEEN})",
        re.I,
    ),
    (rf"(?P<name>{_N})[\"”')]?,?\s+(?:bought|purchased|ordered) by you", re.I),
    (
        rf"(?P<name>{_N})[\"”')]?,?\s+(?:from|in|of)\s+(?:the|your)(?: \w+){{0,2}}? "
        r"(?P<kind>history|orders?|purchases?|cart|basket)\b",
        re.I,
    ),
    (rf"(?P<name>{_N})[\"”')]?,?\s+(?:is |which is )?your (?:\w+ )?(?P<kind>purchase|order)\b", re.I),
    (rf"\byour (?:\w+ )?(?P<kind>purchase|order|history)[,:]?{_AFTER_CUE}", re.I),
)
_ZH_BOUGHT = r"购买|买|下单|订购|入手|拥有|购入"
_ZH_SEEN = r"浏览|看|查看|加入购物车|加购|收藏"
_ZH = (
    (
        rf"(?:您|你)[^，。；{NAME}]{{0,14}}?(?P<kind>{_ZH_BOUGHT}|{_ZH_SEEN})(?:过|了|的|到|一下)*(?:那个|那款|那件)?"
        rf"[\s“《「]*(?P<name>{_N}(?:\s*[和与、]\s*{_N})*)",
        0,
    ),
    (rf"(?P<name>{_N})[\s”》」]*(?:就)?是(?:您|你)[^，。；{NAME}]{{0,14}}?(?P<kind>{_ZH_BOUGHT}|{_ZH_SEEN})", 0),
    (rf"(?P<kind>历史)(?:记录|订单)?(?:中|里|里面|当中)?的?[\s“《「]*(?P<name>{_N})", 0),
)
_CUES = tuple(re.compile(pattern, flags) for pattern, flags in (*_EN, *_ZH))
_LOOSE = re.compile(
    rf"{_YOU}(?P<kind>{_BOUGHT}|{_SEEN})\s+(?:the |a |an |your |some |this |that )?"
    rf"(?!(?:in|on|last|recently|before|earlier|from|with|and)\b)(?!(?:the|a|an|your|some|this|that|of)\s*[{NAME}{READ}])"
    rf"(?P<said>[\w'’&-]+(?:\s+[\w'’&-]+){{0,4}}?)(?=\s+(?:in|on|last|that|which|and|is|are|was|go|goes|fits?|match\w*|"
    rf"recently|before|earlier|back|with|from)\b|[,.;!?:]|\s*[{NAME}{READ}]|$)",
    re.IGNORECASE,
)
_LOOSE_ZH = re.compile(
    rf"(?:您|你)[^，。；{NAME}]{{0,12}}?(?P<kind>{_ZH_BOUGHT})(?:过|了)?的?(?P<said>[㐀-鿿]{{2,8}}?)(?=[，。；、]|和|与|$)"
)
_OBJECT_BEFORE = re.compile(rf"{NAME}[\"”')]?,?\s+(?:that\s+|which\s+)?$")
"""In "NAME that you ordered works" the words after it are not what was ordered."""
_PURCHASE = re.compile(rf"{_BOUGHT}|purchase|order|{_ZH_BOUGHT}", re.IGNORECASE)
_MONTHS = words_in("january february march april may june july august september october november december")
_MONTH = "|".join(f"{month[:3]}(?:{month[3:]})?" for month in _MONTHS).replace("sep(?:tember)?", "sept?(?:ember)?")
_DATES = (
    re.compile(
        rf"\b(?:(?:in|on|of|since|from|last|this|early|late|mid|back in)[ -])?"
        rf"(?:the )?(?:(?P<d>\d{{1,2}})(?:st|nd|rd|th)?(?: of)? )?"
        rf"(?P<m>{_MONTH})\b\.?(?: (?P<e>\d{{1,2}})(?:st|nd|rd|th)?\b(?!\d))?(?:,? (?P<y>\d{{4}}))?",
        re.I,
    ),
    re.compile(r"(?<!\d)(?P<y>\d{4})-(?P<m>\d{1,2})(?:-(?P<d>\d{1,2}))?(?!\d)"),
    re.compile(r"(?:(?P<y>\d{4})\s*年\s*)?(?P<m>\d{1,2})\s*月(?:份|(?P<d>\d{1,2})[日号])?"),
    re.compile(r"\b(?:in|since|back in) (?P<y>\d{4})\b"),
)


def check_past(text: Text) -> None:
    """Find the names that are said to be of the past, and check what was done, and when."""
    for cue in _CUES:
        for found in cue.finditer(text.masked):
            kind = found.groupdict().get("kind") or "bought"
            for place, mention in enumerate(text.mentions):
                if found.start("name") <= mention.start < found.end("name") and place not in text.past:
                    text.past.add(place)
                    _check(text, place, bool(_PURCHASE.fullmatch(kind)))
    _check_others(text)
    for cue in (_LOOSE, _LOOSE_ZH):
        for found in cue.finditer(text.masked):
            _check_loose(text, found)
    _check_dates(text)


def _check_others(text: Text) -> None:
    """Names of which no cue says in so many words that they are of the past: what the words around them say."""
    for place, mention in enumerate(text.mentions):
        if place in text.past or any(row in text.facts.rows for row in mention.rows):
            continue
        begin, stop = text.sentence(mention.start)
        deed = deed_at(text.masked[begin:stop], mention.start - begin, mention.end - begin)
        if deed is None or not (mention.whole or deed != "past"):
            continue
        if deed != "past" or any(row in text.facts.past_rows for row in mention.rows):
            text.past.add(place)
            _check(text, place, deed == "got")


def _check(text: Text, place: int, bought: bool) -> None:
    mention, facts = text.mentions[place], text.facts
    rows = [row for row in mention.rows if row in facts.past_rows and (not bought or _owned(facts, row))]
    said = text.said(mention.start, mention.end)
    event = facts.event(rows[0]) if rows else None
    claim = Claim(said, "history", event.item if event else None, None, said, event)
    text.add(mention.start, mention.end, claim, bool(rows))


def _owned(facts: BundleFacts, row: int) -> bool:
    return facts.event(row).kind == "purchase"


def _check_loose(text: Text, found: re.Match[str]) -> None:
    """An item of the past that isn't named in full: "you bought a tent"; some item must hold all the words."""
    if _OBJECT_BEFORE.search(text.masked[: found.start()]):
        return
    bought, facts = bool(_PURCHASE.fullmatch(found["kind"])), text.facts
    words = {_stem(word) for word in words_in(found["said"])} - _ANY
    rows = [
        row
        for row in facts.past_rows
        if (not bought or _owned(facts, row)) and words <= {_stem(word) for word in _words_of(facts, row)}
    ]
    event = facts.event(rows[-1]) if rows else None
    item = event.item if event and words else None
    said = found["said"]
    text.add(found.start("said"), found.end("said"), Claim(said, "history", item, None, said, event), bool(rows))


_ANY = frozenset(
    words_in("item items thing things it one ones product products them before recently earlier last there")
)


def _words_of(facts: BundleFacts, row: int) -> list[str]:
    return words_in(" ".join((facts.catalogue.titles[row], *facts.catalogue.categories[row], facts.brand(row))))


def _stem(word: str) -> str:
    return word[:-1] if len(word) > 3 and word.endswith("s") else word


def _check_dates(text: Text) -> None:
    """A date in a text about the past is when that happened."""
    for pattern in _DATES:
        for found in pattern.finditer(text.masked):
            if _is_may(found) or not found[0].strip():
                continue
            events = _dated(text, found.start())
            if not events:
                continue
            then = [event for event in events if _was_then(found, event)]
            event = (then or events)[0]
            claim = Claim(found[0], "history", event.item, "time", found[0], event)
            text.add(found.start(), found.end(), claim, bool(then))


def _dated(text: Text, at: int) -> list[PastEvent]:
    """What a date is of: the nearest thing that was done, in its sentence if there is one; names may be of several."""
    begin, stop = text.sentence(at)
    done = [each for each in text.checked if each.claim.kind == "history" and each.claim.event]
    near = [each for each in done if begin <= each.start < stop] or [each for each in done if each.start < at] or done
    if not near:
        return []
    nearest = min(near, key=lambda each: abs(each.start - at))
    rows = [row for mention in text.mentions if mention.start == nearest.start for row in mention.rows]
    events = [text.facts.event(row) for row in rows if row in text.facts.past_rows]
    return events or [event for event in [nearest.claim.event] if event is not None]


def _is_may(found: re.Match[str]) -> bool:
    """Whether it is the verb "may" (or "mar", "sun" …) rather than a month."""
    named = found.groupdict()
    month = named.get("m")
    if month is None or month[0].isdigit():
        return False
    alone = not (named.get("y") or named.get("d") or named.get("e")) and found[0].strip() == month
    return not month[0].isupper() or (alone and month.casefold() in ("may", "march"))


def _was_then(found: re.Match[str], event: PastEvent) -> bool:
    if event.time is None:
        return False
    year, month = month_of(event.time)
    named = found.groupdict()
    if named.get("y") and int(named["y"]) != year:
        return False
    if said := named.get("m"):
        return month == (int(said) if said.isdigit() else _number(said))
    return True


def _number(month: str) -> int:
    return next(at for at, name in enumerate(_MONTHS, 1) if name.startswith(month[:3].casefold()))
