"""The runs that a service offers, by the names they are asked for."""

from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import delete, insert, select

from bundlesmith.errors import BundlesmithError, nearest
from bundlesmith.store.checks import check_id, check_text
from bundlesmith.store.database import Database
from bundlesmith.store.tables import models as table


@dataclass(frozen=True, slots=True)
class RegisteredRun:
    """A registered run; its folder is absolute."""

    name: str
    folder: Path


class ModelTable:
    """All registered runs. All methods may be called from any thread."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def put(self, name: str, folder: Path) -> None:
        """Register a run, or give a name another one.

        Raises:
            BundlesmithError: if the name or the folder's path can't be stored.
            StoreError: if the database can't be used.
        """
        check_id("name", name)
        path = str(folder.absolute())
        check_text("folder", path)
        with self._database.writing("models") as connection:
            connection.execute(delete(table).where(table.c.name == name))
            connection.execute(insert(table), {"name": name, "folder": path})

    def all(self) -> list[RegisteredRun]:
        """All registered runs, by name.

        Raises:
            StoreError: if the database can't be used.
        """
        with self._database.reading() as connection:
            found = [RegisteredRun(row.name, Path(row.folder)) for row in connection.execute(select(table))]
        return sorted(found, key=lambda model: model.name)

    def remove(self, name: str) -> None:
        """Take a run off; its folder and the log of its changes stay.

        Raises:
            BundlesmithError: if there is none of that name.
            StoreError: if the database can't be used.
        """
        check_id("name", name)
        with self._database.writing("models") as connection:
            gone = connection.execute(delete(table).where(table.c.name == name)).rowcount
        if not gone:
            names = [model.name for model in self.all()]
            raise BundlesmithError(f'There is no model "{name}".', nearest(name, names) if names else "There are none.")
