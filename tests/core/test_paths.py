"""Names as paths."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kuzuvcs.core.paths import check_path, data_path, encode_name, encode_names

hostile = st.one_of(
    st.text(min_size=1, max_size=300),
    st.text(alphabet="aA.~%é\u0301/\\ -", min_size=1, max_size=8),
    st.sampled_from(
        ["User.parquet", "USER.PARQUET", "data", "nul", "NUL.x", ".git", "git~1", "a" * 193, "A" * 193]
    ),
)


def _on_disk(path: str) -> str:
    """``path`` as the least discerning file system has it."""
    return unicodedata.normalize("NFC", path).casefold()


@pytest.mark.parametrize(
    ("name", "component"),
    [
        ("User", "User"),
        ("lives_in-2", "lives_in-2"),
        ("a.b", "a.b"),
        ("two words", "two%20words"),
        ("a/b", "a%2Fb"),
        ("50%", "50%25"),
        ("Größe", "Gr%C3%B6%C3%9Fe"),
        (".", "%2E"),
        ("..", "%2E%2E"),
        (".git", "%2Egit"),
        ("-rf", "%2Drf"),
        ("git~1", "git%7E1"),
        ("dot.", "dot%2E"),
        ("space ", "space%20"),
        ("CON", "%43ON"),
        ("lpt1.x", "%6Cpt1.x"),
        ("console", "console"),
        ("User.parquet", "User%2Eparquet"),
    ],
)
def test_ordinary_names_stay_legible(name: str, component: str) -> None:
    assert encode_name(name) == component


@given(hostile)
def test_a_component_is_safe_everywhere(name: str) -> None:
    component = encode_name(name)
    check_path(component)
    assert len(component) + len(".parquet") <= 200
    assert component.isascii()
    assert not component.startswith((".", "-"))
    assert not component.endswith((".", " "))
    assert component.split(".")[0].lower() not in {"con", "prn", "aux", "nul", "com1", "lpt9"}


@given(st.sets(hostile, max_size=8))
def test_no_two_names_share_a_component(names: set[str]) -> None:
    for name in list(names):
        names |= {
            name.upper(),
            name.lower(),
            unicodedata.normalize("NFC", name),
            unicodedata.normalize("NFD", name),
        }
    components = encode_names(names)
    assert components.keys() == names
    assert len({_on_disk(component) for component in components.values()}) == len(names)
    for component in components.values():
        check_path(component)
        assert len(component) + len(".parquet") <= 200


@given(st.lists(hostile, unique=True, max_size=8))
def test_components_do_not_depend_on_order(names: list[str]) -> None:
    assert encode_names(names) == encode_names(reversed(names))
    assert encode_names(sorted(names)) == encode_names(names)


def test_only_names_that_clash_are_marked() -> None:
    components = encode_names(["User", "user", "City"])
    assert components["City"] == "City"
    assert components["User"].startswith("User~")
    assert components["user"].startswith("user~")
    assert components["User"] != components["user"]


@given(st.lists(hostile, min_size=1, max_size=5, unique=True))
def test_no_table_stands_in_anothers_way(names: list[str]) -> None:
    """Every name as a node table and as a rel table between any two."""
    components = encode_names([*names, "Knows"])
    nodes = [data_path(name, components=components) for name in components]
    rels = [data_path(*path, components=components) for path in _rel_paths(list(components))]
    files = [_on_disk(path) for path in (*nodes, *rels)]
    folders = {
        file[: file.index("/", depth)] for file in files for depth in range(len(file)) if file[depth] == "/"
    }
    assert len(set(files)) == len(files)
    assert not folders & set(files)
    for path in (*nodes, *rels):
        check_path(path)


def _rel_paths(names: list[str]) -> list[tuple[str, str, str]]:
    return [(rel, source, target) for rel in names for source in names for target in names]


def test_data_paths_are_those_of_the_format() -> None:
    components = encode_names(["User", "Knows", "City"])
    assert data_path("User", components=components) == "data/User.parquet"
    assert data_path("Knows", components=components) == "data/Knows.parquet"
    assert data_path("Knows", "User", "City", components=components) == "data/Knows/User/City.parquet"
