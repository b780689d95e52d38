"""The router.log of a data folder together with its archive."""

from pathlib import Path

from services.shared.archive import Archive
from services.shared.archived_event_log import ArchivedEventLog
from services.shared.file_object_store import FileObjectStore
from services.shared.object_names import KEPT, ROUTER_LOG
from services.shared.sqlite_event_log import SqliteEventLog


def objects_of(folder: Path) -> FileObjectStore:
    """Where a data folder keeps snapshots and archived records."""
    return FileObjectStore(folder / KEPT)


def with_archive(router_log: SqliteEventLog, folder: Path) -> ArchivedEventLog:
    """The log as its readers see it: with what was deleted from it."""
    return ArchivedEventLog(router_log, Archive(objects_of(folder), ROUTER_LOG))
