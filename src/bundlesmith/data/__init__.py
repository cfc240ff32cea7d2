"""Any source of items, histories and bundles -> one folder of clean tables with a report.

`prepare.prepare(source, out)` writes the folder, `tables.load(folder)` reads it.
"""
