# ruff: noqa: E501
"""English: how shoppers say what a set must be, and how it is said back to them."""

from bundlesmith.serve.understanding.language import Compiler, Language

_WORDS = {
    "most": "(?:(?:that )?costs? )?(?:under|below|beneath|(?:for )?(?:less|cheaper|lower) than|at (?:the )?most|"
    "(?:for )?(?:no|not) (?:more|higher|over) than|not (?:over|above|exceeding)|(?:a )?max(?:imum)?\\.?(?: of)?|up to|within)",
    "about": "(?:about|around|roughly|approximately|approx\\.?|circa|some|like|~)",
    "least": "(?:at least|over|above|(?:for )?more than|no less than|not less than|(?:a )?min(?:imum)?\\.?(?: of)?|from|upwards of)",
    "each": "(?:each|apiece|a piece|an item|(?:per|for each|for every|for one|each|for any) (?:item|piece|product|article|thing|one))",
    "total": "(?:in total|total|altogether|all together|overall|all in|all in all|in all|combined|for (?:everything|all|all of it|"
    "the (?:lot|whole (?:set|bundle|lot|thing))|the (?:set|bundle)))",
    "end": "(?=\\s*(?:$|[.,;:!?)…/+&]|[\u3400-\u9fff]|(?:and|but|or|with|without|please|that|which|if|including|incl|plus|thanks|thx|"
    "though|maybe|max|maximum|tops|now|then|instead|this time|no|not|only|nothing|{total}|in stock|for (?:a|an|the|my|our|us|me|"
    "camping|this|that|his|her|their|your|[a-z]+ing)|as|on|because|since|so)(?![\\w-])))",
    "goods": "(?:different |separate |distinct |nice |good )?(?:items?|things?|products?|articles?|pieces?|objects?)",
    "set": "(?:sets?|bundles?|combinations?|combos?|selections?|suggestions?|options?|versions?|alternatives?|ideas?|packages?)",
    "group": "(?:categor(?:y|ies)|kinds?|types?|sorts?)",
    "please": "(?: please)?",
}
_make = Compiler(r"(?:\s{1,3})", r"(?<![\w-])", r"(?![\w-])", _WORDS)
_row = _make.pattern
PATTERNS = (
    _row("any_stock", "(?:(?:also|and|even|including|include|incl\\.?|allow|with) )?(?:(?:if|when|items?|things?|those|what) )?"
         "(?:(?:it is|it's|they are|they're|that are|which are|are|is) )?(?:out of stock|sold out|not in stock|unavailable)"
         " (?:is |are |items? (?:are |is )?|too |things )?(?:also )?(?:fine|ok|okay|allowed|too|as well|possible|welcome|acceptable)"),
    _row("any_stock", "(?:(?:also|even|including|include|incl\\.?|allow|or) )(?:(?:if|when|items?|things?|those|what|what's) )?"
         "(?:(?:it is|it's|they are|they're|that are|which are|are|is) )?(?:out of stock|sold out|not in stock|unavailable|backordered)(?: (?:items?|things?))?"),
    _row("any_stock", "(?:stock|availability) (?:does not|doesn't|doesnt|needn't|need not) matter|(?:regardless|irrespective) of (?:stock|availability)"
         "|(?:does not|doesn't|doesnt|need not|needn't) (?:have to |need to |matter if (?:it is|it's) )?(?:be )?in stock|whether or not (?:it is|it's|they are|they're) in stock"),
    _row("in_stock", "(?:only )?(?:(?:what|things|items?|stuff) )?(?:(?:is|are|that is|that are|that's|what's|what is|which are|must be|should be|"
         "has to be|have to be|needs? to be) )?(?:actually |currently )?in stock(?: only)?(?: (?:right )?now)?"),
    _row("in_stock", "(?:nothing|no items?|no things|not|without|exclude|excluding) (?:that is |that's |which is |anything )?(?:out of stock|sold out|unavailable)(?: items?| things)?"
         "|(?:only|must be|should be) (?:immediately )?available(?: (?:items?|things|now))?(?: only)?|available (?:now|immediately|today)"),
    _row("any_budget", "(?:no|without an?y?|forget the|ignore the|drop the|remove the) (?:budget|price|spending)(?: limit| cap)?|(?:no|without an?y?) limit on (?:price|budget|cost)"
         "|(?:the )?(?:money|price|budget|cost) (?:is|is no|isn't|is not|does not|doesn't|doesnt)(?: an?)? (?:object|matter|issue|problem|important)|(?:any|whatever) (?:price|budget)|at any price|unlimited budget"),
    # prices of one item
    _row("prices", "(?:{each} )?(?:between|from)? ?{a} ?(?:and|to|-) ?{a},? {each}"),
    _row("prices", "{each} (?:costing )?(?:between|from) {a} ?(?:and|to|-) ?{a}"),
    _row("max_price", "{most} {a},? {each}"),
    _row("max_price", "(?:(?:each|every|any|per|no|one) ?(?:single )?(?:item|one|thing|product|piece|article)?|nothing|none|not anything) "
         "(?:(?:that |which )?(?:must |should |may |can |to )?(?:not )?(?:costs?|costing|is|are|be|priced)(?: at)? )?(?:{most}|(?:over|above|more than|more expensive than|dearer than|pricier than|higher than)) {a}"),
    _row("max_price", "{a},? {each},? (?:at (?:the )?most|or less|max(?:imum)?|tops|or under|or below)|{c},? {each}|{a} (?:or less|max|maximum|tops|at most),? {each}"),
    _row("min_price", "(?:{least}) {a},? {each}|{a},? {each} (?:at least|or more|minimum|and up|upwards)|{a} (?:or more|and up),? {each}|nothing (?:under|below|cheaper than|less than) {a}"),
    # groups
    _row("per_category", "(?:at (?:the )?most|no more than|not more than|max(?:imum)?(?: of)?|only|just|up to) {n} (?:items? |things? |products? )?(?:per|of|from|in|for)(?: each| every| any| the| a| any one| one)?(?: same| single)? {group}"),
    _row("per_category", "{n} (?:items? |things? |products? )?(?:per|of each|from each|of every|from every|in each) {group}(?: (?:at most|max|only))?"),
    _row("per_category", "(?:all )?(?:(?:of|from) )?different (?:categories|kinds|types|sorts)|no two (?:items |things )?(?:of|from|in) the same {group}|no {group} twice"),
    _row("per_brand", "(?:at (?:the )?most|no more than|not more than|max(?:imum)?(?: of)?|only|just|up to) {n} (?:items? |things? |products? )?(?:per|of|from|by|for)(?: each| every| any| the| a| any one| one)?(?: same| single)? (?:brand|maker|manufacturer)s?"),
    _row("per_brand", "{n} (?:items? |things? |products? )?(?:per|of each|from each|by each|from every|of every) (?:brand|maker|manufacturer)(?: (?:at most|max|only))?"),
    _row("per_brand", "(?:all )?(?:(?:of|from) )?different (?:brands|makers|manufacturers)|no two (?:items |things )?(?:of|from|by) the same (?:brand|maker|manufacturer)|no brand twice"),
    # sizes
    _row("sizes", "(?:between )?{n} ?(?:and|to|-|or) ?{n} {goods}|(?:set|bundle|size)s? (?:of|from) (?:between )?{n} ?(?:and|to|-|or) ?{n}{end}|size {n} ?(?:to|-) ?{n}"),
    _row("least", "(?:at least|no less than|not less than|no fewer than|not fewer than|min(?:imum)?(?: of)?|more than nothing but at least) {n} {goods}|{n} {goods} (?:at least|or more|minimum)|{n} or more {goods}"),
    _row("most", "(?:at (?:the )?most|no more than|not more than|max(?:imum)?(?: of)?|up to) {n} {goods}|{n} {goods} (?:at (?:the )?most|or less|or fewer|max|maximum|tops)|{n} or (?:fewer|less) {goods}"),
    # more and fewer
    _row("add_some", "(?:(?:please |can you |could you |now |just )?add |and |give me |i want |i'd like )?(?:another )?{n} (?:more|additional|extra|further)(?: {goods}| to (?:it|that|the set|the bundle))?{please}{end}"),
    _row("add_some", "add (?:another |just |only )?{n}(?: more)?(?: {goods})?(?: to (?:it|that|the set|the bundle))?{please}{end}|add (?:another|an|one|something|an extra|some)(?: more| else| extra)?(?: {goods})?{please}{end}"),
    _row("another", "(?:show me |give me |i want |i'd like |try )?(?:yet )?(?:another|a different|an other) (?:{n}|{set})(?: instead)?{please}{end}"),
    _row("another", "(?:show me |give me |i want |i'd like |try |do you have |any )?(?:something|anything) (?:else|different)(?: instead)?{please}{end}"
         "|(?:show me |give me |any )?(?:others?|other {set}|alternatives|different {set}|different {goods}|different ones|other {goods}|other ones)(?: instead)?{please}{end}"
         "|(?:i )?(?:don't|do not|dont) like (?:it|them|these|those|this|any of (?:it|them|these|those))|none of (?:these|those|them)|not (?:these|those|this one){end}|try again"),
    _row("exactly", "(?:exactly|precisely|just|only)? ?{n} {goods}|{n}-items?(?: {set})?|(?:set|bundle|combination|combo|selection) of (?:exactly |just |only )?{n}{end}|exactly {n}{end}"),
    _row("bigger", "(?:make it |make the set |a bit |a little |something |slightly |a )?(?:bigger|larger)(?: (?:{set}|please))?{end}|more {goods}{end}"),
    _row("smaller", "(?:make it |make the set |a bit |a little |something |slightly |a )?smaller(?: (?:{set}|please))?{end}|(?:fewer|less) {goods}{end}"),
    # money for all
    _row("unclear", "(?:at (?:the )?most|no more than|up to|max(?:imum)?(?: of)?|at least) {n}{end}|{most} {n} pounds?"),
    _row("budgets", "(?:between|from)? ?{a} ?(?:and|to|-) ?{c}(?: {total})?|(?:between|from)? ?{c} ?(?:and|to|-) ?{a}(?: {total})?|(?:budget|price|total|cost)s?(?: is| of|:| =)?(?: between| from)? {a} ?(?:and|to|-) ?{a}|between {n} and {n} {total}"),
    _row("budget", "(?:(?:i can |i want to |i'd like to |i will |i'll |willing to |don't want to |can't |cannot |we |please )?(?:spend|pay|cost) )?(?:(?:for|at|is|,) )?{most} (?:a total of )?{c}(?: {total})?"),
    _row("budget", "(?:(?:i can |i want to |i'd like to |i will |i'll |willing to |don't want to |we )?(?:spend|pay|cost) )?(?:(?:for|at) )?{most} (?:a total of )?{n}(?: {total})?{end}"),
    _row("budget", "(?:(?:my|our|the|a|with an?|on an?|total|set the|raise the|lower the|increase the|change the) )?(?:total |maximum |max )?budget(?: is| of|:| =|=| to| now)?(?: now)?(?: only| just| {about}| {most})? ?{a}"),
    _row("budget", "{c} (?:or (?:less|under|below)|max(?:imum)?|tops|at (?:the )?most|budget|limit)|{a} {total}|(?:a )?{c}(?: total)? budget"),
    _row("budget", "(?:to spend|spend|spending|pay|paying|invest)(?: only| just| {about}| {most})? {a}(?: {total})?{end}|(?:have|got|with)(?: only| just| {about})? {c}(?: to spend| {total})?{end}|for(?: only| just| {about})? {c}(?: {total})?{end}|{about} {c}(?: {total})?"),
    _row("budget", "make it {c}{end}|\\A\\s{0,9}{c}\\s{0,9}[.!]?\\Z"),
    _row("least_budget", "(?:at least|over|more than|no less than|minimum(?: of)?|above) {c}(?: {total})?"),
    _row("cheaper", "(?:much|far|a lot|lots|way|significantly|considerably|drastically) (?:cheaper|less expensive|more affordable)(?: (?:{set}|ones?|please))?{end}", factor=0.7),
    _row("cheaper", "(?:for )?half (?:the|that|of the) (?:price|cost|money)|half as expensive", factor=0.5),
    _row("cheaper", "(?:a bit|a little|slightly|somewhat|a tad) (?:cheaper|less expensive|more affordable)(?: (?:{set}|ones?|please))?{end}", factor=0.95),
    _row("cheaper", "(?:(?:make it|make this|something|anything|a|an|any|go) )?(?:cheaper|less expensive|more affordable|lower (?:the )?(?:price|total|cost)|(?:lower|reduce|cut|bring down) the (?:price|total|cost|budget))(?: (?:{set}|ones?|please))?{end}"
         "|(?:(?:that's|that is|this is|it's|it is|which is) )?(?:way |much |a bit |still )?too (?:expensive|pricey|dear|costly|much money)(?: for me)?{end}"),
    # things by name
    _row("swap_rest", "(?:keep|leave|the same|same|everything|all) (?:everything|all|the (?:rest|others))(?: of (?:it|them))?,? (?:but|except|apart from|besides|without)(?: for)?"),
    _row("swap", "(?:swap|replace|exchange|substitute|switch)(?: out)?", " (?:for|with|by|against) (?:something|another|a different|an?other)(?: (?:else|one|different|thing))?|(?: out)?"),
    _row("swap", "(?:change)", "(?: for (?:something else|another one))?"),
    _row("keep", "(?:keep|hold on to|hang on to|stick with|retain)"),
    _row("have", "(?:(?:i|we) )?(?:already (?:have|own|bought|got|possess)|(?:'ve |have )already (?:got|bought)|(?:i've|we've|i have|we have) (?:already )?(?:got|bought)|(?:i|we) (?:bought|own))(?: my| our)?"),
    _row("exclude", "(?:without|excluding|exclude|except(?: for)?|nothing (?:from|by)|remove|get rid of)"),
    _row("exclude_known", "(?:apart from|other than|minus|but not|nothing (?:of|like)|anything but|avoid|skip|omit|"
         "leave (?:out|off|away)|take (?:out|off|away)|drop|delete|lose|ditch|throw out|kick out|instead of|rather than|"
         "(?:i |we )?(?:don't|do not|dont|doesn't|does not|didn't|never) (?:want|need|like|use|include|add|put|show)(?: me)?(?: any(?:thing)?(?: from| by)?)?|"
         "(?:i |we )?hate|not (?:from|by)|(?:i'm |i am )?not interested in|there (?:should|must) be no|no more)"),
    _row("exclude_known", "(?:no|not)"),
    _row("exclude_known", "(?:leave|take|kick|throw)", " (?:out|off|away)"),
    _row("add", "(?:(?:please |can you |could you |now |just |and |then )?add|throw in|put in|(?:one|{n}) more|and also)"),
    _row("slots", "(?:include|including|incl\\.?|must (?:have|include|contain)|should (?:have|include|contain)|has to (?:have|include)|containing|consisting of|made of|plus|along with|together with|one (?:each )?of)"),
    _row("slots_of_things", "(?:with|(?:i|we) (?:also |really |just )?(?:need|want|would like|require)|(?:i'd|we'd) like|(?:i am|i'm|we are|we're) (?:after|looking for)|looking for|(?:find|give|show|get|recommend|suggest) (?:me|us)|need)"),
)  # fmt: skip
_NUMERAL_PLACES = ("first", "second", "third", "fourth", "fifth", "sixth")
ENGLISH = Language(
    patterns=PATTERNS,
    unrelated=_make(
        "(?:kids?|children|child|babies|baby|infants?|boys?|girls?|toddlers?|people|persons?|anyone|those|someone|adults?|aged?|ages|"
        "temperatures?|degrees|it's|children's|who are|players?|years?|size|sizes|page|number|no\\.?|model|version|level|chapter|grade)"
        "(?: (?:of|are|is|aged|that are|who are))? $",
        False,
    ),
    definite=_make("(?:(?:of|all|both|just|only|even) )?(?:the|that|this|those|these|its|your|my)(?: same)? ", False),
    indefinite=_make(
        "(?:(?:at least|exactly|about|also|maybe|just|only|perhaps) )?(?:an?y? more|an?other|any|some|an?|more|such|a (?:few|pair of|couple of)|any (?:kind|sort|type)s? of|anything (?:from|by)|all|every) |",
        False,
    ),
    joiner=_make(
        "\\s*(?:[,;/+&]\\s*(?:and |or |nor |plus |as well as |also )?|(?:and|or|nor|plus|as well as) (?:also )?)", False
    ),
    instead=_make("\\s*(?:for|with|by|against) ", False),
    after=_make(
        '\\s*(?:$|[.,;:!?)…/+&("]|[\u3400-\u9fff]|(?:and|or|nor|but|plus|for|with|without|under|below|within|at|in|on|that|which|to|please|by|from|'
        "this|instead|if|is|are|was|too|also|as|then|now|so|because|between|up|max|less|no|not|of|out|off|away|costing|around|about|each|who|"
        "just|only|make|cheaper|bigger|smaller|than|thanks|altogether|though|anymore|already|until|when|where|can|must|should|"
        "i|i'm|i'd|we|it|it's|keep|drop|remove|add|swap|replace)(?![\\w])|["
        "\ue000\ue001])",
        False,
    ),
    suffix=_make(" (?:items?|products?|things?|stuff|ones?|gear|articles?|category|brand)(?![\\w-])", False),
    references=(
        *(
            (_make(f"{name}(?: (?:one|item|thing|product|article))?(?![\\w-])", False), place)
            for place, name in enumerate(_NUMERAL_PLACES)
        ),
        (_make("last (?:one|item|thing|product|article)(?![\\w-])", False), -1),
        (
            _make("(?:most expensive|priciest|dearest)(?: (?:one|item|thing|product|article|piece))?(?![\\w-])", False),
            "dearest",
        ),
        (
            _make("(?:cheapest|least expensive)(?: (?:one|item|thing|product|article|piece))?(?![\\w-])", False),
            "cheapest",
        ),
    ),
    filler=_make(
        "(?:and|but|or|so|then|now|please|also|ok|okay|yes|yeah|no|not|hi|hello|hey|thanks|thank|you|thx|i|i'd|i'm|we|we'd|me|us|my|our|it|that|this|"
        "the|a|an|is|be|to|for|of|with|in|on|at|want|need|like|would|could|can|should|must|will|show|give|find|get|make|recommend|suggest|"
        "something|anything|everything|some|any|sets?|bundles?|combination|items?|things?|products?|one|ones|just|only|too|as|well|"
        "let's|lets|try|instead|actually|hmm|maybe|have|has|got|want|looking|all|more|total|budget|which|costs?|spend|rather|same|again|rest|"
        "keep|others?|really|very|bit|little|there|are|do|does|don't|it's|that's|great|good|nice|perfect|but|still|other|next|time|fine|lower|price)",
        True,
    ),
    edges=_make("(?:and|but|or|please|then|also|so|for|with|at|of|the|a|an|only|in|now)", True),
    refines=_make("(?:in|with|without|more|less|also|only|not|no|made|but|plus|and)(?![\\w-])", False),
    said={
        "budget": "Budget: at most {0}",
        "budgets": "Budget: at most {0} (a least total can't be set)",
        "any_budget": "No budget",
        "prices": "Each item: {0} to {1}",
        "max_price": "Each item: at most {0}",
        "min_price": "Each item: at least {0}",
        "exactly": "Size: {0} items",
        "exactly_one": "Size: 1 item",
        "sizes": "Size: {0} to {1} items",
        "least": "Size: at least {0} items",
        "most": "Size: at most {0} items",
        "in_stock": "Only in stock",
        "any_stock": "Also what is out of stock",
        "per_category": "At most {0} of a category",
        "per_brand": "At most {0} of a brand",
        "exclude": "Without: {0}",
        "have": "Not again: {0}",
        "keep": "Kept: {0}",
        "swap": "Swapped: {0}",
        "slots": "With: {0}",
        "add": "Added: {0}",
        "add_some": "The same and {0} more",
        "another": "Something else than before",
        "named": "With: {0}",
        "many": "{0} ({1} items)",
        "not_amount": "Not understood: that is not an amount above 0",
        "not_number": "Not understood: a set has 1 to 100 items",
        "no_size": "Not understood: that is not a size",
        "no_size_range": "Not understood: {0} to {1} is not a range",
        "no_room": "Not understood: the items that are kept leave no room for another",
        "items_cost_more": "Not understood: the items that are kept cost more",
        "empty_prices": "Not understood: no price is within these bounds",
        "least_budget": "Not understood: a least total can't be set",
        "unclear": "Not understood: items or money?",
        "contradicts": "Not understood: it contradicts what was said before it",
        "replaced": "Not used: said otherwise later",
        "no_last": "Not understood: there is no set yet",
        "no_total": "Not understood: the price of the last set is not known",
        "too_many": "Not understood as a rule: {0} are too many items to leave out ({1})",
        "unknown": "Not understood as a rule: the shop has nothing called so",
        "several": "Not understood as a rule: it names {0} items",
        "list": "{0}, {1}",
    },
)
