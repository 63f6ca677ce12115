"""A plan and its proof, in turn: what the proof finds in the data goes back into the plan."""

from __future__ import annotations

from kuzuvcs.core.comparing.changes import Change
from kuzuvcs.core.comparing.pairing import pair_schemas
from kuzuvcs.core.comparing.renames import renames_in
from kuzuvcs.core.planning.before import read_back
from kuzuvcs.core.planning.casts import Answers, Casts
from kuzuvcs.core.planning.checks import Check
from kuzuvcs.core.planning.file_counts import counts_of
from kuzuvcs.core.planning.kept_data import changed_by, kept_files, lost_by, round_trip
from kuzuvcs.core.planning.plan import DOWN_OPTION, UP_OPTION, Plan, plan
from kuzuvcs.core.planning.proof_extent import tables_with_data
from kuzuvcs.core.scripts.kept_rows import KeptRows, rows_of_plan
from kuzuvcs.render.script import statements
from kuzuvcs.tasks.proving.prove import Replay
from kuzuvcs.tasks.versions import StoredVersion


class Planning:
    """The plan from one version to another, as far as its data are known."""

    def __init__(
        self,
        before: StoredVersion,
        after: StoredVersion,
        changes: tuple[Change, ...],
        *,
        up: Casts,
        down: Casts,
        schema_only: bool,
    ) -> None:
        self._before = before
        self._after = after
        self._changes = changes
        self._counts = counts_of(before.manifest.files)
        self._up = Answers(casts=up)
        self._down = Answers(casts=down)
        self._schema_only = schema_only
        self._pairing = pair_schemas(before.schema, after.schema, renames_in(changes))
        self._plan = self._planned()

    @property
    def checks(self) -> tuple[Check, ...]:
        """What has to be looked at in the data."""
        return (*self._plan.up_checks, *self._plan.down_checks)

    def tables_with_data(self) -> frozenset[str]:
        """The old version's tables that a proof needs with their rows."""
        return tables_with_data(self._before.schema, self._pairing, self._changes)

    def kept_rows(self) -> tuple[KeptRows, ...]:
        """What the script promises of the number of rows, on any database."""
        return rows_of_plan(kept_files(self._pairing, ()), self.tables_with_data())

    def prove(self, replay: Replay) -> Plan:
        """Run UP and DOWN on a copy of the old version, looking at its data before and after each.

        :raises CastRefused: values cannot be cast, and the user did not say what becomes of them
        :raises UnsupportedChange: what has to hold of the data does not
        :raises ProofFailed: the plan does not do what it promises
        """
        self._up = replay.measured(self._plan.up_checks, self._up, UP_OPTION)
        self._plan = self._planned()
        replay.require(self._plan.up_checks, UP_OPTION)
        replay.run("UP", statements(self._plan.up, replay.names), self._after.schema)
        changed = changed_by(self._plan.up_filled)
        replay.require_kept("UP", self._after.schema, tuple(kept_files(self._pairing, changed)))
        self._down = replay.measured(self._plan.down_checks, self._down, DOWN_OPTION)
        self._plan = self._planned()
        replay.require(self._plan.down_checks, DOWN_OPTION)
        captures = tuple(one.capture for one in self._plan.lost)
        replay.run("DOWN", statements(self._plan.down, replay.names), self._before.schema, captures)
        rows_back = {one.capture.place for one in self._plan.lost if one.whole}
        kept = tuple(round_trip(self._pairing, self._lost(), read_back(self._plan.lost), rows_back))
        replay.require_kept("UP and DOWN", self._before.schema, kept)
        return self._plan

    def _planned(self) -> Plan:
        schemas = (self._before.schema, self._after.schema)
        return plan(
            *schemas, self._changes, self._counts, self._up, self._down, schema_only=self._schema_only
        )

    def _lost(self) -> set[tuple[str, str]]:
        """The old columns of which DOWN cannot bring back every value."""
        olds = {one.new: one.old for one in self._plan.up_filled}
        back = lost_by(self._plan.down_filled, self._down.facts)
        return lost_by(self._plan.up_filled, self._up.facts) | {
            olds[place] for place in back if place in olds
        }
