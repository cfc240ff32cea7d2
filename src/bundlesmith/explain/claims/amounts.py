"""Amounts in a text: prices, totals and budgets.

An amount belongs to the nearest name.
"""

import re

from bundlesmith.claim import Claim, ClaimKind
from bundlesmith.explain.claims.facts import BundleFacts
from bundlesmith.explain.claims.found import NAME, READ, Mention, Text

_MONEY = r"[$€£¥￥]|\b(?:USD|EUR|GBP|CNY|RMB|US\$)"
_UNIT = r"元|块钱?|人民币|美元|欧元|€|£|\$|dollars?\b|euros?\b|pounds?\b|yuan\b|bucks\b|USD\b|EUR\b|GBP\b"
_AMOUNT = re.compile(
    rf"(?P<sign>{_MONEY})?\s?(?P<number>(?<![\w.,])\d{{1,3}}(?:,\d{{3}})+(?:\.\d+)?|(?<![\d.,A-Za-z])\d+(?:\.\d+)?)"
    rf"(?![\d%])\s?(?P<unit>{_UNIT})?"
)
_ABOUT = re.compile(
    r"(?:about|around|roughly|nearly|almost|approximately|some|close to|约|大约|将近|差不多|左右)\s*$", re.I
)
_BELOW = re.compile(
    r"(?:under|below|less than|within|at most|no more than|not more than|(?<!add )(?<!adds )up to|just under|"
    r"不到|低于|不超过|以内)\s*$",
    re.I,
)
_ABOVE = re.compile(r"(?:over|above|more than|at least|超过|高于)\s*$", re.I)
_BUDGET_BEFORE = re.compile(
    r"(?:budget|limit|ceiling|预算|上限)(?:\s*(?:of|is|was|at|:|：|为|是|在|,))*\s*(?:your\s+)?$|"
    r"within (?:your|the|a)\s*$",
    re.I,
)
_NOT_ABOVE = re.compile(
    r"(?:\bnot|\bnever|n['’]t)\s+(?:\w+\s+){0,3}?(?:over|above|more than|beyond|exceed\w*)\s*$", re.I
)
_BUDGET_AFTER = re.compile(
    r"^\s*-?\s*(?:的?预算|budget\b|limit\b|you (?:set|gave|wanted to spend)|that you (?:set|gave))", re.I
)
_TOTAL = re.compile(
    r"\b(?:total\w*|altogether|together|in all|sums?|adds? up|combined|overall|everything|all (?:of (?:it|them) )?for|"
    r"the (?:whole )?(?:set|bundle|lot|kit) (?:is|costs?|comes?|for)|they cost|it all)\b|"
    r"一共|总共|总计|合计|总价|共计|加起来|整套|全部|套装价",
    re.I,
)
_TOTAL_AFTER = re.compile(
    r"^\s*(?:in (?:total|all)|altogether|all together|together|for (?:everything|all|the|this)\b(?! (?:budget|limit))|"
    r"(?:is|was) (?:charged|due|what))\b",
    re.I,
)
_REST = re.compile(r"\b(?:leav\w+|remain\w*|left|spare|save\w*|below|under)\b|剩|省|余", re.I)
_PRICED = re.compile(
    r"\b(?:costs?|costing|priced|price|prices|pays?|for|at|only|just|is|worth)\s*(?:only|just|of|is|at)?\s*$|"
    r"(?:价格|售价|定价|单价|仅|只要|只需|为|是)\s*$|[(（]\s*$",
    re.I,
)


def check_amounts(text: Text) -> None:
    """Check amounts of money: each is a price, the total, the budget, or what is left of it."""
    measured = _measures(text.facts)
    for found in list(_AMOUNT.finditer(text.masked)):
        start, end = found.start(), found.end()
        while text.masked[start].isspace():
            start += 1
        left, right = _around(text, start, end)
        value = float(found["number"].replace(",", ""))
        money = bool(found["sign"] or found["unit"] or re.search(r"\.\d\d$", found["number"]))
        kind, item, true = _meant(text, start, end, left, right)
        if not (found["sign"] or found["unit"]) and found["number"] in measured:
            continue
        if kind is None and not (money or (_PRICED.search(left) and _bounded(right))):
            continue
        if not money and kind == "price" and not (_PRICED.search(left) and _bounded(right)):
            continue
        holds = any(_agrees(value, amount, left, right) for amount in true)
        claim = Claim(text.said(start, end).strip(), kind or "price", item, kind or "price", value)
        text.add(start, end, claim, holds)


def _measures(facts: BundleFacts) -> set[str]:
    """Numbers of two decimals that stand in titles and attributes: sizes and the like, and no prices."""
    texts = [facts.catalogue.titles[row] for row in (*facts.rows, *facts.past_rows)]
    texts += [
        str(value) for row in (*facts.rows, *facts.past_rows) for value in facts.catalogue.attributes[row].values()
    ]
    return set(re.findall(r"(?<![\d.])\d+\.\d\d(?!\d)", " ".join(texts)))


def _bounded(right: str) -> bool:
    """Whether a bare number is an amount: nothing that is counted or measured follows it."""
    return not re.match(r"\s*[-\w]", right) or bool(
        re.match(r"\s*(?:and|but|or|each|per|in all|in total|altogether)\b", right)
    )


def _around(text: Text, start: int, end: int) -> tuple[str, str]:
    begin, stop = text.sentence(start)
    return text.masked[begin:start], text.masked[end:stop]


def _meant(text: Text, start: int, end: int, left: str, right: str) -> tuple[ClaimKind | None, str | None, list[float]]:
    """What an amount is, the item whose price it is, and the amounts that would be true."""
    facts = text.facts
    budget, total = facts.request.rules.budget, facts.total
    bare = _BELOW.sub("", _ABOUT.sub("", left))
    if _TOTAL_AFTER.search(right) and not text.before(start):
        return "total", None, [] if total is None else [total]
    if _BUDGET_BEFORE.search(bare) or _NOT_ABOVE.search(left) or _BUDGET_AFTER.search(right):
        rest = [budget - total] if budget is not None and total is not None and _REST.search(left + right) else []
        return "budget", None, [*([] if budget is None else [budget]), *rest]
    clause = left[max(left.rfind(NAME), left.rfind(READ)) + 1 :]
    if _REST.search(clause) and not _BELOW.search(left) and re.search(r"budget|预算", left + right):
        return "budget", None, [] if budget is None or total is None else [budget - total]
    if _TOTAL.search(clause) or _TOTAL_AFTER.search(right):
        return "total", None, [] if total is None else [total]
    mention = _owner(text, start, end, left, right)
    if mention is not None:
        rows = [row for row in mention.rows if row in facts.rows] or list(mention.rows)
        prices = [price for row in rows if (price := facts.catalogue.price(row)) is not None]
        return "price", facts.item_id(rows[0]), prices
    if re.match(r"\s*(?:it|this one|它|这款|其)\b", left, re.I) and (last := text.last(start)) and len(facts.rows) > 1:
        return "price", facts.item_id(last.rows[0]), [each for row in last.rows if (each := facts.catalogue.price(row))]
    known = [price for row in facts.rows if (price := facts.catalogue.price(row)) is not None]
    if _BELOW.search(left) or _ABOVE.search(left) or len(facts.rows) == 1:
        return "total", None, [amount for amount in (total, budget) if amount is not None]
    if re.match(r"\s*(?:costs?|价格|售价)\s*$", clause, re.I):  # of what, goes without saying
        return "price", None, known
    if re.search(r"\bcosts?\b|价格|价", clause):
        return "total", None, [amount for amount in (total,) if amount is not None]
    return None, None, [amount for amount in (*known, total, budget) if amount is not None]


def _owner(text: Text, start: int, end: int, left: str, right: str) -> Mention | None:
    """Whose price it is: "29.99 for NAME", else of the last name before it; else of the only one after it."""
    if re.match(rf"\s*(?:for|on|buys|gets you)\s+(?:the |a |an |your )?[\"“']?{NAME}", right):
        return text.after(end)
    _, stop = text.sentence(start)
    after = [mention for mention in text.mentions if end <= mention.start < stop]
    return text.before(start) or (after[0] if len(after) == 1 or re.match(rf"\s*{NAME}", right) else None)


def _agrees(said: float, true: float, left: str, right: str) -> bool:
    if abs(said - true) < 0.005:
        return True
    if round(said, 2) % 1 and not _ABOUT.search(left):
        return False  # nobody says "less than 19.99" of 12.50
    if _BELOW.search(left) or re.match(r"\s*(?:以内|以下|or less)", right):
        return true <= said + 0.005
    if _ABOVE.search(left) and not _NOT_ABOVE.search(left):
        return true >= said - 0.005
    if _ABOUT.search(left) or re.match(r"\s*左右", right):
        return abs(said - true) <= 0.05 * true
    return abs(said - true) < 0.005


def amounts_of(facts: BundleFacts) -> set[str]:
    """All amounts that are true of a bundle, as texts: for numbers that stand alone."""
    prices = [facts.catalogue.price(row) for row in (*facts.rows, *facts.past_rows)]
    known = [amount for amount in (*prices, facts.total, facts.request.rules.budget) if amount is not None]
    return {f"{amount:.2f}" for amount in known} | {f"{amount:g}" for amount in known}
