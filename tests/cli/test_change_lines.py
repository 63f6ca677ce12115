"""Each kind of change in words, under the table it belongs to."""

from __future__ import annotations

from typing import get_args

import pytest

from kuzuvcs.core.comparing.changes import (
    AddColumn,
    AddConnection,
    AddIndex,
    AddMacro,
    AddNodeTable,
    AddRelTable,
    AddSequence,
    Change,
    ChangeColumnDefault,
    ChangeColumnType,
    ChangeComment,
    ChangeIndex,
    ChangeMacro,
    ChangeMultiplicity,
    ChangePrimaryKey,
    ChangeSequence,
    ChangeStorageDirection,
    DropColumn,
    DropConnection,
    DropNodeTable,
    RenameColumn,
    RenameTable,
    invert,
)
from kuzuvcs.core.schema import (
    Column,
    Connection,
    Constant,
    Expression,
    Index,
    Macro,
    NodeTable,
    RelTable,
    Sequence,
)
from kuzuvcs.render.change_groups import grouped
from kuzuvcs.render.change_lines import change_lines
from kuzuvcs.render.text import plain_text

ID = Column(name="id", type="INT64")
EMAIL = Column(name="email", type="STRING", default=Constant(json='"none"'))
NEXT = Expression(text="nextval('s')")
USER = NodeTable(name="User", columns=(ID, EMAIL), primary_key="id", comment="people")
LIVES = Connection(source="User", target="City")
LIVES_IN = RelTable(name="LivesIn", connections=(LIVES,), multiplicity="MANY_ONE", storage_direction="fwd")
TITLES = Index(
    table="User", name="titles", kind="FTS", columns=("email",), options=(("stemmer", "'porter'"),)
)
ADD_TAX = Macro(name="add_tax", parameters=(("x", None), ("rate", "0.2")), body="x * rate")
NUMBERS = Sequence(name="numbers", start=5, maximum=100, minimum=-1, cycle=True)

ADDED: list[tuple[Change, str]] = [
    (
        AddNodeTable(table=USER),
        "+ column id INT64, primary key\n+ column email STRING DEFAULT 'none'\n+ comment 'people'\n",
    ),
    (AddRelTable(table=LIVES_IN), "+ connection User → City\n+ MANY_ONE, stored fwd\n"),
    (AddColumn(table="User", column=EMAIL), "+ column email STRING DEFAULT 'none'\n"),
    (
        AddColumn(table="User", column=Column(name="n", type="INT64", default=Constant(json='"-2"'))),
        "+ column n INT64 DEFAULT -2\n",
    ),
    (
        AddColumn(table="User", column=Column(name="n", type="INT64", default=NEXT)),
        "+ column n INT64 DEFAULT nextval('s')\n",
    ),
    (AddConnection(table="LivesIn", connection=LIVES), "+ connection User → City\n"),
    (AddSequence(sequence=NUMBERS), "+ START 5 INCREMENT 1 MINVALUE -1 MAXVALUE 100 CYCLE\n"),
    (AddMacro(macro=ADD_TAX), "+ (x, rate := 0.2) AS x * rate\n"),
    (AddIndex(index=TITLES), "+ index titles FTS (email) stemmer := 'porter'\n"),
]  # fmt: skip
CHANGED: list[tuple[Change, str]] = [
    (RenameTable(old="Person", new="User"), "~ renamed from Person\n"),
    (RenameColumn(table="User", old="name", new="full_name"), "~ column name renamed to full_name\n"),
    (
        ChangeColumnType(table="User", column="n", old="INT32", new="DECIMAL(18, 3)"),
        "~ column n INT32 → DECIMAL(18, 3)\n",
    ),
    (
        ChangeColumnDefault(table="User", column="n", old=None, new=Constant(json='["1",null]')),
        '~ column n default none → ["1",null]\n',
    ),
    (ChangePrimaryKey(table="User", old="id", new="email"), "~ primary key id → email\n"),
    (
        ChangeMultiplicity(table="LivesIn", old="MANY_MANY", new="MANY_ONE"),
        "~ multiplicity MANY_MANY → MANY_ONE\n",
    ),
    (ChangeStorageDirection(table="LivesIn", old="both", new="fwd"), "~ storage direction both → fwd\n"),
    (ChangeComment(table="User", old="", new="people"), "~ comment none → 'people'\n"),
    (
        ChangeSequence(old=NUMBERS, new=Sequence(name="numbers")),
        "~ START 5 INCREMENT 1 MINVALUE -1 MAXVALUE 100 CYCLE → START 1 INCREMENT 1\n",
    ),
    (
        ChangeMacro(old=ADD_TAX, new=Macro(name="add_tax", parameters=(), body="1")),
        "~ (x, rate := 0.2) AS x * rate → () AS 1\n",
    ),
    (
        ChangeIndex(old=TITLES, new=Index(table="User", name="titles", kind="FTS", columns=("id",))),
        "~ index titles FTS (email) stemmer := 'porter' → FTS (id)\n",
    ),
]  # fmt: skip


@pytest.mark.parametrize(("change", "text"), [*ADDED, *CHANGED])
def test_a_change_in_words(change: Change, text: str) -> None:
    assert plain_text(change_lines(change)) == text


@pytest.mark.parametrize(("change", "text"), ADDED)
def test_what_goes_reads_as_what_came(change: Change, text: str) -> None:
    went = "".join(f"-{part.removeprefix('+')}" for part in text.splitlines(keepends=True))
    assert plain_text(change_lines(invert(change))) == went


def test_every_kind_is_tried() -> None:
    tried = {type(change) for change, _ in [*ADDED, *CHANGED]} | {type(invert(change)) for change, _ in ADDED}
    assert tried == set(get_args(Change))


@pytest.mark.parametrize("change", [change for change, _ in [*ADDED, *CHANGED]])
def test_a_change_and_its_inverse_belong_to_a_group(change: Change) -> None:
    for each in (change, invert(change)):
        (group,) = grouped([each])
        assert group.changes == [each]


def test_what_is_dropped_from_a_renamed_table_stands_with_its_new_name() -> None:
    changes: list[Change] = [
        DropColumn(table="Person", column=EMAIL),
        DropConnection(table="Knows", connection=LIVES),
        RenameTable(old="Person", new="User"),
        RenameTable(old="Knows", new="Follows"),
        AddColumn(table="User", column=ID),
    ]
    assert [(group.mark, group.name, len(group.changes)) for group in grouped(changes)] == [
        ("~", "Follows", 2),
        ("~", "User", 3),
    ]


def test_a_table_that_was_made_again_has_two_groups() -> None:
    changes: list[Change] = [
        DropNodeTable(table=USER),
        AddNodeTable(table=USER),
        AddIndex(index=TITLES),
        invert(AddIndex(index=TITLES)),
    ]
    assert [(group.mark, group.name, len(group.changes)) for group in grouped(changes)] == [
        ("-", "User", 2),
        ("+", "User", 2),
    ]


def test_the_old_name_given_to_another_table_is_that_tables() -> None:
    changes: list[Change] = [RenameTable(old="User", new="Account"), AddNodeTable(table=USER)]
    assert [(group.mark, group.name) for group in grouped(changes)] == [("~", "Account"), ("+", "User")]


def test_tables_first_then_sequences_and_macros() -> None:
    changes: list[Change] = [AddMacro(macro=ADD_TAX), AddSequence(sequence=NUMBERS), AddNodeTable(table=USER)]
    assert [group.what for group in grouped(changes, ["Zoo"])] == ["table", "table", "sequence", "macro"]
