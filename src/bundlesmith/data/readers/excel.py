"""Excel workbooks (.xlsx, .xls, .xlsb) -> a table.

    table, said = read_excel(path, data, sheet=None, skip=None)

Where several sheets have rows, those of one layout (a year each, say) are put one below the other; of others one must
be named. Titles above the names are told by filling one cell alone.
"""

import logging
from pathlib import Path

import fastexcel
import polars as pl

from bundlesmith.data.readers.cells import as_text
from bundlesmith.data.readers.heads import header_place, numbered_names
from bundlesmith.errors import BundlesmithError

_MOST_ABOVE = 20  # rows
logging.getLogger("fastexcel").setLevel(logging.ERROR)  # it tells of each column that is blank


def read_excel(path: Path, data: bytes, sheet: str | list[str] | None, skip: int | None) -> tuple[pl.DataFrame, str]:
    """Read a sheet, or all that have one layout.

    Raises:
        BundlesmithError: if the workbook can't be read, has no such sheet, or several that differ and none is named.
    """
    try:
        book = fastexcel.read_excel(data)
        names = [sheet] if isinstance(sheet, str) else sheet or book.sheet_names
        read = {name: _sheet(book, name, skip) for name in names}
    except Exception as error:  # fastexcel's errors have no common base
        what = f'"{path}" could not be read: {str(error).splitlines()[0]}'
        raise BundlesmithError(what, "Name its sheet: `sheet: NAME`, or save it as CSV.") from error
    tables = {name: table for name, table in read.items() if table.height}
    if not tables:
        raise BundlesmithError(f'"{path}" has no rows.', "Check how it was written.")
    heads = {tuple(table.columns) for table in tables.values()}
    if len(heads) > 1:
        what = f'"{path}" has the sheets {", ".join(tables)}, of several layouts.'
        raise BundlesmithError(what, "Name the one that counts: `sheet: NAME`.")
    together = pl.concat(tables.values(), how="vertical") if _alike(tables) else _as_texts(tables)
    return together, f"Excel; the sheets {', '.join(tables)}" if len(tables) > 1 else "Excel"


def sheet_names(path: Path) -> list[str]:
    """The names of a workbook's sheets; none if it can't be read."""
    try:
        return list(fastexcel.read_excel(path).sheet_names)
    except Exception:  # fastexcel's errors have no common base
        return []


def _sheet(book: fastexcel.ExcelReader, name: str, skip: int | None) -> pl.DataFrame:
    head = _rows_above(book, name) if skip is None else skip
    table = book.load_sheet(name, header_row=head, schema_sample_rows=None).to_polars()
    table.columns = numbered_names([column.strip() for column in table.columns])
    return table.filter(~pl.all_horizontal(pl.all().is_null())) if table.width else table


def _rows_above(book: fastexcel.ExcelReader, name: str) -> int:
    """The place of the row of names."""
    top = book.load_sheet(name, header_row=None, skip_rows=0, n_rows=_MOST_ABOVE, dtypes="string").to_polars()
    if top.is_empty():
        return 0
    return header_place([[cell for cell in row if cell and cell.strip()] for row in top.iter_rows()])


def _alike(tables: dict[str, pl.DataFrame]) -> bool:
    return len({tuple(table.dtypes) for table in tables.values()}) == 1


def _as_texts(tables: dict[str, pl.DataFrame]) -> pl.DataFrame:
    return pl.concat(table.select(as_text(column) for column in table) for table in tables.values())
