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

from bundlesmith.data.readers.heads import (
    column_names,
    head_of,
    is_row,
    is_single_quoted,
    lines_above,
    named_separator,
    parted,
    sniff,
    unframed,
    unquoted,
    without_comments,
    without_footer,
)
from bundlesmith.errors import BundlesmithError

_STAND_IN = "\x1f"  # for a separator of several characters
_MOST_LINES = 200  # that one quoted field may hold
_CHUNK = 1 << 24  # bytes
_MEND = "Mend that line: a field that holds the separator or a line end needs quotes around it."
_SHORT_HEAD = "If that isn't the line of names, say how many lines stand above it: `skip: 3`."
_NEAR_TOP = 20  # lines
_NO_NAMES = "Name the columns: `header: [user_id, item_id, …]`; or, if these are names, say `skip: 0`."
_NAMES = {"\t": "tab", "\x01": "0x01"}


def read_delimited(
    path: Path,
    text: str,
    separator: str | None = None,
    quote: str | None = '"',
    header: list[str] | None = None,
    skip: int | None = None,
    before: int = 0,
) -> tuple[pl.DataFrame, str]:
    """Read *text*.

    Args:
        path: for errors.
        text: of the file.
        separator: between fields, if it is known.
        quote: None if quotes are a part of the text.
        header: the names of the columns of a file that has no line for that; the last one may end in "*": it then
            holds all further fields of a line, however many they are.
        skip: lines above the header, if it is known.
        before: lines of the file before *text*, if that is a part of it.

    Returns:
        the table, and how it was read, in words.

    Raises:
        BundlesmithError: if a line has another number of fields than the first.
    """
    text = unframed(text)
    told, text = named_separator(text)
    above = before + (-1 if header else 0) + bool(told)  # lines of the file that are not in the text
    separator = separator or told
    begun = text.lstrip("\r\n")
    above += text[: len(text) - len(begun)].count("\n")
    text = _line_feeds(begun)
    separator = separator or sniff(text)
    if quote and is_single_quoted(text, separator):
        table, how = read_delimited(path, text.translate(_OTHER_QUOTES), separator, quote, header, skip, above)
        table.columns = [name.translate(_OTHER_QUOTES) for name in table.columns]
        return table.with_columns(pl.all().str.replace_many(["'", '"'], ['"', "'"])), f"{how}; single quotes"
    said = f"separator {_NAMES.get(separator, separator)!r}"
    text, separator = _one_character(path, text, separator)
    if header and header[-1].endswith("*"):
        return _with_rest(path, text, separator, header), said
    skipped = 0
    text, comments = without_comments(text, separator)
    said += f"; {comments} comment{'s' * (comments > 1)} between rows left out" if comments else ""
    if header:
        text = separator.join(header) + "\n" + text
    elif skipped := lines_above(text, separator) if skip is None else skip:
        text = "\n".join(text.split("\n", skipped)[skipped:])
        said += f"; {skipped} line{'s' * (skipped > 1)} above the header left out"
    wider = separator if _rows_end_with(text, separator) else ""
    head = head_of(text) if quote else text.split("\n", 1)[0]
    if header is None and skip is None and not before and is_row(text, head, separator):
        what = f'"{path}" seems to have no line of names: line {skipped + 1} is "{head[:80].replace(_STAND_IN, "::")}".'
        raise BundlesmithError(what, _NO_NAMES)
    names = column_names(head + wider, separator, quote is not None)
    text, foot = without_footer(text, separator, len(names))
    table, how = _read_quoted(path, head + wider + text[len(head) :], separator, quote, names, above + skipped)
    if wider and table[:, -1].count():
        what = f'"{path}" has values beyond the {len(names) - 1} columns of its header.'
        raise BundlesmithError(what, "Write a name for each column.")
    return table, "; ".join(filter(None, (said, foot, how)))


def _line_feeds(text: str) -> str:
    if "\r" not in text:
        return text
    return text.replace("\r\n", "\n") if "\n" in text else text.replace("\r", "\n")


_OTHER_QUOTES = str.maketrans("'\"", "\"'")


def _one_character(path: Path, text: str, separator: str) -> tuple[str, str]:
    """The text with a separator of one byte, which Polars needs."""
    if len(separator.encode()) == 1:
        return text, separator
    if _STAND_IN in text:
        raise BundlesmithError(f'"{path}" holds the control character 0x1F.', "Take it out.")
    return text.replace(separator, _STAND_IN), _STAND_IN


def _with_rest(path: Path, text: str, separator: str, header: list[str]) -> pl.DataFrame:
    names = [*header[:-1], header[-1].removesuffix("*")]
    lines = pl.Series([line for line in text.split("\n") if line.strip()], dtype=pl.String)
    parts = lines.str.splitn(separator, len(names)).struct.unnest()
    if parts[:, -2].null_count():
        raise BundlesmithError(f'"{path}" has a line without "{separator}".', "Mend that line.")
    parts.columns = names
    return parts.with_columns(pl.all().str.strip_chars())


def _rows_end_with(text: str, separator: str) -> bool:
    """Whether the rows, but not the header, have one separator more, at their end."""
    head = head_of(text)
    rows = [row for row in text[len(head) + 1 : 100_000].split("\n")[:50] if row.strip()][:-1]
    size = len(parted(head, separator)) + 1
    return bool(rows) and all(row.endswith(separator) and len(parted(row, separator)) == size for row in rows)


def _read_quoted(
    path: Path, text: str, separator: str, quote: str | None, names: list[str], above: int
) -> tuple[pl.DataFrame, str]:
    data = text.encode()
    if quote is None or b'"' not in data:
        return _read(path, data, separator, None, names, above), ""
    if _well_quoted(data, separator):
        _check_lines_in_quotes(path, data, separator, len(names), above)
        return _read(path, data, separator, quote, names, above), ""
    if b'\\"' in data and _well_quoted(doubled := data.replace(b'\\"', b'""'), separator):
        return _read(path, doubled, separator, quote, names, above), "quotes are escaped by a backslash"
    return _by_line(path, text, separator, names, above), "a quote that holds no field is part of the text"


def _read(path: Path, data: bytes, separator: str, quote: str | None, names: list[str], above: int) -> pl.DataFrame:
    even = quote is None and _even(data, separator, len(names))
    blank = not even and _check_fields(path, data, separator, quote, names, above)
    try:
        table = pl.read_csv(data, separator=separator, quote_char=quote, infer_schema=False)
    except pl.exceptions.PolarsError as error:
        _check_fields(path, data, separator, quote, names, above)
        raise BundlesmithError(f'"{path}" could not be read: {str(error).splitlines()[0]}', "Mend the file.") from error
    table.columns = names
    if quote:
        table = table.with_columns(pl.all().replace("", None))
    return table.filter(pl.any_horizontal(pl.all().str.strip_chars() != "")) if blank else table


def _even(data: bytes, separator: str, size: int) -> bool:
    """Whether rows have *size* fields in the mean: then all have, for Polars refuses those that have more."""
    lines = data.count(b"\n") + (not data.endswith(b"\n"))
    return size > 1 and data.count(separator.encode()) == lines * (size - 1)


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
    return BundlesmithError(what, _SHORT_HEAD if len(names) < size and line < _NEAR_TOP else _MEND)


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
    number = head_of(text).count("\n") + 1
    while number < len(lines):
        if not lines[number].strip():
            number += 1
            continue
        fields, used = _row(path, lines, number, separator, names, above)
        rows.append([unquoted(field) or None for field in fields])
        number += used
    return pl.DataFrame(rows, schema=dict.fromkeys(names, pl.String), orient="row")


def _row(
    path: Path, lines: list[str], number: int, separator: str, names: list[str], above: int
) -> tuple[list[str], int]:
    """The fields of the row that begins at a line, and how many lines it has."""
    fields = parted(lines[number], separator)
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
        fields = parted(text, separator)
        if len(fields) == size and not _opens(fields[-1]):
            return fields, used
    return None


def _opens(field: str) -> bool:
    """Whether a field begins with a quote that has no end in it."""
    return re.match(r' *"(?:[^"]|"")*\Z', field) is not None
