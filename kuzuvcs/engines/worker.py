"""The child process that holds the engine.

It speaks JSON lines: one request on stdin, one answer on stdout, in turn.  Bulk data never goes
through the pipes but through Arrow IPC files in a scratch folder.  The file is run by path, so that it
also runs in an environment where kuzuvcs is not installed: beside the standard library, pyarrow and the
engine it needs :mod:`kuzuvcs.engines.guard`, which it finds beside itself.

The process ends at once when its parent does: a reader thread waits on stdin, and its end ends
the process even in the middle of a statement, so that no orphan holds a database's lock.
"""

from __future__ import annotations

import contextlib
import ctypes
import fcntl
import importlib
import importlib.util  # kuzu's arrow scan uses importlib.util without importing it
import json
import os
import pathlib
import queue
import struct
import sys
import threading
import types
from typing import Any

_ROWS_PER_BATCH = 65_536
_FLOCK = "@hhqqi4x"
"""``struct flock`` on Linux: type, whence, start, length, process."""


class Session:
    """One open database and its one connection."""

    def __init__(self) -> None:
        self.database: Any = None
        self.connection: Any = None

    @staticmethod
    def check(request: dict[str, Any]) -> None:
        """Refuse what is not one statement, or reaches further than the request allows."""
        from kuzuvcs.engines.guard import Reach, check_statement

        reach = request["reach"]
        allowed = Reach(
            files=frozenset(reach["files"]), extensions=reach["extensions"], outside=reach["outside"]
        )
        check_statement(request["statement"], allowed)

    def head(self, request: dict[str, Any]) -> dict[str, Any]:
        """Some bytes of a file that this process has not open, and whether another process writes to it."""
        with open(request["path"], "rb") as stream:  # noqa: PTH123  (as self-contained as it gets)
            stream.seek(request["offset"])
            return {"head": stream.read(request["size"]).hex(), "written": _is_locked_to_write(stream)}

    def open(self, request: dict[str, Any]) -> dict[str, Any]:
        """Open the database; ``threads`` bounds the engine's own, ``buffer_pool`` its memory in bytes."""
        engine = importlib.import_module(request["engine"])
        self.database = engine.Database(
            request["path"],
            buffer_pool_size=request["buffer_pool"],
            read_only=request["read_only"],
            compression=request["compression"],
        )
        self.connection = engine.Connection(self.database, num_threads=request["threads"])
        return {"release": engine.__version__}

    def execute(self, request: dict[str, Any]) -> dict[str, Any]:
        """Run one statement and return its rows as JSON; for small results."""
        self.check(request)
        result = self.connection.execute(request["statement"])
        try:
            return {"rows": plain_rows(result)}
        finally:
            result.close()

    def fetch(self, request: dict[str, Any]) -> dict[str, Any]:
        """Run one query and write its result to an Arrow IPC file."""
        self.check(request)
        result = self.connection.execute(request["statement"])
        try:
            return {"rows": write_arrow(result, request["path"])}
        finally:
            result.close()

    def load(self, request: dict[str, Any]) -> dict[str, Any]:
        """Run a COPY whose ``$data``, or ``data`` by name, is the table in an Arrow IPC file."""
        self.check(request)
        import pyarrow as pa

        with pa.memory_map(request["path"]) as source:
            # The engine keeps pointers into these buffers until the COPY ends (ENGINE.md), so the
            # table has to outlive it; it does, as a local of this frame.
            data = pa.ipc.open_file(source).read_all()
            if request["by_name"]:
                # Looked up among the variables of this frame.
                self.connection.execute(request["statement"]).close()
            else:
                self.connection.execute(request["statement"], {"data": data}).close()
            rows = data.num_rows
            del data
        return {"rows": rows}

    def close(self, _: dict[str, Any]) -> dict[str, Any]:
        """Close connection and database, in this order."""
        if self.connection is not None:
            self.connection.close()
        if self.database is not None:
            self.database.close()
        self.connection = self.database = None
        _give_back_memory()
        return {}


def _is_locked_to_write(stream: Any) -> bool:
    """Whether another process holds the lock for writing, which both engines take; no lock is taken here."""
    if sys.platform != "linux":  # the layout of struct flock is the system's own
        return False
    shared = struct.pack(_FLOCK, fcntl.F_RDLCK, os.SEEK_SET, 0, 0, 0)
    answer = struct.unpack(_FLOCK, fcntl.fcntl(stream, fcntl.F_GETLK, shared))
    return bool(answer[0] != fcntl.F_UNLCK)


def _give_back_memory() -> None:
    """Give the system what was freed: the process may wait for another database, and glibc keeps it."""
    if "pyarrow" in sys.modules:
        sys.modules["pyarrow"].default_memory_pool().release_unused()
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None).malloc_trim(0)


def plain_rows(result: Any) -> list[list[Any]]:
    """All rows of a result, as values that JSON knows."""
    rows = []
    while result.has_next():
        rows.append([_plain(value) for value in result.get_next()])
    return rows


def write_arrow(result: Any, path: str) -> int:
    """Write a result as an Arrow IPC file, maps as lists of their entries; return the number of rows."""
    import pyarrow as pa

    table = result.get_as_arrow(_ROWS_PER_BATCH)
    columns = [
        pa.chunked_array([_sound(chunk) for chunk in column.chunks], _without_maps(column.type))
        for column in table.columns
    ]
    table = pa.table(columns, names=table.column_names)
    with pa.OSFile(path, "wb") as sink, pa.ipc.new_file(sink, table.schema) as writer:
        writer.write_table(table)
    return int(table.num_rows)


def _sound(array: Any) -> Any:
    """The array in a form that Arrow's reader takes: the engine leaves an empty array's first offset unset.

    Maps become lists of entries, because the engine's have nullable keys, which the reader refuses; ladybug's
    UUIDs, of an extension type, their 16 bytes.
    """
    import pyarrow as pa

    if isinstance(array.type, pa.BaseExtensionType):
        array = array.storage
    kind = _without_maps(array.type)
    if not len(array):
        return pa.array([], kind)
    if pa.types.is_list(kind):
        own, children = array.buffers()[:2], [array.values]
    elif pa.types.is_struct(kind):
        own, children = array.buffers()[:1], [array.field(index) for index in range(kind.num_fields)]
    else:
        return array
    return pa.Array.from_buffers(
        kind, len(array), own, offset=array.offset, children=[_sound(child) for child in children]
    )


def _without_maps(kind: Any) -> Any:
    import pyarrow as pa

    if isinstance(kind, pa.BaseExtensionType):
        return kind.storage_type
    if pa.types.is_map(kind):
        entry = [("key", _without_maps(kind.key_type)), ("value", _without_maps(kind.item_type))]
        return pa.list_(pa.struct(entry))
    if pa.types.is_fixed_size_list(kind):
        return pa.list_(_without_maps(kind.value_type), kind.list_size)
    if pa.types.is_list(kind):
        return pa.list_(_without_maps(kind.value_type))
    if pa.types.is_struct(kind):
        return pa.struct([(field.name, _without_maps(field.type)) for field in kind])
    return kind


def _plain(value: Any) -> Any:
    if value is None or isinstance(value, (bool, int, float, str)):
        return value
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    if isinstance(value, dict):
        return {str(key): _plain(item) for key, item in value.items()}
    return str(value)


def _find_package() -> None:
    """Let ``kuzuvcs`` be imported from around this file, without anything that is installed beside it."""
    package = types.ModuleType("kuzuvcs")
    package.__path__ = [str(pathlib.Path(__file__).resolve().parents[1])]  # what makes it a package
    sys.modules["kuzuvcs"] = package


def _read_requests(requests: queue.SimpleQueue[str]) -> None:
    for line in sys.stdin:
        requests.put(line)
    os._exit(0)


def main() -> None:
    """Answer requests until stdin ends."""
    # Whatever the engine prints must not end up between the answers.
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    requests: queue.SimpleQueue[str] = queue.SimpleQueue()
    threading.Thread(target=_read_requests, args=(requests,), daemon=True).start()
    _find_package()
    from kuzuvcs.engines.guard import Refused

    session = Session()
    operations = {
        "head": session.head,
        "open": session.open,
        "execute": session.execute,
        "fetch": session.fetch,
        "load": session.load,
        "close": session.close,
    }
    while True:
        request = json.loads(requests.get())
        try:
            answer = operations[request["operation"]](request)
        except Exception as error:  # noqa: BLE001  every engine error is a RuntimeError; the parent sorts them
            answer = {"error": str(error) or type(error).__name__, "not_run": isinstance(error, Refused)}
        answers.write(json.dumps(answer) + "\n")
        answers.flush()


if __name__ == "__main__":
    main()
