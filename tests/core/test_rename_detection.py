"""Renames from ids, names and data; the data are real rows, compared as the measure's contract says."""

from __future__ import annotations

import copy
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kuzuvcs.core.comparing.diff import diff
from kuzuvcs.core.comparing.renames import Renames
from kuzuvcs.core.manifest import CatalogIds
from kuzuvcs.core.renaming.detection import Answers, Settled, Side, detect_renames, parse_answers
from kuzuvcs.core.renaming.evidence import Evidence
from kuzuvcs.core.schema import Column, Connection, NodeTable, RelTable, Schema
from kuzuvcs.errors import UsageError

ROWS = 40


@dataclass
class Database:
    """A catalog that gives ids as kuzu does, with rows: enough to say what happened to a database."""

    identity: str | None = None
    tables: dict[str, dict[str, tuple[int, str, list[Any]]]] = field(default_factory=dict)
    ids: dict[str, int] = field(default_factory=dict)
    next_table: int = 0
    next_column: dict[int, int] = field(default_factory=dict)

    def create(self, table: str, rows: int = ROWS, first: int = 0, **columns: list[Any]) -> Database:
        self.ids[table] = self.next_table
        self.next_table += 1
        self.next_column[self.ids[table]] = 0
        self.tables[table] = {}
        self.add(table, "id", list(range(first, first + rows)))
        for name, values in columns.items():
            self.add(table, name, values[:rows])
        return self

    def add(self, table: str, column: str, values: list[Any], type: str = "") -> Database:
        number = self.next_column[self.ids[table]]
        self.next_column[self.ids[table]] += 1
        text = type or ("STRING" if any(isinstance(v, str) for v in values) else "INT64")
        self.tables[table][column] = (number, text, values)
        return self

    def drop(self, table: str, column: str = "") -> Database:
        if column:
            del self.tables[table][column]
        else:
            del self.tables[table], self.ids[table]
        return self

    def rename(self, old: str, new: str) -> Database:
        self.tables[new], self.ids[new] = self.tables.pop(old), self.ids.pop(old)
        return self

    def rename_column(self, table: str, old: str, new: str) -> Database:
        self.tables[table][new] = self.tables[table].pop(old)
        return self

    def side(self) -> Side:
        nodes = tuple(
            NodeTable(
                name=name,
                columns=tuple(Column(name=column, type=type) for column, (_, type, _) in columns.items()),
                primary_key=next(column for column, (number, _, _) in columns.items() if number == 0),
            )
            for name, columns in self.tables.items()
        )
        columns = tuple((t, c, number) for t, own in self.tables.items() for c, (number, _, _) in own.items())
        ids = CatalogIds(tables=tuple(self.ids.items()), columns=columns, database=self.identity)
        return Side(schema=Schema(node_tables=nodes), ids=ids)


def detect(old: Database, new: Database, answers: Answers = Answers()) -> Settled:  # noqa: B008  frozen
    def measure(before: str, after: str, pairs: tuple[tuple[str, str], ...]) -> Sequence[Evidence]:
        olds, news = old.tables[before], new.tables[after]
        return [compare(by_key(olds, a), by_key(news, b)) for a, b in pairs]

    return detect_renames(old.side(), new.side(), measure, answers)


def by_key(table: dict[str, tuple[int, str, list[Any]]], column: str) -> dict[Any, Any]:
    return dict(zip(table["id"][2], table[column][2], strict=False))


def compare(old: dict[Any, Any], new: dict[Any, Any]) -> Evidence:
    keys = old.keys() & new.keys()
    pairs = [(old[key], new[key]) for key in keys if (old[key], new[key]) != (None, None)]
    return Evidence(equal=sum(a == b for a, b in pairs), compared=len(pairs), shared=len(keys))


def words(prefix: str) -> list[Any]:
    return [f"{prefix} {number}" for number in range(ROWS)]


def start() -> Database:
    return Database().create("User", a=words("a"), b=words("b")).create("City", name=words("city"))


def test_a_table_and_a_column_are_renamed() -> None:
    new = start().rename("User", "Person").rename_column("Person", "a", "alias")
    settled = detect(start(), new)
    assert settled == Settled(
        renames=Renames(tables=(("User", "Person"),), columns=(("User", "a", "alias"),))
    )


def test_a_few_changed_values_leave_it_a_rename() -> None:
    new = start().rename_column("User", "a", "alias")
    new.tables["User"]["alias"][2][3] = "changed"
    assert detect(start(), new).renames.columns == (("User", "a", "alias"),)


def test_two_columns_swap_their_names() -> None:
    new = (
        start()
        .rename_column("User", "a", "t")
        .rename_column("User", "b", "a")
        .rename_column("User", "t", "b")
    )
    assert detect(start(), new) == Settled(renames=Renames(columns=(("User", "a", "b"), ("User", "b", "a"))))


def test_two_tables_swap_their_names() -> None:
    new = start().rename("User", "t").rename("City", "User").rename("t", "City")
    assert detect(start(), new) == Settled(renames=Renames(tables=(("City", "User"), ("User", "City"))))


def test_a_column_is_renamed_and_its_old_name_added_again() -> None:
    new = start().rename_column("User", "a", "alias").add("User", "a", [None] * ROWS, "STRING")
    assert detect(start(), new) == Settled(renames=Renames(columns=(("User", "a", "alias"),)))


def test_a_table_is_renamed_and_its_old_name_created_again() -> None:
    new = start().rename("User", "Person").create("User", a=words("other"), b=words("else"))
    assert detect(start(), new) == Settled(renames=Renames(tables=(("User", "Person"),)))


def test_a_dropped_column_makes_room_for_a_renamed_one() -> None:
    new = start().drop("User", "b").rename_column("User", "a", "b")
    settled = detect(start(), new)
    assert settled == Settled(renames=Renames(columns=(("User", "a", "b"),)))
    changes = diff(start().side().schema, new.side().schema, settled.renames)
    assert [change.kind for change in changes] == ["drop_column", "rename_column"]


def test_drop_and_add_of_one_name_stays_drop_and_add() -> None:
    new = start().drop("User", "a").add("User", "a", [None] * ROWS, "STRING")
    settled = detect(start(), new)
    assert settled == Settled(renames=Renames(replaced_columns=(("User", "a"),)))
    changes = diff(start().side().schema, new.side().schema, settled.renames)
    assert [change.kind for change in changes] == ["drop_column", "add_column"]


def test_drop_and_create_of_one_table_stays_drop_and_create() -> None:
    new = start().drop("City").create("City", name=words("another"))
    assert detect(start(), new) == Settled(renames=Renames(replaced_tables=("City",)))


def test_a_column_made_again_with_its_values_is_the_same() -> None:
    new = start().drop("User", "a").add("User", "a", words("a"))
    assert detect(start(), new) == Settled(renames=Renames())


def test_another_type_under_a_fresh_id_is_asked() -> None:
    new = start().drop("User", "a").add("User", "a", list(range(ROWS)))
    (question,) = detect(start(), new).questions
    assert question.options() == ("--rename User.a:a", "--no-renames")
    assert "still the same" in question.text()
    no = detect(start(), new, Answers(no_renames=True))
    assert no == Settled(renames=Renames(replaced_columns=(("User", "a"),)))
    assert detect(start(), new, Answers().answered(question, True)) == Settled(renames=Renames())


def test_a_file_built_again_from_edited_ddl_is_not_taken_for_renames() -> None:
    new = Database().create("Account", title=words("account")).create("User", a=words("a"), b=words("b"))
    settled = detect(start(), new)
    assert settled == Settled(renames=Renames())
    kinds = [change.kind for change in diff(start().side().schema, new.side().schema, settled.renames)]
    assert kinds == ["drop_node_table", "add_node_table"]


def test_a_file_built_again_with_a_column_put_between_is_not_taken_for_renames() -> None:
    new = (
        Database().create("User", x=words("x"), a=words("a"), b=words("b")).create("City", name=words("city"))
    )
    assert detect(start(), new) == Settled(renames=Renames())


def test_where_ids_lie_and_all_the_data_changed_it_is_asked() -> None:
    new = Database().create("City", name=words("new")).create("User", a=words("p"), b=words("q"))
    settled = detect(start(), new)
    assert settled.renames == Renames()
    assert {(q.old, q.new) for q in settled.questions} == {("User", "City"), ("City", "User")}
    assert detect(start(), new, Answers(no_renames=True)) == Settled(renames=Renames())


def test_empty_tables_are_asked() -> None:
    old, new = Database().create("A", rows=0), Database().create("A", rows=0).rename("A", "B")
    (question,) = detect(old, new).questions
    assert (question.old, question.new, question.doubt) == ("A", "B", "no data")
    yes = parse_answers(["A:B"], old.side().schema, new.side().schema)
    assert detect(old, new, yes) == Settled(renames=Renames(tables=(("A", "B"),)))


def test_keys_alone_are_no_evidence() -> None:
    old, new = Database().create("A"), Database().create("A").rename("A", "B")
    assert [question.doubt for question in detect(old, new).questions] == ["no data"]


def test_ids_of_one_database_are_not_enough_without_data() -> None:
    """A restored backup keeps the identity of its database, and gives the same ids again."""
    old = Database(identity="x").create("A", rows=0).create("B", rows=0)
    new = Database(identity="x").create("A", rows=0).create("B", rows=0).rename("A", "C").drop("B")
    new.create("B", rows=0)
    (question,) = detect(old, new).questions
    assert (question.old, question.new, question.doubt) == ("A", "C", "no data")
    yes = parse_answers(["A:C"], old.side().schema, new.side().schema)
    assert detect(old, new, yes) == Settled(renames=Renames(tables=(("A", "C"),)))


@pytest.mark.parametrize("identity", [None, "x"])
def test_another_column_in_the_place_of_one_that_a_restored_backup_lacks(identity: str | None) -> None:
    backup = Database(identity=identity).create("User", name=words("name"))
    old, new = copy.deepcopy(backup), copy.deepcopy(backup)
    old.add("User", "iban", words("iban"))
    new.add("User", "motto", words("motto"))
    settled = detect(old, new)
    assert settled.renames == Renames()
    (question,) = settled.questions
    assert (question.table, question.old, question.new) == ("User", "iban", "motto")
    assert question.text().endswith("the data do not: 0 of 40 values equal (0.0 %)")


@pytest.mark.parametrize("identity", [None, "x"])
def test_another_table_in_the_place_of_one_that_a_restored_backup_lacks(identity: str | None) -> None:
    backup = Database(identity=identity).create("User", name=words("name"))
    old, new = copy.deepcopy(backup), copy.deepcopy(backup)
    old.create("Account", iban=words("iban"))
    new.create("Motto", text=words("motto"))
    settled = detect(old, new)
    assert settled.renames == Renames()
    assert [(q.old, q.new, q.doubt) for q in settled.questions] == [("Account", "Motto", "data differ")]


@pytest.mark.parametrize("identity", [None, "x"])
def test_names_that_changed_places_in_a_restored_backup(identity: str | None) -> None:
    """The ids of both columns are the other's now, and their values have stayed with their names."""
    backup = Database(identity=identity).create("User", name=words("name"))
    old, new = copy.deepcopy(backup), copy.deepcopy(backup)
    old.add("User", "a", words("a")).add("User", "b", words("b"))
    new.add("User", "b", words("b")).add("User", "a", words("a"))
    assert detect(old, new) == Settled(renames=Renames())


def test_the_same_database_made_it_again() -> None:
    """As a script that was rolled back and run again does: other ids, and nothing that was changed."""
    values = [f"value {row}" for row in range(ROWS)]
    old = Database(identity="x").create("A", same=values, other=values, empty=[None] * ROWS, typed=values)
    new = Database(identity="x").create("A", same=values, other=values, empty=[None] * ROWS, typed=values)
    for column, made in (("same", values), ("other", values[::-1]), ("empty", [None] * ROWS)):
        new.drop("A", column).add("A", column, made)
    new.drop("A", "typed").add("A", "typed", list(range(ROWS)))
    settled = detect(old, new)
    assert settled.renames == Renames(replaced_columns=(("A", "other"),))
    assert [(one.old, one.new, one.doubt) for one in settled.questions] == [
        ("typed", "typed", "dropped or changed")
    ]


def test_without_ids_the_data_alone_are_asked() -> None:
    new = start().rename("User", "Person").rename_column("City", "name", "title")
    old_side, new_side = start().side(), new.side()

    def measure(before: str, after: str, pairs: tuple[tuple[str, str], ...]) -> Sequence[Evidence]:
        return [compare(by_key(start().tables[before], a), by_key(new.tables[after], b)) for a, b in pairs]

    settled = detect_renames(Side(schema=old_side.schema), Side(schema=new_side.schema), measure)
    assert settled.renames == Renames()
    assert {(q.table, q.old, q.new, q.doubt) for q in settled.questions} == {
        ("", "User", "Person", "data alone"),
        ("City", "name", "title", "data alone"),
    }


def test_a_rename_that_was_refused_is_drop_and_add() -> None:
    old, new = Database().create("A", rows=0), Database().create("A", rows=0).rename("A", "B")
    (question,) = detect(old, new).questions
    assert detect(old, new, Answers().answered(question, False)) == Settled(renames=Renames())


def test_nothing_is_measured_where_ids_and_names_agree() -> None:
    def never(_old: str, _new: str, pairs: tuple[tuple[str, str], ...]) -> Sequence[Evidence]:
        raise AssertionError(pairs)

    new = start().add("User", "c", words("c")).drop("City")
    assert detect_renames(start().side(), new.side(), never) == Settled(renames=Renames())


@pytest.mark.parametrize(
    "text", ["", "User", "User:Nobody", "Nobody:User", "User.x:alias", "User.a:x", "User:R", ":"]
)
def test_answers_with_unknown_names_are_refused(text: str) -> None:
    new = start().rename_column("User", "a", "alias").side().schema
    rel = RelTable(name="R", connections=(Connection(source="User", target="User"),))
    new = Schema(node_tables=new.node_tables, rel_tables=(rel,))
    with pytest.raises(UsageError):
        parse_answers([text], start().side().schema, new)


def test_answers_take_names_with_colons_and_dots() -> None:
    old = Database().create("a:b.c").add("a:b.c", "x.y", words("x")).side().schema
    new = Database().create("d:e").add("d:e", "p:q", words("x")).side().schema
    answers = parse_answers(["a:b.c:d:e", "a:b.c.x.y:p:q"], old, new)
    assert answers.yes == {("", "a:b.c", "d:e"), ("a:b.c", "x.y", "p:q")}


def test_two_answers_about_one_name_are_refused() -> None:
    old, new = start().side().schema, start().rename("User", "A").create("B").side().schema
    with pytest.raises(UsageError, match="one name"):
        parse_answers(["User:A", "User:B"], old, new)


def test_an_answer_about_a_table_that_did_not_stay_is_refused() -> None:
    new = start().drop("User").create("Other", alias=words("q"))
    answers = Answers(yes=frozenset({("User", "a", "alias")}))
    with pytest.raises(UsageError, match="did not stay"):
        detect(start(), new, answers)


def built_in_another_order() -> Database:
    """As :func:`start`, from a fresh file: tables and columns come in another order and are renamed."""
    new = Database().create("Town", title=words("city"))
    return new.create("Person", b=words("b"), x=list(range(ROWS)), alias=words("a"))


def test_a_question_tells_how_many_values_are_equal() -> None:
    new = built_in_another_order()
    new.tables["Town"]["title"][2][7] = "other"
    by_data = "the data say so, and the catalog ids do not"
    assert [question.text() for question in detect(start(), new).questions] == [
        f"was table 'User' renamed to 'Person'? {by_data}: 100 % of 40 values equal",
        f"was table 'City' renamed to 'Town'? {by_data}: 39 of 40 values equal (97.5 %)",
    ]
    yes = parse_answers(["User:Person", "City:Town"], start().side().schema, new.side().schema)
    assert {(q.table, q.old, q.new) for q in detect(start(), new, yes).questions} == {
        ("User", "a", "alias"),
        ("City", "name", "title"),
    }


def test_what_looks_alike_is_asked_where_there_are_no_data_to_tell() -> None:
    """A fresh file with no rows yet: dropped and added would lose the rows of the old one."""
    old, new = Side(schema=start().side().schema), Side(schema=built_in_another_order().side().schema)
    renamed = start().rename("User", "Person").rename("City", "Town").rename_column("Person", "a", "alias")
    alike = Side(schema=renamed.side().schema)
    asked = detect_renames(old, alike).questions
    assert {(q.old, q.new, q.doubt) for q in asked} == {
        ("User", "Person", "alike"),
        ("City", "Town", "alike"),
    }
    yes = parse_answers(["User:Person", "City:Town"], old.schema, alike.schema)
    assert [(q.table, q.old, q.new) for q in detect_renames(old, alike, answers=yes).questions] == [
        ("User", "a", "alias")
    ]
    assert [question.new for question in detect_renames(old, new).questions] == ["Town"]


def test_a_column_dropped_and_one_added_in_one_life_is_not_asked() -> None:
    new = start().drop("User", "a")
    new.add("User", "fresh", [None] * ROWS, type="STRING")
    assert detect(start(), new) == Settled(renames=Renames())


def release(first: int, *columns: str, before: Sequence[str] = (), rows: int = ROWS) -> Database:
    """A database built from DDL: other tables, then User with these columns and rows from a key on."""
    built = Database()
    for table in before:
        built.create(table, rows=rows, first=first, name=[f"{table} {first}"] * rows)
    values = {name: [f"{name} {key}" for key in range(first, first + rows)] for name in columns}
    return built.create("User", rows=rows, first=first, **values)


def changes_between(old: Database, new: Database) -> list[tuple[str, str]]:
    """What a diff makes of it; nothing may be asked."""
    settled = detect(old, new)
    assert settled.questions == ()
    changes = diff(old.side().schema, new.side().schema, settled.renames)
    return [
        (c.kind, getattr(getattr(c, "column", None) or getattr(c, "table", None), "name", ""))
        for c in changes
    ]


@pytest.mark.parametrize("rows", [ROWS, 0])
def test_a_column_put_between_in_a_new_release_moves_no_other(rows: int) -> None:
    old, new = release(0, "a", "b", "c", rows=rows), release(100, "a", "x", "b", "c", rows=rows)
    assert changes_between(old, new) == [("add_column", "x")]
    assert changes_between(new, old) == [("drop_column", "x")]


@pytest.mark.parametrize("rows", [ROWS, 0])
def test_columns_in_another_order_in_a_new_release_are_the_same(rows: int) -> None:
    assert changes_between(release(0, "a", "b", "c", rows=rows), release(100, "c", "a", "b", rows=rows)) == []


@pytest.mark.parametrize("rows", [ROWS, 0])
def test_a_table_put_before_others_in_a_new_release_moves_no_other(rows: int) -> None:
    old = release(0, "a", "b", before=["City"], rows=rows)
    new = release(100, "a", "b", before=["Country", "City"], rows=rows)
    assert changes_between(old, new) == [("add_node_table", "Country")]
    assert changes_between(new, old) == [("drop_node_table", "Country")]


def test_shared_rows_speak_against_names() -> None:
    """The same keys, and other values under the same name."""
    old, new = release(0, "a", "b"), release(0, "a", "x", "b")
    new.tables["User"]["b"] = (*new.tables["User"]["b"][:2], words("other"))
    assert {(q.old, q.new, q.doubt) for q in detect(old, new).questions} == {
        ("b", "x", "ids and names disagree")
    }


def test_a_rename_of_nulls_whose_old_name_is_used_again_is_asked_where_rows_are_shared() -> None:
    old = Database().create("User", a=[None] * ROWS, b=words("b"))
    new = copy.deepcopy(old).rename_column("User", "a", "alias")
    new.add("User", "a", [None] * ROWS)
    assert [(q.old, q.new, q.doubt) for q in detect(old, new).questions] == [
        ("a", "alias", "ids and names disagree")
    ]


def test_a_name_that_has_another_table_now_is_asked() -> None:
    """Empty tables: the id leads to one with the same columns, the name to one with others."""
    old = Database().create("User", rows=0, a=[], b=[])
    new = copy.deepcopy(old).rename("User", "Account").create("User", rows=0, p=[], q=[], r=[])
    assert ("User", "Account") in {(q.old, q.new) for q in detect(old, new).questions}
    yes = parse_answers(["User:Account"], old.side().schema, new.side().schema)
    assert detect(old, new, yes) == Settled(renames=Renames(tables=(("User", "Account"),)))


@given(st.lists(st.sampled_from("abcdef"), unique=True), st.lists(st.sampled_from("abcdefgh"), unique=True))
def test_no_question_is_about_a_column_that_is_in_both_releases(old: list[str], new: list[str]) -> None:
    settled = detect(release(0, *old), release(100, *new))
    assert settled.renames == Renames()
    assert not {question.old for question in settled.questions} & set(new)
