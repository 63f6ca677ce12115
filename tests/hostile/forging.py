"""Versions as an attacker makes them: raw git objects, every digest recomputed, none of kuzuvcs's code."""

from __future__ import annotations

import hashlib
import json
import os
import re
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

Edit = Callable[[Any], None]

_INVISIBLE = re.compile(
    "[\x7f-\x9f\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]"
)
_WHO = {f"GIT_{who}_{what}": "stranger" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}


def forge_version(
    store: Path,
    *,
    schema: Edit | None = None,
    manifest: Edit | None = None,
    positions: Edit | None = None,
) -> None:
    """v2: v1 with edited documents that agree with each other."""
    documents = {
        "schema.json": _edited(store, "schema.json", schema),
        "sequences.json": _edited(store, "sequences.json", positions),
        "manifest.json": _edited(store, "manifest.json", manifest),
    }
    texts = {name: canonical(document) for name, document in documents.items()}
    digest = hashlib.sha256(texts["schema.json"].encode()).hexdigest()
    signed = documents["manifest.json"]
    signed["schema_digest"] = digest
    lines = [hashlib.sha256(texts["sequences.json"].encode()).hexdigest()]
    lines += [f"{one['digest']} {path}" for path, one in sorted(signed["files"].items())]
    content = f"kuzuvcs content 1\n{digest}\n" + "".join(f"{line}\n" for line in lines)
    signed["content_digest"] = hashlib.sha256(content.encode()).hexdigest()
    texts["manifest.json"] = canonical(signed)
    commit(store, {name: text.encode() for name, text in texts.items()})


def canonical(document: Any) -> str:
    """JSON as the store has it."""
    text = json.dumps(document, ensure_ascii=False, sort_keys=True, indent=2)
    return _INVISIBLE.sub(lambda match: f"\\u{ord(match[0]):04x}", text) + "\n"


def commit(store: Path, files: dict[str, bytes]) -> None:
    """v2: the tree of v1 with some files at its root replaced or added, by plumbing alone."""
    entries = {}
    for line in git(store, "ls-tree", "v1").decode().splitlines():
        about, _, name = line.partition("\t")
        entries[name] = about
    for name, data in files.items():
        folder, _, rest = name.rpartition("/")
        blob = git(store, "hash-object", "-w", "--stdin", given=data).decode().strip()
        if folder:
            tree = git(store, "mktree", given=f"100644 blob {blob}\t{rest}\n".encode()).decode().strip()
            entries[folder] = f"040000 tree {tree}"
        else:
            entries[name] = f"100644 blob {blob}"
    listing = "".join(f"{about}\t{name}\n" for name, about in entries.items())
    tree = git(store, "mktree", given=listing.encode()).decode().strip()
    made = git(store, "commit-tree", tree, "-p", "v1", "-m", "a gift").decode().strip()
    git(store, "update-ref", git(store, "symbolic-ref", "HEAD").decode().strip(), made)
    git(store, "update-ref", "refs/tags/v2", made)


def git(store: Path, *words: str, given: bytes = b"") -> bytes:
    """Stock git on a store."""
    environment = {"PATH": os.environ["PATH"], **_WHO}
    command = ["git", "-C", str(store), *words]
    return subprocess.run(command, input=given, capture_output=True, check=True, env=environment).stdout


def _edited(store: Path, name: str, edit: Edit | None) -> Any:
    document = json.loads(git(store, "show", f"v1:{name}"))
    if edit is not None:
        edit(document)
    return document
