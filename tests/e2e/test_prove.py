"""``kuzuvcs prove``: a script that was edited after it was proven, and one that was written by hand."""

from __future__ import annotations

from pathlib import Path

import pytest

from kuzuvcs.core.scripts.proof import proof_state
from kuzuvcs.errors import MigrationError, ProofFailed, UsageError
from kuzuvcs.migrations.folder import read_script
from kuzuvcs.repository import Repository
from tests.e2e.conftest import Application

NAMED = "MATCH (u:User) SET u.city = 'Bonn';\n"


def generated(application: Application) -> Path:
    """The script that adds a column and drops another; the live database has it already."""
    application.run(
        "CREATE NODE TABLE User(id INT64 PRIMARY KEY, email STRING)",
        "UNWIND range(1, 3) AS i CREATE (:User {id: i, email: CAST(i AS STRING)})",
    )
    application.repository.snapshot()
    application.run("ALTER TABLE User DROP email", "CHECKPOINT", "ALTER TABLE User ADD city STRING")
    application.repository.snapshot()
    path = application.repository.generate(no_renames=True).path
    assert path is not None
    return path


def add_to_up(path: Path, text: str) -> None:
    path.write_text(path.read_text().replace("\n\n-- DOWN", f"\n{text}\n-- DOWN", 1))


def state(path: Path) -> str:
    return proof_state(read_script(path))


def kinds(repository: Repository) -> list[str]:
    return [one.kind for one in repository.check().faults]


def test_the_head_tells_the_hazards_of_both_sections(application: Application) -> None:
    application.run("CREATE NODE TABLE User(id INT64 PRIMARY KEY)", "CREATE (:User {id: 1})")
    application.repository.snapshot()
    application.run("ALTER TABLE User ADD city STRING")
    application.repository.snapshot()
    found = application.json("generate")
    head = read_script(Path(found["path"])).head
    assert (head.value("hazards"), found["hazards"]) == ("none", [])
    assert head.value("down-hazards") == "KV103 drops all values of User.city"
    assert [one["code"] for one in found["down_hazards"]] == ["KV103", "KV601"]
    text = Path(found["path"]).read_text()
    assert [f"// down-hazards: {one['code']} {one['text']}\n" in text for one in found["down_hazards"]] == [
        True
    ] * 2


def test_reading_what_was_captured_is_no_hazard(application: Application) -> None:
    path = generated(application)
    add_to_up(path, NAMED)
    application.repository.prove(path)
    hazards = [value for key, value in read_script(path).head.lines if key == "down-hazards"]
    assert any("KV103" in one for one in hazards)
    assert not any("KV603" in one for one in hazards)


def test_an_edit_is_told_until_the_script_is_proven_again(application: Application) -> None:
    path = generated(application)
    assert state(path) == "proved"
    application.repository.checkout("v1", discard=True)
    path.write_text(path.read_text().replace("-- UP\n", "-- UP\n// a reader's remark\n"))
    application.repository.repair()
    assert (state(path), kinds(application.repository)) == ("proved", [])

    add_to_up(path, NAMED)
    application.repository.repair()
    assert kinds(application.repository) == ["edited"]
    [warning] = [one for one in application.repository.lint().findings if one.code == "KV703"]
    assert warning.line == path.read_text().split("\n// proof-digest")[0].count("\n") + 2
    dry = application.process(["migrate", "--dry-run"])
    words = f"{path.stem} was edited since it was proven: kuzuvcs prove {path.stem} proves it again"
    assert (dry.returncode, f"warning: {words}\n") == (0, dry.stderr)
    [ran] = application.repository.migrate()
    assert (ran.id, ran.proof) == (path.stem, "edited")

    before = path.read_text()
    told = application.json("prove", path.stem)
    assert (told["from"], told["proof"]) == ("v1", {"up": True, "down": True, "data": True})
    assert (told["lost"], told["proof_digest"]) == ([], read_script(path).head.value("proof-digest"))
    assert "KV103 drops 3 values of User.email" in told["hazards"]
    assert "KV103 drops all values of User.city" in told["down_hazards"]
    after = path.read_text()
    assert before.partition("-- UP")[2] == after.partition("-- UP")[2]
    changed = {one.split(":")[0] for one in {*before.splitlines()} ^ {*after.splitlines()}}
    assert changed <= {"// proof-digest", "// proof", "// hazards", "// down-hazards"}
    assert "// proof-digest" in changed
    # It ran before it was proven again, and it is the script that ran.
    assert kinds(application.repository) == []
    assert application.repository.repair() == ()
    assert [one.proof for one in application.repository.rollback()] == ["proved"]
    assert application.run("MATCH (u:User) RETURN u.email ORDER BY u.id") == [["1"], ["2"], ["3"]]


def test_a_script_that_does_not_keep_its_promise_is_left_as_it_is(application: Application) -> None:
    path = generated(application)
    add_to_up(path, "ALTER TABLE User ADD plz INT64;\n")
    content = path.read_bytes()
    with pytest.raises(ProofFailed, match="does not lead to the schema") as failed:
        application.repository.prove(path)
    assert "was not changed" in failed.value.hint
    assert path.read_bytes() == content
    add_to_up(path, "RETURN nothing;\n")
    error = application.json("prove", path.stem, code=3)["error"]
    line = path.read_text().split("RETURN nothing")[0].count("\n") + 1
    assert error["message"] == f"{path.stem} fails at line {line}, in UP"
    with pytest.raises(UsageError, match="no script nothing"):
        application.repository.prove("nothing")
    assert not [*(application.root / ".kuzuvcs").glob("*.kuzu")]


@pytest.mark.parametrize("allow", ["", "// kuzuvcs:allow KV603\n"])
def test_a_script_that_reaches_outside_is_not_run(application: Application, allow: str) -> None:
    path = generated(application)
    target = application.root / "out.csv"
    add_to_up(path, f"{allow}COPY (RETURN 1) TO '{target}';\n")
    with pytest.raises(MigrationError, match="reaches outside of the database"):
        application.repository.prove(path)
    assert not target.exists()


def test_a_script_by_hand_gets_a_head_and_the_data_that_it_loses_are_named(application: Application) -> None:
    generated(application)
    path = application.repository.new("cities")
    lines = [one for one in path.read_text().split("\n") if not one.startswith(("// to:", "// to-digest:"))]
    text = "\n".join(lines).replace("-- UP\n", f"-- UP\nALTER TABLE User ADD plz INT64;\n{NAMED}")
    text = text.replace("-- DOWN\n", "-- DOWN\nALTER TABLE User DROP plz;\n")
    path.write_bytes(text.replace("\n", "\r\n").encode("utf-8-sig"))
    result = application.repository.prove(path)
    assert (result.before, result.lost) == ("v2", ("other values in User, column city",))
    content = path.read_bytes()
    assert content.startswith(b"\xef\xbb\xbf// id: ")
    assert content.count(b"\r\n") == content.count(b"\n")
    script = read_script(path)
    assert script.head.value("proof").startswith(
        "up and down without what is lost, replayed on v2 with its data"
    )
    assert (state(path), len(script.head.value("to-digest")), len(script.up)) == ("proved", 64, 2)
    assert "altered" not in kinds(application.repository)


def test_a_proof_records_its_script_and_hides_no_other_fault(application: Application) -> None:
    path = generated(application)
    other = application.repository.new("other")
    other.write_text(other.read_text() + "// changed\n")
    content = path.read_bytes()
    with pytest.raises(MigrationError, match="other"):
        application.repository.prove(path)
    assert path.read_bytes() == content


def test_an_old_script_without_a_digest_works_and_is_told(application: Application) -> None:
    path = generated(application)
    lines = path.read_text().splitlines(keepends=True)
    path.write_text(
        "".join(one for one in lines if not one.startswith(("// proof-digest", "// down-hazards")))
    )
    application.repository.repair()
    found = application.json("check", "--exit-code")
    assert (found["findings"], [one for one in found["left_out"] if "no proof digest" in one]) == (
        [],
        [f"{path.stem} has no proof digest: whether it was edited since it was proven is not known"],
    )
    application.repository.checkout("v1", discard=True)
    assert [one.proof for one in application.repository.migrate()] == ["no_digest"]
    application.repository.prove(path.stem, proof="schema")
    assert read_script(path).head.value("proof").endswith("without its data")
    assert (state(path), kinds(application.repository)) == ("proved", [])
