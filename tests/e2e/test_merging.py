"""Two colleagues generate from one schema; ``kuzuvcs merge`` joins the two, for every database there is."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from kuzuvcs.errors import MigrationError
from kuzuvcs.migrations.sum_file import write_sum
from kuzuvcs.repository import Repository
from tests.e2e.conftest import Application
from tests.e2e.test_team import BASE, ann, begun, ben, develop, everything, git, joined, rows_of, share

__all__ = ["ann", "ben"]  # fixtures


def pulled(member: Application) -> None:
    """Pull another's script beside one's own, and record both: git stops at the sum file."""
    assert "kuzuvcs.sum" in git(member.root, "pull", "--quiet", "--no-rebase", "--no-edit", code=1)
    with pytest.raises(MigrationError) as refused:
        member.repository.migrate()
    assert "kuzuvcs repair" in refused.value.hint
    member.repository.repair()
    share(member, "both scripts")


def cloned(root: Path, commit: str, shared: Path) -> Application:
    """A server: the scripts as they were at a commit, and a database of the first schema."""
    git(root.parent, "clone", "--quiet", str(shared), str(root))
    git(root, "reset", "--quiet", "--hard", commit)
    server = Application(root=root, database=root / "app.kuzu", repository=Repository.open(root))
    server.run(*BASE, *rows_of("server", 5), "CHECKPOINT")
    return server


def head(member: Application) -> str:
    return git(member.root, "rev-parse", "HEAD").strip()


def applied(member: Application) -> list[str]:
    return [one.id for one in member.repository.migrate()]


def require_green(member: Application) -> None:
    """Nothing is wrong, nothing is left to do, and nothing is generated twice."""
    member.repository.snapshot()
    assert member.repository.check().faults == ()
    status = member.repository.status()
    assert (status.pending, status.warnings, status.clean) == ((), (), True)
    assert member.repository.generate().path is None


def columns(member: Application) -> set[str]:
    return {name for [name] in member.run("CALL table_info('User') RETURN name")}


@dataclass(frozen=True)
class Forked:
    """Ann's and Ben's clones, and the ids of the script that each of them wrote; ``commit`` has both."""

    ann: Application
    ben: Application
    hers: str
    his: str
    commit: str

    @property
    def shared(self) -> Path:
        return self.ben.root.parent / "shared.git"


@pytest.fixture(scope="module")
def forked(tmp_path_factory: pytest.TempPathFactory) -> Forked:
    """Both have run their own script, and Ben has pulled hers."""
    folder = tmp_path_factory.mktemp("forked")
    root = folder / "ann"
    repository = Repository.init(root, "app.kuzu")
    ann = begun(Application(root=root, database=root / "app.kuzu", repository=repository))
    ben = joined(ann, folder)
    hers = develop(ann, "city", "ALTER TABLE User ADD city STRING")
    git(ann.root, "push", "--quiet", "origin", "main")
    his = develop(ben, "no edges", "DROP TABLE Knows")
    git(ben.root, "push", "--quiet", "origin", "main:his")
    pulled(ben)
    return Forked(ann=ann, ben=ben, hers=hers, his=his, commit=head(ben))


@pytest.fixture
def copied(forked: Forked, tmp_path: Path) -> Application:
    """Ben's clone before the merge, for one test alone."""
    root = tmp_path / "ben"
    shutil.copytree(forked.ben.root, root)
    git(root, "reset", "--quiet", "--hard", forked.commit)
    git(root, "clean", "--quiet", "-d", "--force", "migrations")
    return Application(root=root, database=root / "app.kuzu", repository=Repository.open(root))


@pytest.mark.parametrize(
    ("text", "cause"),
    [
        ("ALTER TABLE User ADD zip {}", "run in the order"),
        ("MATCH (u:User) SET u.name = u.name + '{}'", "the values that they leave depend on their order"),
        ("// kuzuvcs:allow KV603\nCOPY (RETURN '{}') TO '{out}'", "reaches outside of the database"),
    ],
    ids=["schema", "values", "outside"],
)
def test_scripts_that_cannot_be_merged_are_named(
    copied: Application, forked: Forked, tmp_path: Path, text: str, cause: str
) -> None:
    out = tmp_path / "out.csv"
    for id, word in ((forked.hers, "STRING"), (forked.his, "INT64")):
        edited(copied, id, text.format(word, out=out))
    with pytest.raises(MigrationError) as refused:
        copied.repository.merge()
    assert cause in refused.value.cause
    assert forked.hers in refused.value.message
    assert forked.his in refused.value.message
    assert not list((copied.root / "migrations").glob("*merge*"))
    assert not out.exists()


FORGED = """// id: {id}
// from-digest: {end}
// to-digest: {end}
// base-digest: {base}
// merges: {first}
// merges: {second}
-- UP
{up}
-- DOWN
"""


def test_a_forged_merge_script_is_refused(application: Application) -> None:
    """It would turn the order of two scripts around, or be recorded as applied without running."""
    application.run(*BASE, *rows_of("a", 3))
    folder = application.root / "migrations"
    first, second, forged = "20270101_000000_a", "20270102_000000_b", "20270103_000000_forged"
    for id, value in ((first, "first"), (second, "second")):
        script = folder / f"{id}.cypher"
        application.by_hand(script, f"-- UP\nMATCH (u:User) SET u.name = '{value}';\n-- DOWN\n")
    before = everything(application)
    digest = "a" * 64
    for change, message in (
        ({"up": "CREATE NODE TABLE T(id INT64 PRIMARY KEY);"}, "has no statements"),
        ({"base": ""}, "base-digest"),
        ({"second": f"{second} {first}"}, "does not belong where"),
        ({"first": f"{second} {first}", "second": "20270101_000000_a"}, "does not belong where"),
    ):
        head = {"id": forged, "base": digest, "end": digest, "first": second, "second": first, "up": ""}
        (folder / f"{forged}.cypher").write_text(FORGED.format(**head | change), encoding="utf-8")
        write_sum(folder)
        with pytest.raises(MigrationError) as refused:
            application.repository.migrate()
        assert message in refused.value.cause
        kinds = {one.kind for one in application.repository.check().faults}
        assert kinds & {"broken_merge", "unreadable_script"}
        assert everything(application) == before
        assert application.repository.history() == ()


def test_of_two_scripts_that_make_one_change_one_is_removed(application: Application) -> None:
    """The hint works as it is typed, on a database that ran the script that is removed."""
    repository = application.repository
    application.run(*BASE, *rows_of("a", 3))
    repository.snapshot()
    application.run("ALTER TABLE User ADD city STRING")
    repository.snapshot()
    kept = repository.generate("v1", "v2").path
    repository.checkout("v1", discard=True)
    removed = repository.generate("v1", "v2", again=True, message="the same").path
    assert kept is not None
    assert removed is not None
    repository.migrate(to=kept.stem)
    with pytest.raises(MigrationError) as refused:
        repository.merge()
    assert refused.value.hint.startswith(
        "remove the one that is not shared yet from the folder, then kuzuvcs repair"
    )
    kept.unlink()
    repository.repair()
    assert applied(application) == []
    assert [one.id for one in repository.history()] == [removed.stem]
    assert repository.check().faults == ()


@pytest.mark.timeout(600)
def test_one_merge_brings_every_database_to_one_schema(forked: Forked) -> None:
    ann, ben, hers, his = forked.ann, forked.ben, forked.hers, forked.his
    every_hint_leads_to_the_merge(ben, hers, his)
    merged = ben.json("merge")
    assert merged["branches"] == [[hers], [his]]
    assert merged["proof"] == {"data": True}
    joint = Path(merged["path"]).stem
    assert ben.repository.merge().path is None
    assert ben.repository.lint([Path(merged["path"])]).findings == ()
    assert "is a merge script" in ben.json("prove", joint, code=2)["error"]["message"]
    assert [(one.id, one.proof) for one in ben.repository.migrate()] == [(hers, "proved"), (joint, "proved")]
    require_green(ben)
    assert ben.repository.repair() == ()
    assert ben.repository.generate("v1").already == (joint,)
    share(ben, "merged")
    git(ben.root, "push", "--quiet", "origin", "main")

    git(ann.root, "pull", "--quiet")
    assert applied(ann) == [his, joint]
    assert ann.repository.status().warnings == ()
    server = cloned(ben.root.parent / "server", head(ben), forked.shared)
    before = everything(server)
    reaches_the_merge_and_goes_back(server, [hers, his, joint], before)


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_servers_that_ran_one_of_the_branches_reach_the_merge(ann: Application, ben: Application) -> None:
    hers = develop(ann, "city", "ALTER TABLE User ADD city STRING")
    git(ann.root, "push", "--quiet", "origin", "main")
    hers_alone = head(ann)
    his = develop(ben, "no edges", "DROP TABLE Knows")
    git(ben.root, "push", "--quiet", "origin", "main:his")
    his_alone = head(ben)
    pulled(ben)
    joint = Path(ben.json("merge")["path"]).stem
    share(ben, "merged")
    git(ben.root, "push", "--quiet", "origin", "main")
    for commit, lacking in ((hers_alone, [his, joint]), (his_alone, [hers, joint])):
        server = cloned(ben.root.parent / commit, commit, ben.root.parent / "shared.git")
        before = everything(server)
        assert len(applied(server)) == 1
        git(server.root, "reset", "--quiet", "--hard", "origin/main")
        reaches_the_merge_and_goes_back(server, lacking, before)


def reaches_the_merge_and_goes_back(server: Application, lacking: list[str], before: list[Any]) -> None:
    assert applied(server) == lacking
    assert server.repository.check().faults == ()
    assert server.repository.status().warnings == ()
    assert columns(server) == {"id", "name", "email", "city"}
    server.repository.rollback(3)
    assert everything(server) == before


def every_hint_leads_to_the_merge(member: Application, hers: str, his: str) -> None:
    repository = member.repository
    for call in (
        repository.migrate,
        lambda: repository.migrate(out_of_order=True),
        repository.generate,
        lambda: repository.new("more"),
    ):
        with pytest.raises(MigrationError, match=hers) as refused:
            call()
        assert "kuzuvcs merge" in refused.value.hint
    found = repository.check().faults
    assert any(one.kind == "divergent" and "kuzuvcs merge" in one.hint for one in found)
    assert any(his in warning for warning in repository.status().warnings)


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_an_order_that_cannot_be_rolled_back_is_told_and_new_databases_take_the_other(
    ann: Application, ben: Application
) -> None:
    """DOWN of a dropped column rebuilds the table, and knows no column that another script added."""
    hers = develop(ann, "city", "ALTER TABLE User ADD city STRING")
    git(ann.root, "push", "--quiet", "origin", "main")
    ben.run("ALTER TABLE User DROP email", "CHECKPOINT")
    ben.repository.snapshot()
    his = Path(ben.json("generate", "-m", "no email")["path"]).stem  # its schema tells that it was run here
    share(ben, "no email")
    pulled(ben)
    merged = ben.json("merge")
    assert merged["branches"] == [[his], [hers]]
    [warning] = merged["warnings"]
    assert f"ran {hers} before" in warning
    assert len(applied(ben)) == 2  # his own, which his schema tells was run here, is only recorded
    share(ben, "merged")
    server = cloned(ben.root.parent / "server", head(ben), ben.root)
    before = everything(server)
    assert applied(server)[:2] == [his, hers]
    server.cli("rollback", "3")
    assert everything(server) == before
    git(ann.root, "pull", "--quiet", str(ben.root), "main")
    assert applied(ann)[0] == his
    ann.run("MATCH (u:User) SET u.city = 'x'")
    ann.cli("rollback", "2", code=1)
    assert ann.run("MATCH (u:User) RETURN count(u.city)") == [[20]]


def edited(member: Application, id: str, statement: str) -> None:
    """Add a statement to UP of a generated script."""
    path = member.root / "migrations" / f"{id}.cypher"
    member.by_hand(path, path.read_text().replace("\n-- DOWN", f"\n{statement};\n-- DOWN"))


@pytest.mark.slow
@pytest.mark.parametrize(
    ("hers", "his", "text", "cause"),
    [
        ("ALTER TABLE User ADD city STRING", "ALTER TABLE User ADD city INT64", "", "run in the order"),
        (
            "ALTER TABLE User ADD city STRING",
            "ALTER TABLE User ADD age INT64",
            "MATCH (u:User) SET u.name = u.name + '{}'",
            "the values that they leave depend on their order",
        ),
    ],
    ids=["schema", "values"],
)
def test_scripts_whose_order_matters_are_not_merged_and_the_way_out_works(
    ann: Application, ben: Application, hers: str, his: str, text: str, cause: str
) -> None:
    first = develop(ann, "hers", hers)
    second = develop(ben, "his", his)
    for member, id in ((ann, first), (ben, second)):
        if text:
            edited(member, id, text.format(id[-4:]))
            member.repository.prove(id)
            share(member, "by hand")
    git(ann.root, "push", "--quiet", "origin", "main")
    pulled(ben)
    error: dict[str, Any] = ben.json("merge", code=1)["error"]
    assert cause in error["cause"]
    assert first in error["message"]
    assert second in error["message"]
    assert not list((ben.root / "migrations").glob("*merge*"))
    # The hint, word for word.
    ben.cli("rollback", "--recorded", second)
    git(ben.root, "rm", "--quiet", "-f", f"migrations/{second}.cypher")
    ben.cli("repair")
    assert applied(ben) == [first]
    ben.cli("snapshot")
    again = develop(ben, "again", "ALTER TABLE User ADD town INT64")
    require_green(ben)
    git(ben.root, "push", "--quiet", "origin", "main")
    git(ann.root, "pull", "--quiet")
    assert applied(ann) == [again]


def test_a_data_script_that_was_pulled_before_ones_own_runs_out_of_order(application: Application) -> None:
    repository = application.repository
    application.run(*BASE, *rows_of("ben", 3))
    repository.snapshot()
    application.run("ALTER TABLE User ADD age INT64")
    repository.snapshot()
    repository.generate()
    repository.migrate()
    path = application.root / "migrations" / "20260101_000000_backfill.cypher"
    application.by_hand(path, "-- UP\nMATCH (u:User) SET u.name = upper(u.name);\n-- DOWN\n")
    with pytest.raises(MigrationError) as refused:
        repository.migrate()
    assert refused.value.hint.startswith("migrate --out-of-order runs")
    assert [one.id for one in repository.migrate(out_of_order=True)] == [path.stem]
    assert application.run("MATCH (u:User) RETURN min(u.name)") == [["BEN 1"]]
    require_green(application)
