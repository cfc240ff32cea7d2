"""Text with separators (CSV, TSV and what is called so) -> a table of text columns.

    table, said = read_delimited(path, text)

The separator is read off the first lines, quotes by RFC 4180 where they are ones. Where some aren't (an inch mark),
each line is read by itself: a quote at the start of a field holds only if that gives the line the header's number
of fields. A line with too many or too few fields is an error that names it, and so is one that can be read in two ways.
"""

import re
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import polars as pl

from bundlesmith.errors import BundlesmithError

SEPARATORS = (",", ";", "\t", "|", "\x01")
_STAND_IN = "\x1f"  # for a separator of several characters
_MOST_LINES = 200  # that one quoted field may hold
_CHUNK = 1 << 24  # bytes
_MEND = "Mend that line: a field that holds the separator or a line end needs quotes around it."
_SEP_LINE = re.compile(r'^"?sep=(.)"?\r?\n')
_NAMES = {"\t": "tab", "\x01": "0x01"}


def read_delimited(
    path: Path, text: str, separator: str | None = None, quote: str | None = '"', header: list[str] | None = None
) -> tuple[pl.DataFrame, str]:
    """Read *text*; *header* names the columns of a file that has no line for that.

    Raises:
        BundlesmithError: if a line has another number of fields than the first, or two columns have one name.
    """
    above = -1 if header else 0  # lines of the file that are not in the text
    if match := _SEP_LINE.match(text):
        separator, text, above = separator or match[1], text[match.end() :], above + 1
    begun = text.lstrip("\r\n")
    above += text[: len(text) - len(begun)].count("\n")
    text = begun
    said = f"separator {_NAMES.get(separator, separator)!r}" if separator else ""
    if separator and len(separator.encode()) > 1:
        if _STAND_IN in text:
            raise BundlesmithError(f'"{path}" holds the control character 0x1F.', "Take it out.")
        text, separator = text.replace(separator, _STAND_IN), _STAND_IN
    if "\r" in text:
        text = text.replace("\r\n", "\n") if "\n" in text else text.replace("\r", "\n")
    separator = separator or sniff(text)
    if header:
        text = separator.join(header) + "\n" + text
    names = _names(path, text, separator, quote)
    said = said or f"separator {_NAMES.get(separator, separator)!r}"
    data = text.encode()
    if quote is None or b'"' not in data:
        return _read(path, data, separator, None, names, above), said
    if _well_quoted(data, separator):
        _check_lines_in_quotes(path, data, separator, len(names), above)
        return _read(path, data, separator, quote, names, above), said
    if b'\\"' in data and _well_quoted(doubled := data.replace(b'\\"', b'""'), separator):
        return _read(path, doubled, separator, quote, names, above), f"{said}; quotes are escaped by a backslash"
    return _by_line(path, text, separator, names, above), f"{said}; a quote that holds no field is part of the text"


def sniff(text: str) -> str:
    """The separator that parts most of the first lines into as many fields as the header."""
    lines = [line for line in text[:200_000].split("\n")[:50] if line.strip()]
    best, found = (0.0, 0), ","
    for separator in SEPARATORS:
        sizes = [len(_fields(line, separator)) for line in lines]
        if not sizes or sizes[0] < 2:
            continue
        alike = round(sum(size == sizes[0] for size in sizes) / len(sizes), 1)
        if (alike, sizes[0]) > best:
            best, found = (alike, sizes[0]), separator
    return found


def _names(path: Path, text: str, separator: str, quote: str | None) -> list[str]:
    head = _header(text) if quote else text.split("\n", 1)[0]
    names = [name.strip() for name in (_fields(head, separator) if quote else head.split(separator))]
    names = [_unquoted(name).strip() if quote else name for name in names]
    twice = [name for name in names if name and names.count(name) > 1]
    if twice:
        raise BundlesmithError(f'"{path}" has two columns "{twice[0]}".', "Rename one of them.")
    return [name or f"column {place}" for place, name in enumerate(names, 1)]


def _header(text: str) -> str:
    """The first line, with those after it that belong to its quotes."""
    end = text.find("\n")
    while end >= 0 and text.count('"', 0, end) % 2 and (further := text.find("\n", end + 1)) >= 0 and further < 10_000:
        end = further
    head = text if end < 0 else text[:end]
    return head if head.count('"') % 2 == 0 else text.split("\n", 1)[0]


def _read(path: Path, data: bytes, separator: str, quote: str | None, names: list[str], above: int) -> pl.DataFrame:
    blank = _check_fields(path, data, separator, quote, names, above)
    try:
        table = pl.read_csv(data, separator=separator, quote_char=quote, infer_schema=False)
    except pl.exceptions.PolarsError as error:
        raise BundlesmithError(f'"{path}" could not be read: {str(error).splitlines()[0]}', "Mend the file.") from error
    table.columns = names
    if quote:
        table = table.with_columns(pl.all().replace("", None))
    return table.filter(pl.any_horizontal(pl.all().str.strip_chars() != "")) if blank else table


def _check_fields(path: Path, data: bytes, separator: str, quote: str | None, names: list[str], above: int) -> bool:
    """Raise an error about the first line that has not as many fields as there are names; say if some are blank."""
    blank = False
    for line, size, text in _field_counts(data, ord(separator), quote is not None):
        if text.strip(b" \t\r" if separator != "\t" else b" \r"):
            raise _other_size(path, line + above, size, names)
        blank = True
    return blank


def _field_counts(data: bytes, separator: int, quoted: bool) -> Iterator[tuple[int, int, bytes]]:
    """Line number, number of fields and text of each row that has not as many fields as the first one."""
    first, carried, inside, line = -1, 0, 0, 1
    array = np.frombuffer(data if data.endswith(b"\n") else data + b"\n", np.uint8)
    begun = 0  # where the row begins that goes on into the chunk
    for start in range(0, array.size, _CHUNK):
        chunk = array[start : start + _CHUNK]
        ends, parts = chunk == 10, chunk == separator
        breaks = np.flatnonzero(ends)
        if quoted:
            within = (np.cumsum(chunk == 34, dtype=np.int64) + inside) % 2
            inside = int(within[-1])
            ends, parts = ends & (within == 0), parts & (within == 0)
        rows = np.flatnonzero(ends)
        counts = np.diff(np.searchsorted(np.flatnonzero(parts), rows), prepend=0)
        if rows.size:
            counts[0] += carried
            if first < 0:
                first = int(counts[0])
            for odd in np.flatnonzero(counts != first):
                begin = begun if odd == 0 else start + int(rows[odd - 1]) + 1
                before = 0 if odd == 0 else int(np.searchsorted(breaks, rows[odd - 1])) + 1
                number = line + before if odd else _line_of(array, begun)
                yield number, int(counts[odd]) + 1, array[begin : start + int(rows[odd])].tobytes()
            begun = start + int(rows[-1]) + 1
            carried = int(parts[rows[-1] + 1 :].sum())
        else:
            carried += int(parts.sum())
        line += breaks.size


def _line_of(array: "np.ndarray[tuple[int], np.dtype[np.uint8]]", place: int) -> int:
    return int((array[:place] == 10).sum()) + 1


def _other_size(path: Path, line: int, size: int, names: list[str]) -> BundlesmithError:
    what = f'"{path}" line {line} has {size} field{"s" * (size != 1)}, the header has {len(names)}.'
    return BundlesmithError(what, _MEND)


def _well_quoted(data: bytes, separator: str) -> bool:
    """Whether every quote opens a field, closes one, or is one of two that stand for one within a quoted field."""
    array = np.frombuffer(data, np.uint8)
    quotes = np.flatnonzero(array == ord('"'))
    if quotes.size % 2:
        return False
    opening, closing = quotes[0::2], quotes[1::2]
    bounds = np.array([ord(separator), ord("\n")], np.uint8)
    double = opening[1:] == closing[:-1] + 1
    before = np.isin(array[opening - 1], bounds) | (opening == 0)
    after = np.isin(array[np.minimum(closing + 1, array.size - 1)], bounds) | (closing == array.size - 1)
    before[1:] |= double
    after[:-1] |= double
    return bool(before.all() and after.all())


def _check_lines_in_quotes(path: Path, data: bytes, separator: str, size: int, above: int) -> None:
    """Refuse a quoted field of several lines if each line is a whole row, too: two inch marks would look like that."""
    array = np.frombuffer(data, np.uint8)
    quotes = np.flatnonzero(array == ord('"'))
    ends = np.flatnonzero(array == ord("\n"))
    within = np.searchsorted(ends, quotes[1::2]) - np.searchsorted(ends, quotes[0::2])
    for place in np.flatnonzero(within)[:_MOST_FIELDS]:
        opening, closing = int(quotes[2 * place]), int(quotes[2 * place + 1])
        begin = data.rfind(b"\n", 0, opening) + 1
        end = data.find(b"\n", closing)
        lines = data[begin : end if end >= 0 else len(data)].split(b"\n")
        if begin and all(line.count(separator.encode()) == size - 1 for line in lines):
            first = int(np.searchsorted(ends, opening)) + 1 + above
            raise _two_readings(path, first, first + int(within[place]))


_MOST_FIELDS = 20_000


def _two_readings(path: Path, first: int, last: int) -> BundlesmithError:
    what = f'"{path}" line {first} has a quote that may hold the lines to {last}, or be text.'
    return BundlesmithError(what, 'Write a quote within a text twice ("") and such a text in quotes.')


def _by_line(path: Path, text: str, separator: str, names: list[str], above: int) -> pl.DataFrame:
    lines = text.split("\n")
    rows: list[list[str | None]] = []
    number = _header(text).count("\n") + 1
    while number < len(lines):
        if not lines[number].strip():
            number += 1
            continue
        fields, used = _row(path, lines, number, separator, names, above)
        rows.append([_unquoted(field) or None for field in fields])
        number += used
    return pl.DataFrame(rows, schema=dict.fromkeys(names, pl.String), orient="row")


def _row(
    path: Path, lines: list[str], number: int, separator: str, names: list[str], above: int
) -> tuple[list[str], int]:
    """The fields of the row that begins at a line, and how many lines it has."""
    fields = _fields(lines[number], separator)
    if len(fields) == len(names) and not _opens(fields[-1]):
        return fields, 1
    plain = lines[number].split(separator)
    joined = _joined(lines, number, separator, len(names)) if any(map(_opens, fields)) else None
    if len(plain) == len(names):
        if joined is None:
            return plain, 1
        raise _two_readings(path, number + 1 + above, number + joined[1] + above)
    if joined is None:
        raise _other_size(path, number + 1 + above, len(fields), names)
    return joined


def _joined(lines: list[str], number: int, separator: str, size: int) -> tuple[list[str], int] | None:
    text = lines[number]
    for used in range(2, min(_MOST_LINES, len(lines) - number) + 1):
        text += "\n" + lines[number + used - 1]
        fields = _fields(text, separator)
        if len(fields) == size and not _opens(fields[-1]):
            return fields, used
    return None


def _fields(text: str, separator: str) -> list[str]:
    """Part a row at separators; a quoted field holds them as long as its end is followed by one."""
    mark = re.escape(separator)
    found = re.finditer(rf'(?:^|{mark})( *"(?:[^"]|"")*" *(?={mark}|\Z)|[^{mark}]*)', text)
    return [match[1] for match in found]


def _opens(field: str) -> bool:
    """Whether a field begins with a quote that has no end in it."""
    return re.match(r' *"(?:[^"]|"")*\Z', field) is not None


def _unquoted(field: str) -> str:
    bare = field.strip(" ")
    if len(bare) >= 2 and re.fullmatch(r'"(?:[^"]|"")*"', bare):
        return bare[1:-1].replace('""', '"')
    return field
