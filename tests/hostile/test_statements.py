"""No text of a store becomes part of a statement: whatever it says, nothing of it runs."""

from __future__ import annotations

import contextlib
import json
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from kuzuvcs.core.quoting import string_literal
from kuzuvcs.core.types import parse_type
from kuzuvcs.errors import KuzuvcsError, SchemaError, VerificationFailed
from kuzuvcs.render.expression import checked_expression
from kuzuvcs.repository import Repository
from tests.hostile.forging import Edit, commit, forge_version, git
from tests.tasks.building import fingerprint, run


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project with one version that has one of everything, to be copied."""
    repository = Repository.init(tmp_path_factory.mktemp("statements") / "project", "app.kuzu")
    run(
        repository.project.database,
        "CREATE SEQUENCE numbers",
        "CREATE MACRO plus_one(x, y := 1) AS x + y",
        "CREATE NODE TABLE Empty(id INT64 PRIMARY KEY, s STRUCT(a INT64), u UNION(a INT64, b STRING))",
        "CREATE NODE TABLE User(id SERIAL PRIMARY KEY, n INT64 DEFAULT nextval('numbers'), body STRING)",
        "CREATE REL TABLE Knows(FROM User TO User, since INT64 DEFAULT 5)",
        "CREATE (:User {n: 1, body: 'a'})-[:Knows]->(:User {n: 2, body: 'b'})",
        "COMMENT ON TABLE User IS 'people'",
        "CALL CREATE_FTS_INDEX('User', 'found', ['body'], stemmer := 'porter')",
        "CREATE NODE TABLE Place(id INT64 PRIMARY KEY, v FLOAT[2])",
        "CALL CREATE_VECTOR_INDEX('Place', 'near', 'v')",
        "RETURN nextval('numbers')",
    )
    repository.snapshot()
    return repository.project.root


@pytest.fixture
def project(prepared: Path, tmp_path: Path) -> Repository:
    return Repository.open(shutil.copytree(prepared, tmp_path / "project"))


@pytest.fixture
def out(tmp_path: Path) -> Path:
    """Where what is smuggled would write."""
    (tmp_path / "out").mkdir()
    return tmp_path / "out"


def commands(project: Repository) -> Iterator[tuple[str, Callable[[], object]]]:
    root = project.project.root
    yield "show", lambda: project.show("v2")
    yield "verify", lambda: project.verify("v2")
    yield "diff", lambda: project.diff("v1", "v2")
    yield "diff live", lambda: project.diff("v2")
    yield "export", lambda: project.export("v2", root / "plain")
    yield "checkout beside", lambda: project.checkout("v2", to=root / "beside.kuzu")
    yield "checkout unverified", lambda: project.checkout("v2", to=root / "beside.kuzu", verify="counts")
    yield "generate", lambda: project.generate("v1", "v2")
    yield "generate back", lambda: project.generate("v2", "v1")
    yield "checkout", lambda: project.checkout("v2", discard=True)


def refused(project: Repository, out: Path) -> dict[str, KuzuvcsError]:
    """What each command says of v2; it is an error of kuzuvcs's, and nothing has happened."""
    before = fingerprint(project.project.database)
    said = {}
    for name, call in commands(project):
        with pytest.raises(KuzuvcsError) as error:
            call()
        said[name] = error.value
    assert fingerprint(project.project.database) == before
    nothing_ran(project, out)
    assert not (project.project.root / "beside.kuzu").exists()
    assert not (project.project.root / "plain").exists()
    assert list(project.project.migrations.glob("*.cypher")) == []
    return said


def nothing_ran(project: Repository, out: Path) -> None:
    assert list(out.iterdir()) == []
    databases = [project.project.database, project.project.root / "beside.kuzu"]
    for database in filter(Path.exists, databases):
        names = {name for [name] in run(database, "CALL show_tables() RETURN name")}
        assert not names & {"Z", "Evil"}


def close_and(statement: str) -> str:
    """A type that closes the CREATE around it, runs a statement, and opens another CREATE."""
    text = (
        f"STRUCT(map MAP(INT64,INT64)),PRIMARY KEY(id));{statement};"
        "CREATE NODE TABLE Z(id INT64 PRIMARY KEY,b STRUCT("
    )
    return text.replace(" ", "\t") + "c INT64)"


def of_type(text: str, column: str = "s") -> dict[str, Edit]:
    """The type of an empty table's column, as schema and manifest have to have it."""

    def schema(document: Any) -> None:
        document["node_tables"]["Empty"]["columns"][column]["type"] = text

    def manifest(document: Any) -> None:
        for one in document["files"]["data/Empty.parquet"]["columns"]:
            if one["property"] == column:
                one["type"] = text

    return {"schema": schema, "manifest": manifest}


slow = pytest.mark.slow
SEPARATORS: tuple[Any, ...] = (
    "\t",
    *(
        pytest.param(one, marks=slow)
        for one in ("\n", "\r", "\x0b", "\x0c", "\u00a0", "\u2028", "\ufeff", "\u180e")
    ),
    pytest.param("/**/", marks=slow),
)


def test_the_forging_itself_is_right(project: Repository) -> None:
    """Only what is smuggled below makes the difference."""

    def edit(schema: Any) -> None:
        schema["node_tables"]["User"]["comment"] = "persons"

    forge_version(project.project.store, schema=edit)
    assert project.verify("v2").ok
    # A type that can be read gets as far as the data, which were not forged.
    forge_version(project.project.store, **of_type("STRUCT(a INT64, `b-c` STRING)"))
    with pytest.raises(VerificationFailed) as error:
        project.checkout("v2", to=project.project.root / "beside.kuzu", verify="counts")
    assert "column 's' is not stored as the type that was recorded" in error.value.cause


@pytest.mark.parametrize("separator", SEPARATORS)
def test_a_type_that_closes_its_statement(project: Repository, out: Path, separator: str) -> None:
    text = close_and(f"COPY (RETURN 1) TO '{out}/out.csv'").replace("\t", separator)
    forge_version(project.project.store, **of_type(text))
    for error in refused(project, out).values():
        assert "cannot read the type" in error.cause


NO_TYPES = (
    "STRUCT(a)` INT64);COPY\t(RETURN\t1)\tTO\t'{out}/x.csv';//` INT64)",
    "STRUCT(`a` INT64)); COPY (RETURN 1) TO '{out}/x.csv'; //",
    "STRUCT(`a`); INT64)",
    "UNION(a\tINT64),PRIMARY\tKEY(id));COPY\t(RETURN\t1)\tTO\t'{out}/x.csv';// INT64)",
    "MAP(STRING, STRUCT(a\tINT64)) INT64)",
    "INT64, PRIMARY KEY(id)); COPY (RETURN 1) TO '{out}/x.csv'; //",
    "INT64 DEFAULT 1",
    "INT64\tDEFAULT\t1",
    "STRUCT(a')' INT64)",
    "STRUCT(( INT64)",
    "STRUCT() INT64)",
    "STRUCT(a INT64)(b INT64)",
    "\u0131NT64",
    "INT64[999999999999]",
    "INT64[1000001]",
    "INT64" + 90 * "[]",
    "INT64" + 50_000 * "[]",
    90 * "STRUCT(a " + "INT64" + 90 * ")",
    "STRUCT(" + ", ".join(f"f{number} INT64" for number in range(20_000)) + ")",
    "STRUCT(" + "x" * 200_000 + " INT64)",
)


@pytest.mark.parametrize("text", NO_TYPES, ids=lambda text: text[:40])
def test_a_text_that_is_no_type(text: str) -> None:
    with pytest.raises(SchemaError) as error:
        parse_type(text.replace("{out}", "/tmp"))
    assert len(str(error.value)) < 1_000


@slow
@pytest.mark.parametrize("text", NO_TYPES, ids=lambda text: text[:40])
def test_a_type_that_is_none(project: Repository, out: Path, text: str) -> None:
    forge_version(project.project.store, **of_type(text.replace("{out}", str(out))))
    for error in refused(project, out).values():
        assert "type" in error.cause
        assert error.exit_code == 1
        assert len(str(error)) < 2_000


def test_a_type_that_would_load_native_code(project: Repository, out: Path, tmp_path: Path) -> None:
    library = tmp_path / "evil.kuzu_extension"
    library.write_bytes(b"\x7fELF")
    forge_version(project.project.store, **of_type(close_and(f"LOAD EXTENSION '{library}'")))
    for error in refused(project, out).values():
        assert "cannot read the type" in error.cause


SMUGGLED = (
    "1); COPY (RETURN 1) TO '{out}/x.csv'; //",
    "1; COPY (RETURN 1) TO '{out}/x.csv'",
    "1) COPY (RETURN 1) TO '{out}/x.csv'",
    "1\tLOAD\tFROM\t'{out}/x.csv'\tRETURN\t1",
    "x UNION MATCH (n) RETURN n",
    "COUNT { MATCH (n) }",
    "1 + count { LOAD FROM '{out}/x.csv' RETURN 1 }",
    "'a' PRIMARY KEY",
    "1, z INT64",
    "$data",
    "\\'1'); COPY (RETURN 1) TO '{out}/x.csv'; //",
    "1 /* ",
    "1 \u2028; RETURN 2",
    "1\ufeff+ 1",
)


def default(text: str) -> Edit:
    def edit(schema: Any) -> None:
        schema["node_tables"]["User"]["columns"]["n"]["default"] = {"expression": text}

    return edit


def rel_default(text: str) -> Edit:
    def edit(schema: Any) -> None:
        schema["rel_tables"]["Knows"]["columns"]["since"]["default"] = {"expression": text}

    return edit


def macro_body(text: str) -> Edit:
    def edit(schema: Any) -> None:
        schema["macros"]["PLUS_ONE"]["body"] = text

    return edit


def macro_parameter(text: str) -> Edit:
    def edit(schema: Any) -> None:
        schema["macros"]["PLUS_ONE"]["parameters"][1]["default"] = text

    return edit


def index_option(text: str) -> Edit:
    def edit(schema: Any) -> None:
        schema["indexes"]["User"]["found"]["options"]["stemmer"] = text

    return edit


def index_option_name(text: str) -> Edit:
    def edit(schema: Any) -> None:
        schema["indexes"]["User"]["found"]["options"][text.replace("`", "")] = "1"

    return edit


PLACES = (default, rel_default, macro_body, macro_parameter, index_option, index_option_name)


@pytest.mark.parametrize("text", SMUGGLED)
def test_a_text_that_is_no_expression(text: str) -> None:
    with pytest.raises(SchemaError):
        checked_expression(text.replace("{out}", "/tmp"))


def test_an_expression_that_is_more_than_one(project: Repository, out: Path) -> None:
    """A text at each place where a schema has them."""
    for place, text in zip(PLACES, SMUGGLED, strict=False):
        forge_version(project.project.store, schema=place(text.replace("{out}", str(out))))
        for name, call in commands(project):
            if name in ("verify", "export", "checkout unverified", "generate"):
                with pytest.raises(KuzuvcsError, match=r"v2: "):
                    call()
    nothing_ran(project, out)


@slow
@pytest.mark.parametrize("place", PLACES)
def test_every_expression_that_is_more_than_one(
    project: Repository, out: Path, place: Callable[[str], Edit]
) -> None:
    for text in SMUGGLED:
        forge_version(project.project.store, schema=place(text.replace("{out}", str(out))))
        for error in refused(project, out).values():
            assert error.message.startswith("v2: ")


def index(kind: str, **changes: Any) -> Edit:
    """The index of that kind under another name, or with other options."""

    def edit(schema: Any) -> None:
        table, old = ("User", "found") if kind == "FTS" else ("Place", "near")
        one = schema["indexes"][table].pop(old)
        schema["indexes"][table][changes.get("name", old)] = one
        one["options"].update(changes.get("options", {}))

    return edit


def test_what_the_engine_itself_writes_into_statements(project: Repository, out: Path) -> None:
    """It makes statements of an index's name, without quotes or escapes, and reads stop words from a file."""
    copy = f'COPY (RETURN 1) TO "{out}/x.csv"'
    unquoted = f"x_UPPER (FROM Place TO Place); {copy}; CREATE REL TABLE y"
    quoted = f"i', ['body']); {copy}; //"
    for edit in (
        index("HNSW", name=unquoted),
        index("HNSW", name=quoted),
        index("HNSW", options={"metric": string_literal(f"l2'); {copy}; //")}),
        index("FTS", name=quoted),
        index("FTS", name="i\\"),
        index("FTS", options={"ignore_pattern": string_literal(f"a', ' ', 'g')), ' '); {copy}; //(((")}),
        index("FTS", options={"stopWords": "'/etc/passwd'"}),
        index("FTS", options={"STOPWORDS": "'https://host/words.csv'"}),
    ):
        forge_version(project.project.store, schema=edit)
        for name, call in commands(project):
            if name in ("verify", "export", "checkout unverified", "generate"):
                with pytest.raises(KuzuvcsError, match=r"v2: index"):
                    call()
    nothing_ran(project, out)


@slow
def test_a_constant_default_is_a_value_of_its_type(project: Repository, out: Path) -> None:
    def constant(value: object) -> Edit:
        def edit(schema: Any) -> None:
            schema["node_tables"]["User"]["columns"]["n"]["default"] = {"constant": value}

        return edit

    for value in (f"1'); COPY (RETURN 1) TO '{out}/x.csv'; //", ["1"], {"a": "1"}, 1, True):
        forge_version(project.project.store, schema=constant(value))
        for name, call in commands(project):
            if name in ("verify", "export", "checkout", "checkout beside") and not isinstance(value, str):
                with pytest.raises(KuzuvcsError):
                    call()
            else:
                with contextlib.suppress(KuzuvcsError):
                    call()
        nothing_ran(project, out)


@slow
def test_a_comment_is_a_string(project: Repository, out: Path) -> None:
    text = f"it's \\'; COPY (RETURN 1) TO '{out}/x.csv'; // \" ` /* \ufeff"

    def edit(schema: Any) -> None:
        schema["node_tables"]["User"]["comment"] = text

    forge_version(project.project.store, schema=edit)
    target = project.project.root / "beside.kuzu"
    project.checkout("v2", to=target)
    assert [text] in run(target, "CALL show_tables() RETURN comment")
    project.export("v2", project.project.root / "plain")
    nothing_ran(project, out)


@slow
@pytest.mark.parametrize("quote", ["", "'", '"', "\\", "\\'"])
def test_names_are_names(project: Repository, out: Path, quote: str) -> None:
    """Every name of an empty table's, of a sequence and a macro; what cannot be one is refused."""
    evil = f"x{quote}); COPY (RETURN 1) TO {quote}{out}/x.csv{quote}; CREATE NODE TABLE Z(id INT64"

    def schema(document: Any) -> None:
        empty = document["node_tables"].pop("Empty")
        empty["columns"][evil] = empty["columns"].pop("id")
        empty["primary_key"] = evil
        document["node_tables"][evil] = empty
        document["sequences"][f"{evil} 2"] = document["sequences"]["numbers"]
        document["macros"][f"{evil} 3"] = {"body": "1", "parameters": [{"default": None, "name": evil}]}

    def manifest(document: Any) -> None:
        file = document["files"].pop("data/Empty.parquet")
        file["table"] = evil
        file["columns"][0]["property"] = evil
        document["files"]["data/Empty.parquet"] = file
        document["orders"] = {"columns": {}, "connections": {}, "tables": []}
        document["ids"] = {"columns": {}, "database": None, "tables": {}}

    forge_version(project.project.store, schema=schema, manifest=manifest)
    for _, call in commands(project):
        with contextlib.suppress(KuzuvcsError):
            call()
        nothing_ran(project, out)


@slow
def test_a_name_with_a_backtick_is_refused(project: Repository, out: Path) -> None:
    evil = f"x` (id INT64 PRIMARY KEY)); COPY (RETURN 1) TO '{out}/x.csv'; //"

    def schema(document: Any) -> None:
        document["sequences"][evil] = document["sequences"]["numbers"]

    forge_version(project.project.store, schema=schema)
    refused(project, out)


@slow
@pytest.mark.parametrize("field", ["start", "increment", "minimum", "maximum", "cycle"])
def test_a_sequence_has_numbers(project: Repository, out: Path, field: str) -> None:
    for value in (f"1; COPY (RETURN 1) TO '{out}/x.csv'", "1", 1.5, None, [1]):

        def schema(document: Any, value: object = value) -> None:
            document["sequences"]["numbers"][field] = value

        forge_version(project.project.store, schema=schema)
        refused(project, out)


@slow
@pytest.mark.parametrize(
    "positions",
    [
        {"sequences": {"numbers": "1; RETURN 2"}},
        {"sequences": {"nobody": 3}},
        {"serials": {"User": {"nobody": 3}}},
        {"serials": {"Nobody": {"id": 3}}},
        {"serials": {"User": {"id": "3; RETURN 2"}}},
    ],
)
def test_a_position_is_that_of_a_sequence(project: Repository, out: Path, positions: dict[str, Any]) -> None:
    forge_version(project.project.store, positions=lambda document: document.update(positions))
    refused(project, out)


@slow
def test_history_is_values(project: Repository, out: Path) -> None:
    """The version's record of runs goes into a table of the restored database."""
    evil = f"it's \\'}}); COPY (RETURN 1) TO '{out}/x.csv'; //"
    texts = (
        "applied", "capture", "checksum", "description", "from_digest", "from_version", "id", "release",
        "rolled_back", "to_digest", "to_version", "unfinished",
    )  # fmt: skip
    forged = {"number": 1, "milliseconds": 5, **dict.fromkeys(texts, evil)}
    commit(
        project.project.store,
        {"history/runs.json": json.dumps({"format": 1, "runs": [forged]}).encode()},
    )
    for _, call in commands(project):
        with contextlib.suppress(KuzuvcsError):
            call()
        nothing_ran(project, out)


def test_the_exit_codes(project: Repository, out: Path) -> None:
    forge_version(project.project.store, **of_type(close_and(f"COPY (RETURN 1) TO '{out}/x.csv'")))
    for words in (["verify", "v2"], ["checkout", "v2", "--discard"]):
        done = subprocess.run(
            [sys.executable, "-m", "kuzuvcs", *words],
            capture_output=True,
            text=True,
            check=False,
            cwd=project.project.root,
        )
        assert done.returncode == 1, done
        assert done.stderr.startswith("error: v2: ")
        assert "Traceback" not in done.stderr
    nothing_ran(project, out)


def test_the_store_was_forged_with_stock_git(project: Repository) -> None:
    forge_version(project.project.store, **of_type("STRUCT(b INT64)"))
    assert b"STRUCT(b INT64)" in git(project.project.store, "show", "v2:schema.json")
