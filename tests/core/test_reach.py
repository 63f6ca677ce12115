from __future__ import annotations

import pytest

from kuzuvcs.core.schema import Column, Connection, NodeTable, RelTable, Schema
from kuzuvcs.core.scripts.portions import Portion, portion_text, portion_value
from kuzuvcs.core.scripts.reach import is_unstable, tables_reached
from kuzuvcs.core.scripts.renames_told import RenamesTold


def node(name: str) -> NodeTable:
    return NodeTable(name=name, columns=(Column(name="id", type="INT64"),), primary_key="id")


SCHEMA = Schema(
    node_tables=(node("User"), node("City"), node("odd name")),
    rel_tables=(RelTable(name="Lives", connections=(Connection(source="User", target="City"),)),),
)


@pytest.mark.parametrize(
    ("text", "reached"),
    [
        ("ALTER TABLE user DROP email", {"User", "Lives"}),
        ("ALTER TABLE `odd name` ADD a INT64", {"odd name"}),
        ("CALL CREATE_FTS_INDEX('City', 'i', ['id'])", {"City", "Lives"}),
        ("COPY Lives FROM (MATCH (a:User), (b:City) RETURN a.id, b.id) (from='User', to='City')",
         {"User", "City", "Lives"}),
        ("DROP TABLE Lives", {"Lives"}),
        ("CREATE NODE TABLE New(id INT64 PRIMARY KEY)", set()),
        ("CHECKPOINT", set()),
        ("MATCH (n) DETACH DELETE n", None),
        ("MATCH (n:City) SET n.id = 1", None),
        ("CREATE (:City {id: 1})", None),
        ("MERGE (:City {id: 1})", None),
        ("IMPORT DATABASE 'x'", None),
        ("RETURN 'DELETE'", set()),
    ],
)  # fmt: skip
def test_the_tables_that_a_statement_may_change(text: str, reached: set[str] | None) -> None:
    found = tables_reached([text], SCHEMA)
    assert found == (None if reached is None else frozenset(reached))


def test_values_that_are_others_each_time() -> None:
    assert is_unstable(["ALTER TABLE User ADD c TIMESTAMP DEFAULT current_timestamp()"])
    assert is_unstable(["MATCH (u:User) SET u.c = gen_random_uuid()"])
    assert not is_unstable(["MATCH (u:User) SET u.c = 'now()'"])


def test_names_are_followed_through_renames() -> None:
    told = RenamesTold(
        [
            "ALTER TABLE User RENAME TO Person",
            "ALTER TABLE Person RENAME name TO called",
            "ALTER TABLE `Person` RENAME called TO `last name`",
            "ALTER TABLE Person RENAME TO kuzuvcs_old_Person",
            "ALTER TABLE City ADD a INT64",
        ]
    )
    assert told.table_names("USER") == ("kuzuvcs_old_person", "person", "user")
    assert told.column_names("User", "name") == ("last name", "called", "name")
    assert told.table_names("City") == ("city",)


def test_portions_in_words_and_values() -> None:
    assert portion_text(Portion(kind="rows", table="Coupon", count=312)) == "312 rows of Coupon"
    values = Portion(kind="values", table="User", column="email", count=1000)
    assert portion_text(values) == "1,000 values of User.email"
    edge = Portion(kind="edges", table="Knows", source="User", target="City", count=1)
    assert portion_text(edge) == "1 edge of Knows (User to City)"
    assert portion_text(Portion(kind="sequence", table="s", count=7)) == "the position 7 of sequence s"
    assert portion_value(edge) == {
        "kind": "edges", "table": "Knows", "from": "User", "to": "City", "column": None, "count": 1,
    }  # fmt: skip
