"""What is said while an application has the database open: by whom, and a way out that the command has."""

from __future__ import annotations

import os
import sys

import kuzu
import pytest

from tests.e2e.conftest import Application

HINTS = {
    ("status",): "close it there, then run this again",
    ("diff",): "close it there, then run this again",
    ("history",): "close it there, then run this again",
    ("verify", "--live"): "close it there, then run this again",
    ("snapshot",): (
        "close it there, then run this again, "
        "or take the snapshot through its connection: snapshot(connection=connection)"
    ),
    ("migrate",): "close it there, then run this again, or wait for it: --lock-timeout SECONDS",
    ("migrate", "--lock-timeout", "0.1"): "close it there, then run this again",
    ("backup",): "close it there, then run this again, or wait for it: --lock-timeout SECONDS",
    ("checkout", "v1"): "close it there, then run this again, or wait for it: --lock-timeout SECONDS",
}


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells who has a file open")
def test_the_holder_is_named_and_the_hint_is_for_the_command(application: Application) -> None:
    application.run("CREATE NODE TABLE A(id INT64 PRIMARY KEY)")
    application.cli("snapshot")
    database = kuzu.Database(str(application.database), buffer_pool_size=64 << 20)
    connection = kuzu.Connection(database)
    connection.execute("CREATE (:A {id: 1})").close()
    try:
        for arguments, hint in HINTS.items():
            error = application.json(*arguments, code=1)["error"]
            assert error["kind"] == "database_locked", arguments
            assert error["message"] == f"{application.database} is open in another process"
            assert error["cause"].startswith(f"process {os.getpid()} (python"), arguments
            assert error["hint"] == hint, arguments
        [left_out] = application.json("check", "--exit-code")["left_out"]
        assert left_out.startswith(
            f"drift was not checked: {application.database} is open in another process"
        )
        assert f"process {os.getpid()} (python" in left_out
    finally:
        connection.close()
        database.close()
