"""A chain of generated scripts: what an application's author does to a database, one change after another."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

from kuzuvcs.core.refactor.declared import Declared
from kuzuvcs.core.refactor.invert import Invert
from kuzuvcs.core.refactor.normalise import Normalise
from tests.e2e.conftest import Application


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """Statements in parts, the database opened afresh for each, and what ``generate`` is told of them."""

    parts: tuple[tuple[str, ...], ...] = ()
    said: Mapping[str, Any] = field(default_factory=dict)
    refactor: Declared | None = None


def altered(*statements: str, **said: Any) -> Change:
    return Change(parts=(statements,), said=said)


def retyped(table: str, column: str, declared: str, value: str, **said: Any) -> Change:
    """Another type or default, as one makes it by hand: beside the old column, which then goes."""
    return Change(
        parts=(
            (f"ALTER TABLE {table} RENAME {column} TO old", f"ALTER TABLE {table} ADD {column} {declared}"),
            (f"MATCH (n:{table}) SET n.{column} = {value}",),
            (f"ALTER TABLE {table} DROP old",),
        ),
        said={"renames": [f"{table}.{column}:{column}"], **said},
    )


BASE = (
    "CREATE NODE TABLE Person(id INT64 PRIMARY KEY, name STRING, age INT32, email STRING, score DOUBLE, "
    "phone STRING, city STRING, joined DATE, tags STRING[], price DECIMAL(9, 2))",
    "CREATE NODE TABLE Company(id INT64 PRIMARY KEY, code STRING, name STRING)",
    "CREATE NODE TABLE Product(sku STRING PRIMARY KEY, weight DOUBLE)",
    "CREATE REL TABLE Knows(FROM Person TO Person, since INT64, note STRING)",
    "CREATE REL TABLE WorksAt(FROM Person TO Company, role STRING)",
    "CREATE REL TABLE Makes(FROM Company TO Product, price DECIMAL(9, 2))",
)
"""The schema on which the first script is run."""


def rows_of(name: str, people: int) -> tuple[str, ...]:
    """Rows that no other database has: values, keys but for their type, and how many."""
    text = "CAST(i AS STRING)"
    return (
        f"UNWIND range(1, {people}) AS i CREATE (:Person {{id: {len(name)} * i, name: '{name} ' + {text}, "
        f"age: CAST(i % 90 AS INT32), email: '{name}@' + {text}, score: i / 4.0, "
        f"phone: CASE WHEN i % 7 = 0 THEN 'ask {name}' ELSE {text} END, "
        "city: 'city ' + CAST(i % 5 AS STRING), "
        "joined: CAST('2020-01-01' AS DATE) + CAST(i % 99 AS INT32), "
        f"tags: ['{name}', {text}], price: CAST(i AS DECIMAL(9, 2))}})",
        "MATCH (p:Person) WHERE p.age % 11 = 3 SET p.email = NULL, p.score = NULL, p.phone = NULL, "
        "p.city = NULL, p.tags = NULL, p.price = NULL",
        f"UNWIND range(1, {people // 5}) AS i CREATE "
        f"(:Company {{id: i, code: '{name}-' + {text}, name: {text}}})",
        f"UNWIND range(1, {people // 10}) AS i CREATE "
        f"(:Product {{sku: '{name}/' + {text}, weight: i / 8.0}})",
        "MATCH (a:Person), (b:Person) WHERE a.age + 1 = b.age "
        "CREATE (a)-[:Knows {since: a.id}]->(b), (a)-[:Knows {since: a.id, note: b.name}]->(b), "
        "(b)-[:Knows]->(b)",
        f"MATCH (p:Person), (c:Company) WHERE p.age % {max(people // 5, 1)} = c.id "
        "CREATE (p)-[:WorksAt {role: p.name}]->(c)",
        "MATCH (c:Company), (p:Product) WHERE c.id < 5 "
        "CREATE (c)-[:Makes {price: CAST(c.id AS DECIMAL(9, 2))}]->(p)",
    )


NUMBER = "CAST(CASE WHEN regexp_full_match({0}, '[0-9]+') THEN {0} ELSE NULL END AS INT64)"
"""What a cast has to say for all databases: ``--cast Person.phone=null`` names the author's own values."""

CHANGES: Mapping[str, Change] = {
    "column added": altered("ALTER TABLE Person ADD active BOOL DEFAULT true"),
    "column dropped": altered("ALTER TABLE Person DROP email"),
    "column renamed": altered("ALTER TABLE Person RENAME name TO full_name"),
    "type widened": retyped("Person", "age", "INT64", "n.old"),
    "type narrowed": retyped("Person", "score", "INT16", "CAST(n.old AS INT16)"),
    "values that no cast takes": retyped(
        "Person",
        "phone",
        "INT64",
        NUMBER.format("n.old"),
        casts=[f"Person.phone={NUMBER.format('phone')}"],
    ),
    "default changed": Change(
        parts=(
            ("ALTER TABLE Person DROP active",),
            ("ALTER TABLE Person ADD active BOOL DEFAULT false",),
            ("MATCH (p:Person) SET p.active = true",),
        ),
        said={"renames": ["Person.active:active"]},
    ),
    "tables added": altered(
        "CREATE NODE TABLE Project(title STRING PRIMARY KEY, budget DECIMAL(18, 3) DEFAULT -0.5)",
        "CREATE REL TABLE Leads(FROM Person TO Project, since DATE)",
    ),
    "key changed": Change(
        parts=(
            (
                "CREATE NODE TABLE Firm(id INT64, code STRING PRIMARY KEY, name STRING)",
                "COPY Firm FROM (MATCH (c:Company) RETURN c.id, c.code, c.name)",
                "CREATE REL TABLE Works(FROM Person TO Firm, role STRING)",
                "COPY Works FROM (MATCH (p:Person)-[w:WorksAt]->(c:Company) RETURN p.id, c.code, w.role)",
                "CREATE REL TABLE Made(FROM Firm TO Product, price DECIMAL(9, 2))",
                "COPY Made FROM (MATCH (c:Company)-[m:Makes]->(p:Product) RETURN c.code, p.sku, m.price)",
            ),
            ("DROP TABLE WorksAt", "DROP TABLE Makes", "DROP TABLE Company"),
            (
                "ALTER TABLE Firm RENAME TO Company",
                "ALTER TABLE Works RENAME TO WorksAt",
                "ALTER TABLE Made RENAME TO Makes",
            ),
        ),
        said={"renames": ["Company:Company", "WorksAt:WorksAt", "Makes:Makes"]},
    ),
    "table renamed": altered("ALTER TABLE Company RENAME TO Employer", renames=["Company:Employer"]),
    "rel table renamed": altered("ALTER TABLE WorksAt RENAME TO EmployedBy", renames=["WorksAt:EmployedBy"]),
    "connection added": altered(
        "ALTER TABLE Knows ADD FROM Person TO Employer",
        "MATCH (p:Person), (e:Employer) WHERE p.id = e.id CREATE (p)-[:Knows {note: 'the firm'}]->(e)",
    ),
    "multiplicity": Change(
        parts=(
            (
                "CREATE REL TABLE Job(FROM Person TO Employer, role STRING, MANY_ONE)",
                "COPY Job FROM (MATCH (p:Person)-[w:EmployedBy]->(e:Employer) RETURN p.id, e.code, w.role)",
                "DROP TABLE EmployedBy",
                "ALTER TABLE Job RENAME TO EmployedBy",
            ),
        ),
        said={"renames": ["EmployedBy:EmployedBy"]},
    ),
    "sequence": altered(
        "CREATE SEQUENCE numbers START 100", "ALTER TABLE Project ADD number INT64 DEFAULT nextval('numbers')"
    ),
    "comment": altered("COMMENT ON TABLE Person IS 'who it\\'s about'"),
    "index": altered("CALL CREATE_FTS_INDEX('Person', 'names', ['full_name'], stemmer := 'porter')"),
    "property of edges dropped": altered("ALTER TABLE Knows DROP note"),
    "connection dropped": altered("ALTER TABLE Knows DROP FROM Person TO Employer"),
    "normalised": Change(refactor=Normalise(property="Person.city", into="City", edge="LivesIn")),
    "turned round": Change(refactor=Invert(table="Makes")),
    "columns of every kind dropped": altered(
        "ALTER TABLE Person DROP tags", "ALTER TABLE Person DROP price", "ALTER TABLE Person DROP joined"
    ),
    "sequence dropped": altered("ALTER TABLE Project DROP number", "DROP SEQUENCE numbers"),
    "SERIAL key": altered("CREATE NODE TABLE Note(id SERIAL PRIMARY KEY, text STRING)"),
    "tables dropped": altered("DROP TABLE Makes", "DROP TABLE Product"),
    "index dropped": altered("CALL DROP_FTS_INDEX('Person', 'names')"),
}


def generate_chain(author: Application, people: int, names: Collection[str]) -> tuple[str, ...]:
    """Make the changes of these names on the author's database, a version of each and a script; their ids."""
    repository = author.repository
    author.run(*BASE, *rows_of("author", people))
    repository.snapshot()
    ids = []
    for name, change in CHANGES.items():
        if name not in names:
            continue
        if change.refactor is not None:
            script = repository.refactor(change.refactor, message=name, accept_loss=True)
            author.run(*script.up)
            repository.snapshot(name)
        else:
            for part in change.parts:
                author.run(*part)
            repository.snapshot(name)
            script = repository.generate(message=name, **change.said)
        assert script.path is not None
        ids.append(script.path.stem)
    return tuple(ids)
