"""A social graph of any size: the same for the same size, loaded by COPY from Parquet.

People have consecutive INT64 keys, as an application's counter gives them; posts have STRING keys in no
order.  Who follows and likes is drawn evenly, who is followed and liked is skewed: a few have most.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq

from scripts.benchmarks.measure import measure, stock

_ROWS = 1_000_000
_SCHEMA = (
    "CREATE NODE TABLE Person(id INT64, name STRING, email STRING, born DATE, score DOUBLE, PRIMARY KEY(id))",
    "CREATE NODE TABLE Post(id STRING, text STRING, created TIMESTAMP, likes INT32, PRIMARY KEY(id))",
    "CREATE REL TABLE Follows(FROM Person TO Person, since DATE, weight DOUBLE)",
    "CREATE REL TABLE Likes(FROM Person TO Post, at TIMESTAMP)",
    "CREATE REL TABLE Wrote(FROM Person TO Post)",
)
_WORDS = np.array([f"word{number:02}" for number in range(16)])

Integers = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Size:
    """How many nodes (three people to a post) and edges (each post has an author; of the rest, three
    quarters follow and one quarter like)."""

    nodes: int
    edges: int

    @property
    def posts(self) -> int:
        """Posts, and so ``Wrote`` edges."""
        return min(self.nodes // 4, self.edges)

    @property
    def people(self) -> int:
        """People."""
        return self.nodes - self.posts

    @property
    def likes(self) -> int:
        """``Likes`` edges."""
        return (self.edges - self.posts) // 4

    @property
    def follows(self) -> int:
        """``Follows`` edges."""
        return self.edges - self.posts - self.likes


def build_graph(size: Size, database: Path, work: Path) -> None:
    """Generate the graph and load it into a new database at ``database``."""
    tables = (
        ("Person", size.people, _people),
        ("Post", size.posts, _posts),
        ("Follows", size.follows, lambda rows: _follows(rows, size)),
        ("Likes", size.likes, lambda rows: _likes(rows, size)),
        ("Wrote", size.posts, lambda rows: _wrote(rows, size)),
    )
    statements = list(_SCHEMA)
    for name, rows, make in tables:
        path = work / f"{name}.parquet"
        with pq.ParquetWriter(path, make(_numbers(0, 0)).schema) as writer:
            for numbers in _blocks(rows):
                writer.write_table(make(numbers))
        statements.append(f"COPY {name} FROM '{path}'")
    measure(stock("execute", str(database), *statements))
    for name, _, _ in tables:
        (work / f"{name}.parquet").unlink()


def _blocks(rows: int) -> Iterator[Integers]:
    for start in range(0, rows, _ROWS):
        yield _numbers(start, min(start + _ROWS, rows))


def _numbers(start: int, end: int) -> Integers:
    return np.arange(start, end, dtype=np.int64)


def _people(numbers: Integers) -> pa.Table:
    names = pa.array([f"{_WORDS[n % 16]}-{n:x}" for n in numbers.tolist()], pa.string())
    emails = pa.array([f"{n * 2654435761 % 2**32:08x}@example.org" for n in numbers.tolist()], pa.string())
    born = pa.array((_random(numbers, 1) % 20_000).astype(np.int32)).cast(pa.date32())
    score = pa.array(_uniform(numbers, 2), mask=_random(numbers, 3) % 10 == 0)
    return pa.table({"id": numbers, "name": names, "email": emails, "born": born, "score": score})


def _posts(numbers: Integers) -> pa.Table:
    words = [_WORDS[_random(numbers, 10 + place) % 16] for place in range(8)]
    text = pa.array([" ".join(row) for row in zip(*words, strict=True)], pa.string())
    likes = pa.array((_random(numbers, 4) % 1000).astype(np.int32))
    return pa.table(
        {"id": _post_keys(numbers), "text": text, "created": _moments(numbers, 5), "likes": likes}
    )


def _follows(numbers: Integers, size: Size) -> pa.Table:
    since = pa.array((_random(numbers, 6) % 8_000).astype(np.int32)).cast(pa.date32())
    return pa.table(
        {
            "from": _random(numbers, 7) % size.people,
            "to": _skewed(numbers, 8, size.people),
            "since": since,
            "weight": _uniform(numbers, 9),
        }
    )


def _likes(numbers: Integers, size: Size) -> pa.Table:
    posts = _post_keys(_skewed(numbers, 21, size.posts))
    return pa.table({"from": _random(numbers, 20) % size.people, "to": posts, "at": _moments(numbers, 22)})


def _wrote(numbers: Integers, size: Size) -> pa.Table:
    return pa.table({"from": _random(numbers, 23) % size.people, "to": _post_keys(numbers)})


def _post_keys(numbers: Integers) -> pa.Array:
    return pa.array([f"{n * 0x9E3779B97F4A7C15 % 2**64:016x}" for n in numbers.tolist()], pa.string())


def _moments(numbers: Integers, stream: int) -> pa.Array:
    return pa.array(_random(numbers, stream) % 2**50).cast(pa.timestamp("us"))


def _skewed(numbers: Integers, stream: int, count: int) -> Integers:
    """Numbers below ``count``, small ones more often."""
    return (_uniform(numbers, stream) ** 3 * count).astype(np.int64)


def _uniform(numbers: Integers, stream: int) -> npt.NDArray[np.float64]:
    return _random(numbers, stream) / 2**62


def _random(numbers: Integers, stream: int) -> Integers:
    """A number below 2**62 for each, by splitmix64: the same on every machine and numpy."""
    z = numbers.astype(np.uint64) + np.uint64(stream << 40)
    z *= np.uint64(0x9E3779B97F4A7C15)
    z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return ((z ^ (z >> np.uint64(31))) >> np.uint64(2)).astype(np.int64)
