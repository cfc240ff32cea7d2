"""What stands above the rows of a text file: lines that are no table, the separator, the names of the columns.

separator = sniff(text)
lines = lines_above(text, separator)
names = column_names(head, separator)
"""

import re
from collections import Counter

from bundlesmith.data.names import names, plain_name

SEPARATORS = (",", ";", "\t", "|", "\x01", "^", "~")
_MOST_ABOVE = 20  # lines
_LONGEST_HEAD = 10_000  # characters
_MOST_BELOW = 5
_LONGEST_FOOT = 2_000
_COUNTED = re.compile(r"^\W*\d+ (?:row|record|line|entr|result)", re.IGNORECASE)
_RULE = re.compile(r"^[|+]?[-=]{3,}[-=+|: ]*$")
_SEP_LINE = re.compile(r'^"?sep=(.)"?\r?\n')


def named_separator(text: str) -> tuple[str | None, str]:
    """The separator that a first line such as "sep=;" names, and the text after it."""
    match = _SEP_LINE.match(text)
    return (match[1], text[match.end() :]) if match else (None, text)


def unframed(text: str) -> str:
    """The rows of a table that is drawn with lines, as SAP, Markdown and databases' consoles draw them."""
    top = text[:20_000].split("\n")[:_MOST_ABOVE]
    if len(top) > 1 and re.fullmatch(r"-+(\+-+)+\s*", top[1]) and "|" in top[0]:
        rows = [line for place, line in enumerate(text.split("\n")) if place != 1]
        return "\n".join("|".join(map(str.strip, row.split("|"))) for row in rows)
    if not any(_RULE.match(line) for line in top) or not any(line.startswith("|") for line in top):
        return text
    rows = [line.strip() for line in text.split("\n")]
    rows = [row[1:-1] for row in rows if row.startswith("|") and row.endswith("|") and not _RULE.match(row)]
    return "\n".join("|".join(map(str.strip, row.split("|"))) for row in rows)


def sniff(text: str) -> str:
    """The separator that parts most of the first lines into as many fields as the header.

    The header is the first line, or else, after titles and notes, the first one that holds two fields.
    """
    lines = [line for line in text[:200_000].split("\n")[:50] if line.strip()]
    readings = [lines, rows] if (rows := _whole(lines)) != lines else [lines]
    doubled = {line.count("::") for line in lines[:_MOST_ABOVE]}
    if len(doubled) == 1 and doubled != {0}:  # as MovieLens has
        return "::"
    best, found = (0.0, 0), ","
    for separator in SEPARATORS:
        for read in readings:
            filled = [len(_filled(line, separator)) for line in read[:_MOST_ABOVE]]
            start = next((place for place, count in enumerate(filled) if count > 1), None)
            if start is None:
                continue
            sizes = [len(parted(line, separator)) for line in read[start:]]
            alike = round(sum(size == sizes[0] for size in sizes) / len(read), 1)
            if (alike, sizes[0]) > best:
                best, found = (alike, sizes[0]), separator
    return found


def _whole(lines: list[str]) -> list[str]:
    """The lines, those together that a quoted field holds."""
    rows: list[str] = []
    within = False
    for line in lines:
        if within:
            rows[-1] += f"\n{line}"
        else:
            rows.append(line)
        within ^= line.count('"') % 2 == 1
    return rows


def lines_above(text: str, separator: str) -> int:
    """How many lines stand above the header: titles and notes, which fill few fields where the others fill several."""
    lines = text[:200_000].split("\n")[:_MOST_ABOVE]
    comments = next((place for place, line in enumerate(lines) if not _is_comment(line, separator)), 0)
    place = comments + header_place([_filled(line, separator) for line in lines[comments:]])
    return 0 if _goes_on(lines[:place]) else place


def _is_comment(line: str, separator: str) -> bool:
    """Whether the fields of a line are comments, as in Facebook's template: # Required, # Optional."""
    fields = [field for part in parted(line, separator) if (field := unquoted(part).strip())]
    return sum(field.startswith("# ") for field in fields) > max(len(fields) // 2, 1)


def without_comments(text: str, separator: str) -> tuple[str, int]:
    """The text with lines between rows that begin with "# " left blank, if the first line is such a comment, or they
    hold no separator; and how many there were.
    """
    commented = text.startswith("# ")
    if not commented and "\n# " not in text:
        return text, 0
    lines = text.split("\n")
    count, within = 0, False  # quotes
    rows = next((place for place, line in enumerate(lines) if not line.startswith("# ")), len(lines))
    for place, line in enumerate(lines):
        if place > rows and not within and line.startswith("# ") and (commented or separator not in line):
            lines[place] = ""
            count += 1
        else:
            within ^= line.count('"') % 2 == 1
    return "\n".join(lines) if count else text, count


def without_footer(text: str, separator: str, size: int) -> tuple[str, str]:
    """The text without notes at its end, and what to say: lines of few fields after a blank line, or "(3 rows)"."""
    begin = max(len(text) - _LONGEST_FOOT, 0)
    lines = text[begin:].rstrip().split("\n")
    notes = 0
    while notes < min(_MOST_BELOW, len(lines) - 1) and _is_note(lines[-1 - notes], separator, size):
        notes += 1
    blank = notes < len(lines) and not lines[-1 - notes].strip()
    if not notes or not (blank or _COUNTED.match(lines[-notes])):
        return text, ""
    kept = text[:begin] + "\n".join(lines[: len(lines) - notes]).rstrip("\n")
    return kept + "\n", f"{notes} line{'s' * (notes > 1)} below the rows left out"


def _is_note(line: str, separator: str, size: int) -> bool:
    return bool(line.strip()) and len(parted(line, separator)) < size


def header_place(rows: list[list[str]]) -> int:
    """Which of the first rows, of the fields that they fill, is the header.

    It fills two, and more than half of the fullest; or it is one soon below that has more names that are known, as in
    templates of marketplaces, which have names for programs or settings above.
    """
    most = max(map(len, rows), default=0)
    first = next((place for place, row in enumerate(rows) if len(row) > 1 and 2 * len(row) > most), 0)
    known = [_known(row) for row in rows[: first + _MOST_HEADS]]
    best = max(range(first, len(known)), key=known.__getitem__, default=first)
    return best if known and known[best] >= max(_FEWEST_KNOWN, known[first] + 1) else first


_MOST_HEADS, _FEWEST_KNOWN = 5, 3


def _known(row: list[str]) -> int:
    """How many of our columns have a name in a row."""
    plain = {plain_name(text) for text in row}
    return sum(not plain.isdisjoint(names()[ours]) for ours in _OURS)


_OURS = ("item_id", "title", "category", "price", "stock", "group", "user_id", "session_id", "timestamp")


def is_single_quoted(text: str, separator: str) -> bool:
    """Whether all names stand in single quotes, which are then the quotes of the file."""
    fields = text.split("\n", 1)[0].split(separator)
    return len(fields) > 1 and all(re.fullmatch(r" *'[^']+' *", field) for field in fields)


def is_row(text: str, first: str, separator: str) -> bool:
    """Whether the first line is no line of names but a row as the others: where these have numbers, it has one, too."""
    head = [unquoted(field) for field in parted(first, separator)]
    rows = [parted(line, separator) for line in text[len(first) + 1 : 200_000].split("\n")[:_MOST_ABOVE]]
    if any(plain_name(name) in named for name in head for named in names().values()):
        return False
    numbered = 0
    for name, *cells in zip(head, *(row for row in rows if len(row) == len(head)), strict=True):
        shapes = Counter(_shape(cell) for cell in cells if cell.strip())
        common, often = shapes.most_common(1)[0] if shapes else ("", 0)
        if "9" in common and often >= _MOSTLY * shapes.total():
            if not re.search(r"\d", name):
                return False
            numbered += _shape(name) == common
    return numbered > 0


_MOSTLY = 0.8


def _shape(text: str) -> str:
    """A text with 9 for its numbers, so that N55528 and N19639 are alike."""
    bare = unquoted(text).strip()
    return "9" if re.fullmatch(r"-?\d+(?:[.,]\d+)?(?:e-?\d+)?", bare) else re.sub(r"\d+", "9", bare)


def _goes_on(lines: list[str]) -> bool:
    """Whether a quote is open at the end of *lines*: then they begin a header of several lines."""
    return sum(line.count('"') for line in lines) % 2 == 1


def _filled(line: str, separator: str) -> list[str]:
    return [bare for field in parted(line, separator) if (bare := unquoted(field).strip())]


def head_of(text: str) -> str:
    """The first line, with those after it that belong to its quotes."""
    end = text.find("\n")
    while end >= 0 and text.count('"', 0, end) % 2 and 0 <= (further := text.find("\n", end + 1)) < _LONGEST_HEAD:
        end = further
    head = text if end < 0 else text[:end]
    return head if head.count('"') % 2 == 0 else text.split("\n", 1)[0]


def column_names(head: str, separator: str, quoted: bool) -> list[str]:
    """The names in a header: "column 2" for a blank one, "size (1)" and "size (2)" for two of one name."""
    parts = parted(head, separator) if quoted else head.split(separator)
    names = [(unquoted(part.strip()) if quoted else part).strip() for part in parts]
    return numbered_names([name or f"column {place}" for place, name in enumerate(names, 1)])


def numbered_names(names: list[str]) -> list[str]:
    """Names of which several are the same get numbers: which one is meant is for the reader to say."""
    return [
        f"{name} ({names[: place + 1].count(name)})" if names.count(name) > 1 else name
        for place, name in enumerate(names)
    ]


def parted(text: str, separator: str) -> list[str]:
    """Part a row at separators; a quoted field holds them as long as its end is followed by one."""
    mark = re.escape(separator)
    rest = rf"[^{mark}]*" if len(separator) == 1 else rf"(?:(?!{mark}).)*"
    found = re.finditer(rf'(?:^|{mark})( *"(?:[^"]|"")*" *(?={mark}|\Z)|{rest})', text)
    return [match[1] for match in found]


def unquoted(field: str) -> str:
    """A field without the quotes around it."""
    bare = field.strip(" ")
    if len(bare) >= 2 and re.fullmatch(r'"(?:[^"]|"")*"', bare):
        return bare[1:-1].replace('""', '"')
    return field
