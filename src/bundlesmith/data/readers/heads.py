"""What stands above the rows of a text file: lines that are no table, the separator, the names of the columns.

separator = sniff(text)
lines = lines_above(text, separator)
names = column_names(head, separator)
"""

import re

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
    best, found = (0.0, 0), ","
    for separator in SEPARATORS:
        filled = [_filled(line, separator) for line in lines[:_MOST_ABOVE]]
        start = next((place for place, count in enumerate(filled) if count > 1), None)
        if start is None:
            continue
        sizes = [len(parted(line, separator)) for line in lines[start:]]
        alike = round(sum(size == sizes[0] for size in sizes) / len(lines), 1)
        if (alike, sizes[0]) > best:
            best, found = (alike, sizes[0]), separator
    return found


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


def without_comments(text: str) -> tuple[str, int]:
    """The text with lines between rows that begin with "# " left blank, if the first line is such a comment; and how
    many there were.
    """
    if not text.startswith("# "):
        return text, 0
    lines = text.split("\n")
    count, within = 0, False  # quotes
    rows = next((place for place, line in enumerate(lines) if not line.startswith("# ")), len(lines))
    for place, line in enumerate(lines):
        if place > rows and not within and line.startswith("# "):
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


def header_place(filled: list[int]) -> int:
    """Which of the first rows is the header, by how many fields each fills: two, and more than half of the fullest."""
    most = max(filled, default=0)
    return next((place for place, count in enumerate(filled) if count > 1 and 2 * count > most), 0)


def _goes_on(lines: list[str]) -> bool:
    """Whether a quote is open at the end of *lines*: then they begin a header of several lines."""
    return sum(line.count('"') for line in lines) % 2 == 1


def _filled(line: str, separator: str) -> int:
    return sum(bool(unquoted(field).strip()) for field in parted(line, separator))


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
    found = re.finditer(rf'(?:^|{mark})( *"(?:[^"]|"")*" *(?={mark}|\Z)|[^{mark}]*)', text)
    return [match[1] for match in found]


def unquoted(field: str) -> str:
    """A field without the quotes around it."""
    bare = field.strip(" ")
    if len(bare) >= 2 and re.fullmatch(r'"(?:[^"]|"")*"', bare):
        return bare[1:-1].replace('""', '"')
    return field
