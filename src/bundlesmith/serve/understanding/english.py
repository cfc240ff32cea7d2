"""English: how shoppers say what a set must be, and how it is said back to them."""

import re

from bundlesmith.serve.understanding.language import Compiler, Language
from bundlesmith.serve.understanding.sayings import ENGLISH_SAID

_WORDS = {
    "amount": r"{c}|{n}{end}",
    "most": r"under|below|beneath|(for )?(less|cheaper|lower) than|at (the )?most|"
    r"(for )?(no|not) (more|higher|over) than|not (over|above|exceeding)|(a )?max(imum)?\.?( of)?|up to|within",
    "more_than": r"over|above|(more|more expensive|dearer|pricier|higher) than",
    "no_more": r"({dont} want to|(can|wo|should|must|do|is|are)n't|cannot|(can|should|must|may) not|without|not|never) "
    r"((spend|spending|pay|paying|cost|costing|be|go) )?((more|higher) than|over|above|beyond)",
    "least": r"at least|over|above|(for )?more than|(no|not) less than|(a )?min(imum)?\.?( of)?|from|upwards of",
    "about": r"about|around|roughly|approximately|approx\.?|circa|some|like|~",
    "each": r"each|apiece|a piece|an item|(per|for each|for every|for one|each|for any) {piece}",
    "piece": r"item|piece|product|article|thing|one",
    "total": r"(in|a) total|total|altogether|all together|overall|all in( all)?|combined|"
    r"for (everything|all|all of it|the (lot|set|bundle|whole (set|bundle|lot|thing)))",
    "end": r"(?=\s*($|[.,;:!?)…/+&]|[\u3400-\u9fff]|(and|but|or|with|without|please|that|which|if|including|incl|plus|"
    r"thanks|thx|though|maybe|max|maximum|tops|now|then|instead|this time|no|not|only|nothing|{total}|in stock|for|"
    r"as|on|because|since|so)(?![\w-])))",
    "goods": r"((different|separate|distinct|nice|good) )?"
    r"(items?|things?|products?|articles?|pieces?(?!\sof)|objects?)",
    "set": r"sets?|bundles?|combinations?|combos?|selections?|suggestions?|options?|versions?|alternatives?|ideas?",
    "group": r"categor(y|ies)|kinds?|types?|sorts?",
    "brands": r"(brand|maker|manufacturer)s?",
    "caps": r"(at (the )?most|(no|not) more than|max(imum)?( of)?|only|just|up to) {n}( (items?|things?|products?))?",
    "per": r"(per|of|from|in|by|for)( (each|every|any|the|a|any one|one))?( (same|single))?",
    "costs": r"(that |which )?((must|should|may|can|to) )?(not )?(costs?|costing|is|are|be|priced)( at)?",
    "gone": r"out of stock|sold out|not in stock|unavailable|backordered",
    "they_are": r"((if|when|items?|things?|those|what) )?"
    r"((it is|it's|they are|they're|that are|which are|what's|are|is) )?",
    "spend": r"((i can|i want to|i'd like to|i will|i'll|willing to|don't want to|can't|cannot|we|please|but) )?"
    r"(spend|pay|cost|stay|remain|keep (it|this|that))",
    "only_about": r"( (only|just|{about}|{most}))?",
    "give_me": r"((show me|give me|i want|i'd like|try|do you have|any|please) )?",
    "to_it": r"( to (it|that|the set|the bundle))?",
    "instead": r"( instead)?( please)?{end}",
    "cheap": r"cheaper|less expensive|more affordable",
    "one": r"( ({set}|ones?|please))?{end}",
    "size_of": r"((make it|make the set|a bit|a little|something|slightly|a) )?",
    "dont": r"(i |we )?(don't|do not|dont|doesn't|does not|didn't|never)",
    "please_add": r"((please|can you|could you|now|just|and|then) )?add",
    "everyone": r"((i|we) )?(also |really |just )?",
    "fine": r"((is|are|items? (are|is)|too|things) )?(also )?"
    r"(fine|ok|okay|allowed|too|as well|possible|welcome|acceptable)",
    "being": r"is|are|that (is|are)|that's|what's|what is|which are|(must|should) be|(has|have|needs?) to be",
    "matter": r"object|matter|issue|problem|important",
    "more_goods": r"( {goods})?{to_it}( please)?{end}",
    "the": r"my|our|the|a|with an?|on an?|total|(set|raise|lower|increase|change) the",
    "thats": r"that's|that is|this is|it's|it is|which is",
    "but": r"but|except|apart from|besides|without",
    "for_another": r"( (for|with|by|against) (something|an?other|a different)( (else|one|different|thing))?|( out)?)",
    "im": r"i am|i'm|we are|we're",
}
_make = Compiler(r"(?:\s{1,3})", r"(?<![\w-])", r"(?![\w-])", _WORDS)
_TABLE = r"""
any_stock
    ((also|and|even|including|include|incl\.?|allow|with) )?{they_are}{gone} {fine}
    (also|even|including|include|incl\.?|allow|or) {they_are}{gone}( (items?|things?))?
    (stock|availability) (does not|doesn't|doesnt|needn't|need not) matter
    (regardless|irrespective) of (stock|availability)
    (does not|doesn't|doesnt|need not|needn't) ((have to|need to|matter if (it is|it's)) )?(be )?in stock
    (don't|do not|dont) (care|mind) (if|whether) {they_are}((in|out of) stock|sold out)
    whether or not (it is|it's|they are|they're) in stock
in_stock
    (only )?((what|things|items?|stuff) )?({being} )?((actually|currently) )?in stock( only)?( (right )?now)?
    (nothing|no items?|no things|not|without|exclude|excluding) ((that is|that's|which is|anything) )?{gone}( {goods})?
    (only|must be|should be) (immediately )?available( ({goods}|now))?( only)?
    available (now|immediately|today)
any_budget
    (no|without an?y?|forget the|ignore the|drop the|remove the) (budget|price|spending)( limit| cap)?
    (no|without an?y?) limit on (price|budget|cost)
    (the )?(money|price|budget|cost) (is no|isn't|is not|does not|doesn't|doesnt)( an?)? {matter}
    (any|whatever) (price|budget)
    at any price
    unlimited budget
prices
    ({each} )?(between|from)? ?{a} ?(and|to|-) ?{a},? {each}
    {each} (costing )?(between|from) {a} ?(and|to|-) ?{a}
max_price
    ({most}|{no_more}) {a},? {each}
    (nothing|none) {more_than} {a},? {each}
    (each|every) ({piece} )?{no_more} {amount}
    (each|every|any|no|per) (single )?{piece} ({costs} )?({most}|{more_than}) {amount}
    each ({costs} )?{most} {amount}
    (nothing|none|not anything) ({costs} )?{more_than} {amount}
    {a},? {each},? (at (the )?most|or (less|under|below)|max(imum)?|tops)
    {a} (or less|max|maximum|tops|at most),? {each}
min_price
    {least} {a},? {each}
    {a},? {each} (at least|or more|minimum|and up|upwards)
    {a} (or more|and up),? {each}
    nothing (under|below|cheaper than|less than) {amount}
max_price
    ({about} )?{c},? {each}
per_category
    {caps} {per} {group}
    {n}( (items?|things?|products?))? (per|(of|from|in) (each|every)) {group}( (at most|max|only))?
    (all )?((of|from) )?different (categories|kinds|types|sorts)
    no two ((items|things) )?(of|from|in) the same {group}
    no {group} twice
per_brand
    {caps} {per} {brands}
    {n}( (items?|things?|products?))? (per|(of|from|by) (each|every)) {brands}( (at most|max|only))?
    (all )?((of|from|by) )?different (brands|makers|manufacturers)
    no two ((items|things) )?(of|from|by) the same {brands}
    no brand twice
sizes
    (between )?{n} ?(and|to|-|or) ?{n} {goods}
    (set|bundle|size)s? (of|from) (between )?{n} ?(and|to|-|or) ?{n}{end}
    size {n} to {n}{end}
least
    (at least|(no|not) (less|fewer) than|min(imum)?( of)?) {n} {goods}
    {n} {goods} (at least|or more|minimum)
    {n} or more {goods}
most
    (at (the )?most|(no|not) more than|max(imum)?( of)?|up to) {n} {goods}
    {n} {goods} (at (the )?most|or less|or fewer|max|maximum|tops)
    {n} or (fewer|less) {goods}
swap_rest
    (keep|leave|the same|same|everything|all) (everything|all|the (rest|others))( of (it|them))?,? {but}( for)?
swap
    (swap|replace|exchange|substitute|switch)( out)? >> {for_another}
cheaper_swap
    ((find|get|give me|show me|i want|i'd like) )?((a|an|some|the) )?({cheap})
swap
    (?<!add\s)another|(a|some) (different|other)
swap
    change >> ( for (something else|another one))?
add_some
    ({please_add} |and |{give_me})(another )?{n} (more|additional|extra|further){more_goods}
    add ((another|just|only) )?{n}( more)?{more_goods}
    add (another|an|one|something|an extra|some)( (more|else|extra))?{more_goods}
another
    {give_me}(yet )?(another|a different|an other) ({n}|one|{set}){instead}
    {give_me}(something|anything) (else|different){instead}
    {give_me}(others?|alternatives|(other|different) ({set}|{goods}|ones)){instead}
    (i )?(don't|do not|dont) like (it|them|these|those|this|any of (it|them|these|those))
    none of (these|those|them)
    not (these|those|this one){end}
    try again
    (swap|change|replace) (the (rest|others?)|everything else|all (the )?others?)
exactly
    ((exactly|precisely|just|only) )?{n} {goods}
    {n}-items?( {set})?
    (set|bundle|combination|combo|selection) of ((exactly|just|only) )?{n}{end}
    exactly {n}{end}
    make it ((exactly|just|only) )?{n}{end}
    {n} of (them|these|those)
bigger
    {size_of}(bigger|larger)( {set})?( please)?{end}
    more {goods}{end}
smaller
    {size_of}smaller( {set})?( please)?{end}
    (fewer|less) {goods}{end}
budget
    {spend} ((for|at) )?{most} (a total of )?{a}( {total})?{end}
unclear
    (at (the )?most|no more than|up to|max(imum)?( of)?|at least) {n}{end}
    {most} {n} pounds?
budgets
    ((between|from) )?{a} ?(and|to|-) ?{c}( {total})?
    ((between|from) )?{c} ?(and|to|-) ?{a}( {total})?
    (budget|price|total|cost)s?( is| of|:| =)?( between| from)? {a} ?(and|to|-) ?{a}
    between {n} and {n} {total}
budget
    ({spend} )?((for|at|is|,) )?{most} (a total of )?{c}( {total})?
    ({spend} )?((for|at) )?{most} (a total of )?{n}( {total})?{end}
    ((i|we) )?{no_more} ({c}|{n}( {total})?{end})
budget
    ({the} )?((total|maximum|max) )?budget( is| of|:| =|=| to| now)?( now)?{only_about} ?{amount}
budget
    {c} (or (less|under|below)|max(imum)?|tops|at (the )?most|budget|limit)
    ({about} )?{a} {total}
    (a )?{c}( total)? budget
budget
    (to spend|spend|spending|pay|paying|invest){only_about} {a}( {total})?{end}
    ((i|we) )?(have|got)( (only|just|{about}))? {a} to spend
    ((i|we) )?(have|got|with)( (only|just|{about}))? {c}( {total})?{end}
    for( (only|just|{about}))? {c}( {total})?{end}
    {about} {c}( {total})?
    make it {c}{end}
    \A\s{0,9}{c}\s{0,9}[.!]?\Z
least_budget
    (at least|over|more than|no less than|minimum( of)?|above) {c}( {total})?
cheaper 0.7
    (much|far|a lot|lots|way|significantly|considerably|drastically) {cheap}{one}
cheaper 0.5
    (for )?half (the|that|of the) (price|cost|money)
    half as expensive
cheaper 0.95
    (a bit|a little|slightly|somewhat|a tad) {cheap}{one}
cheaper 0.9
    ((make it|make this|something|anything|a|an|any|go) )?({cheap}|lower (the )?(price|total|cost)){one}
    (lower|reduce|cut|bring down) the (price|total|cost|budget){end}
    (?<!not\s)({thats} )?((way|much|a bit|still) )?too (expensive|pricey|dear|costly|much money)( for me)?{end}
keep
    keep|hold on to|hang on to|stick with|retain
have
    {everyone}already (have|own|bought|got|possess)( (my|our))?
    (i've|we've|i have|we have) (already )?(got|bought)( (my|our))?
    (i|we) (bought|own)( (my|our))?
exclude
    without|excluding|exclude|except( for)?|nothing (from|by)|remove|get rid of
exclude_known
    apart from|other than|minus|but not|nothing (of|like)|anything but|avoid|instead of|rather than
    {dont} (want|need|like|use|include|add|put|show)( me)?( any(thing)?( (from|by))?)?
    (i |we )?hate|not (from|by)|((i'm|i am) )?not interested in|there (should|must) be no|no more
exclude_known
    no|not
drop
    skip|omit|(leave|take) (out|off|away)|drop|delete|lose|ditch|(throw|kick) out
drop
    leave|take|kick|throw >> ( (out|off|away))
add
    {please_add}|throw in|put in|{n} more|and also
slots
    include|including|incl\.?|(must|should) (have|include|contain)|has to (have|include)|containing|consisting of
    made of|plus|along with|together with|{n} (each )?of
slots_of_things
    with|{everyone}(need|want|would like|require)|(i'd|we'd) like|{im} (after|looking for)|looking for
    (find|give|show|get|recommend|suggest) (me|us)
"""
_PLACES = ("first", "second", "third", "fourth", "fifth", "sixth")
_ONE = r"( (one|item|thing|product|article|piece))"
_PEOPLE = (
    r"kids?|children|child|babies|baby|infants?|boys?|girls?|toddlers?|people|persons?|anyone|those|someone|adults?|"
    r"aged?|ages|temperatures?|degrees|it's|children's|who are|players?|years?|sizes?|page|number|no\.?|model|version|"
    r"level|grade"
)
_FOLLOWERS = (
    "and|or|nor|but|plus|for|with|without|under|below|within|at|in|on|that|which|to|please|by|from|this|instead|if|is|are|was|"
    "too|also|as|then|now|so|because|between|up|max|less|no|not|of|out|off|away|costing|around|about|each|who|just|only|make|"
    "cheaper|bigger|smaller|than|thanks|altogether|though|anymore|already|until|when|where|can|must|should|i|i'm|i'd|we|it|"
    "it's|a|an|keep|drop|remove|add|swap|replace"
)
_FILLER = (
    "and|but|or|so|then|now|please|also|ok|okay|yes|yeah|no|not|hi|hello|hey|thanks|thank|you|thx|i|i'd|i'm|we|we'd|me|us|my|"
    "our|it|that|this|the|a|an|is|be|to|for|of|with|in|on|at|want|need|like|would|could|can|should|must|will|show|give|find|"
    "get|make|recommend|suggest|something|anything|everything|some|any|sets?|bundles?|combination|items?|things?|products?|"
    "ones?|just|only|too|as|well|let's|lets|try|instead|actually|hmm|maybe|have|has|got|looking|all|more|total|budget|which|"
    "costs?|spend|rather|same|again|rest|keep|these|those|them|others?|really|very|bit|little|there|are|do|does|don't|it's|"
    "that's|great|good|nice|perfect|still|next|time|fine|lower|price"
)
_INDEFINITE = (
    "((at least|exactly|about|also|maybe|just|only|perhaps) )?(any more|an?other|any (kind|sort|type)s? of|"
    "anything (from|by)|any|some|a (few|pair of|couple of)|an?|more|such|all|every) "
)
_JOINER = r"\s*([,;/+&]\s*((and|or|nor|plus|as well as|also) )?|(and|or|nor|plus|as well as) (also )?)"
ENGLISH = Language(
    patterns=_make.table(_TABLE),
    unrelated=_make(rf"(?<!\w)({_PEOPLE})( (of|are|is|aged|that are|who are))? $", False),
    negation=re.compile(r"(?:n't|\b(?:dont|not|never|without|no|nothing|none))(?: [\w']+){0,4}? $"),
    refusal=re.compile(r"(?:n't|\bdont|\bnot|\bnever) $"),
    definite=_make("((of|all|both|just|only|even) )?(the|that|this|those|these|its|your|my)( same)? ", False),
    indefinite=_make(_INDEFINITE, False),
    joiner=_make(_JOINER, False),
    instead=_make(r"\s*(for|with|by|against) ", False),
    after=_make(rf'\s*($|[.,;:!?)…/+&("]|[\u3400-\u9fff]|({_FOLLOWERS})(?!\w)|[\ue000\ue001])', False),
    suffix=_make(r" (items?|products?|things?|stuff|ones?|gear|articles?|category|brand)(?![\w-])", False),
    references=(
        *((_make(rf"{name}{_ONE}?(?![\w-])", False), place) for place, name in enumerate(_PLACES)),
        (_make(rf"last{_ONE}(?![\w-])", False), -1),
        (_make(rf"(most expensive|priciest|dearest){_ONE}?(?![\w-])", False), "dearest"),
        (_make(rf"(cheapest|least expensive){_ONE}?(?![\w-])", False), "cheapest"),
    ),
    filler=_make(_FILLER),
    begins=_make("now|and|but|or|please|then|also|so"),
    ends=_make("and|but|or|please|then|also|so|for|with|at|of|the|a|an|only|in|now|i|we|have|just|it|make|that|is"),
    refines=_make(r"(in|add|with|without|more|less|also|only|not|no|made|but|plus|and)(?![\w-])", False),
    said=ENGLISH_SAID,
)
