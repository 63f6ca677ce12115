"""One database with everything in it that the engine lets one know of."""

from __future__ import annotations

SCHEMA = (
    "CREATE SEQUENCE unused START 7 INCREMENT BY 3",
    "CREATE SEQUENCE used START 5",
    "CREATE SEQUENCE down START 10 INCREMENT BY -2 MINVALUE -100 MAXVALUE 10",
    "CREATE SEQUENCE wheel START 2 MINVALUE 1 MAXVALUE 3 CYCLE",
    "CREATE SEQUENCE back_wheel START 2 INCREMENT BY -1 MINVALUE 1 MAXVALUE 3 CYCLE",
    "CREATE SEQUENCE numbers START 100",
    "CREATE MACRO plus_one(x) AS x + 1",
    "CREATE MACRO scaled(x, f := 2) AS x * f",
    "CREATE MACRO hello() AS 'it\\'s; me'",
    "CREATE MACRO quoted(x) AS concat(\"it's\", 'a;\nCREATE MACRO `no` (y) AS y;\n')",
    "CREATE MACRO listed(`a b`, y := [1,2], z := ');') AS `a b`",
    "CREATE NODE TABLE Person(id SERIAL PRIMARY KEY, name STRING, bio STRING)",
    "CREATE NODE TABLE City(name STRING PRIMARY KEY, seq INT64 DEFAULT nextval('numbers'),"
    " ts TIMESTAMP DEFAULT current_timestamp(), n INT32 DEFAULT -5, d DOUBLE DEFAULT -1.5,"
    " s STRING DEFAULT 'it\\'s \"q\" \\\\ back', q STRING DEFAULT \"it's\","
    " w STRING DEFAULT 'now() or never',"
    " l INT64[] DEFAULT [1,-2], dt DATE DEFAULT date('2020-01-02'), b BOOL DEFAULT true,"
    " dec DECIMAL(9,2) DEFAULT -1.25, iv INTERVAL DEFAULT interval('1 month 2 days'),"
    " u UUID DEFAULT uuid('A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11'),"
    " i128 INT128 DEFAULT -170141183460469231731687303715884105727, bl BLOB DEFAULT blob('\\\\xAA\\\\x00'),"
    " st STRUCT(a INT64, b STRING), m MAP(STRING, INT64), un UNION(x INT64, y STRING), arr FLOAT[3])",
    "CREATE NODE TABLE Doc(id INT64 PRIMARY KEY, title STRING, body STRING, vec FLOAT[4])",
    "CREATE NODE TABLE Empty(id UUID PRIMARY KEY, x INT8)",
    "CREATE REL TABLE Lives(FROM Person TO City, FROM Person TO Doc, since DATE)",
    "CREATE REL TABLE Knows(FROM Person TO Person, w DOUBLE)",
    "CREATE REL TABLE Bare(FROM Person TO City, ONE_MANY)",
    "CREATE REL TABLE FwdBare(FROM Person TO City, MANY_ONE) WITH (storage_direction='fwd')",
    "CREATE REL TABLE FwdProp(FROM Doc TO City, a INT64, ONE_ONE) WITH (storage_direction='fwd')",
    "CREATE REL TABLE Nothing(FROM Empty TO Empty, x STRING)",
    "COMMENT ON TABLE Person IS 'it\\'s \"quoted\"\nsecond line \\\\ back'",
    "COMMENT ON TABLE Knows IS 'knows'",
)

DATA = (
    "UNWIND range(1, 20) AS i CREATE (:Person {name: 'p' + CAST(i AS STRING), bio: 'likes graphs'})",
    "MATCH (p:Person) WHERE p.id IN [3, 7, 19] DELETE p",
    "CREATE (:City {name: 'Rome', ts: timestamp('2020-01-01'), st: {a: -1, b: 'x,y'}, m: map(['k'], [1]),"
    " un: union_value(y := 'two'), arr: [1.5, -2, 3]})",
    "CREATE (:City {name: 'Oslo', n: NULL, d: NULL, s: NULL, q: NULL, w: NULL, l: NULL, dt: NULL, seq: NULL,"
    " ts: NULL, b: NULL, dec: NULL, iv: NULL, u: NULL, i128: NULL, bl: NULL})",
    "UNWIND range(1, 8) AS i CREATE (:Doc {id: i, body: 'quick brown fox', vec: [i + 0.5, i, 0, 1]})",
    "MATCH (a:Person {id: 1}), (c:City {name: 'Rome'}) CREATE (a)-[:Lives {since: date('2001-01-01')}]->(c)",
    "MATCH (a:Person {id: 1}), (c:Doc {id: 2}) CREATE (a)-[:Lives]->(c)",
    "MATCH (a:Person {id: 2}), (c:City {name: 'Rome'}) CREATE (a)-[:Bare]->(c), (a)-[:FwdBare]->(c)",
    "MATCH (a:Doc {id: 2}), (c:City {name: 'Rome'}) CREATE (a)-[:FwdProp {a: -9}]->(c)",
    "MATCH (a:Person {id: 1}), (b:Person {id: 2}) CREATE (a)-[:Knows {w: 1.5}]->(b),"
    " (a)-[:Knows {w: 1.5}]->(b), (a)-[:Knows]->(b), (a)-[:Knows {w: -0.0}]->(a)",
    "RETURN nextval('used') + nextval('used')",
    *["RETURN nextval('down')"] * 2,
    *["RETURN nextval('wheel')"] * 3,
    *["RETURN nextval('back_wheel')"] * 4,
)

INDEXES = (
    "CALL CREATE_FTS_INDEX('Doc', 'doc_text', ['title', 'body'])",
    "CALL CREATE_FTS_INDEX('Person', 'person_text', ['bio'], stemmer := 'english')",
    "CALL CREATE_VECTOR_INDEX('Doc', 'doc_vector', 'vec', metric := 'l2', mu := 20)",
)

EVERYTHING = (*SCHEMA, *DATA, *INDEXES)
