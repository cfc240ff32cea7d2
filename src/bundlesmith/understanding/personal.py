"""What in a message is about a person and not about a set: it is taken out before the message is read.

So it is neither said again nor becomes the name of a set.
"""

import re

_PERSONAL = re.compile(
    r"(?<![\w.+-])[\w.+-]+@[\w-]+\.[\w.-]+"  # an address of mail
    r"|https?://\S+|www\.\S+"
    r"|\b[A-Z]{2}\d{2}(?:[ ]?[A-Z0-9]{4}){2,7}(?:[ ]?[A-Z0-9]{1,4})?\b"  # an account
    r"|\+\d[\d ()/.-]{6,}\d"  # a telephone, or a card
    r"|(?<![0-9A-Za-z.,])\d(?:[ ()/-]?\d){8,}(?![0-9A-Za-z])"
    r"|(?:(?:and |but )?\bmy (?:full |first |last )?name is|\bi am called|\bi live (?:at|in)|"
    r"\bmy (?:home |postal )?address is|"
    r"\bmy (?:e-?mail|phone|telephone|mobile|number|card)(?: number| address)? is(?! *[+\d(])|"
    r"\bmy password is)[^.,;!?\n]*"
    r"|(?:\bmy (?:phone|telephone|mobile|number|card)(?: number)? is)[ +\d()/.-]*"
    r"|(?:我叫|我的名字(?:是|叫)|我住在|(?:我的?)?(?:地址|电话|手机号?|邮箱|卡号|密码)(?:号码)?(?:是|为|:|：))[^，,。；;！!？?\n]*",
    re.IGNORECASE,
)


def without_personal(text: str) -> str:
    """The text without names, addresses, telephones, cards and accounts that are given as such."""
    return _PERSONAL.sub(" ", text)
