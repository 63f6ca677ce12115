"""Makes ``snapshots/example.bundle``: a small store with three versions, as one file.

It is the fixture of the store's format: every later release has to read it, so it is made again only
when a new format comes, beside the old one.
"""

from __future__ import annotations

import os
import subprocess
import tempfile
from pathlib import Path

from kuzuvcs import Repository

BUNDLE = Path("snapshots/example.bundle")

PEOPLE_AND_CITIES = """
CREATE NODE TABLE Person(id SERIAL PRIMARY KEY, name STRING, born DATE, tags STRING[]);
CREATE NODE TABLE City(name STRING PRIMARY KEY, people INT64 DEFAULT 0);
CREATE REL TABLE Knows(FROM Person TO Person, since TIMESTAMP, note STRING);
CREATE REL TABLE LivesIn(FROM Person TO City, MANY_ONE);
COMMENT ON TABLE Person IS 'whoever wrote to us';
CREATE (:City {name: 'Zürich', people: 447082}), (:City {name: 'Ulm', people: 128928}), (:City {name: 'Ys'});
CREATE (:Person {name: 'Ada', born: date('1815-12-10'), tags: ['maths', '', 'engines']});
CREATE (:Person {name: 'Grace', born: date('1906-12-09'), tags: []});
CREATE (:Person {name: '', born: NULL, tags: NULL});
CREATE (:Person {name: NULL, born: date('0001-01-01'), tags: ['it\\'s']});
MATCH (p:Person {id: 2}) DELETE p;
CREATE (:Person {name: 'Emmy 🌍', born: date('1882-03-23'), tags: ['algebra']});
MATCH (a:Person {id: 0}), (b:Person {id: 1})
    CREATE (a)-[:Knows {since: timestamp('2020-02-29 12:00:00')}]->(b);
MATCH (a:Person {id: 0}), (b:Person {id: 1}) CREATE (a)-[:Knows {note: 'again'}]->(b);
MATCH (a:Person {id: 4}) CREATE (a)-[:Knows {note: 'herself'}]->(a);
MATCH (p:Person {id: 4}), (c:City {name: 'Ulm'}) CREATE (p)-[:LivesIn]->(c);
"""

MEASURES = """
CREATE NODE TABLE Measure(id UUID PRIMARY KEY, exact DECIMAL(18, 3), large INT128, wait INTERVAL,
    place STRUCT(x DOUBLE, label STRING), vector FLOAT[3], parts MAP(STRING, INT64), raw BLOB);
CREATE (:Measure {id: uuid('00000000-0000-0000-0000-000000000001')});
CREATE (:Measure {id: uuid('00000000-0000-0000-0000-000000000002'), exact: -0.005,
    large: 170141183460469231731687303715884105727, wait: interval('1 month 3 days 5 microseconds'),
    place: {x: -0.5, label: 'left'}, vector: [1.0, -2.5, 0.0], parts: map(['a', 'b'], [1, NULL]),
    raw: blob('\\\\x00\\\\xFF')});
ALTER TABLE City ADD country STRING;
MATCH (c:City {name: 'Ulm'}) SET c.country = 'Germany';
MATCH (c:City {name: 'Zürich'}) SET c.country = 'Switzerland';
CREATE SEQUENCE ticket START 100 INCREMENT BY 10;
RETURN nextval('ticket');
CREATE MACRO twice(x) AS x + x;
"""

RENAMES = """
ALTER TABLE Person RENAME TO Contact;
ALTER TABLE City RENAME people TO inhabitants;
ALTER TABLE Knows ADD FROM Contact TO City;
MATCH (a:Contact {id: 1}), (c:City {name: 'Ys'}) CREATE (a)-[:Knows {note: 'by hearsay'}]->(c);
"""

VERSIONS = (
    ("people and cities", PEOPLE_AND_CITIES),
    ("measures, countries, a sequence and a macro", MEASURES),
    ("better names; one may know a city", RENAMES),
)


def main() -> None:
    """Build the database, take a snapshot after each step, and bundle the store."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        os.environ["HOME"] = os.environ["XDG_CONFIG_HOME"] = name  # whoever runs this is not in the commits
        repository = Repository.init(folder, "example.kuzu")
        for message, script in VERSIONS:
            _run(folder / "example.kuzu", script)
            print(repository.snapshot(message).version, message)
        _bundle(folder / "snapshots", BUNDLE.absolute())
    print(f"{BUNDLE}: {BUNDLE.stat().st_size:,} bytes")


def _run(database: Path, script: str) -> None:
    import kuzu

    with kuzu.Database(str(database)) as opened, kuzu.Connection(opened) as connection:
        for statement in script.split(";\n"):
            if statement.strip():
                connection.execute(statement)


def _bundle(store: Path, file: Path) -> None:
    subprocess.run(["git", "-C", str(store), "bundle", "create", "--quiet", str(file), "--all"], check=True)


if __name__ == "__main__":
    main()
