"""Operations run on a schema in place of an engine; what each needs has to be there."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from kuzuvcs.core.planning import operations as op
from kuzuvcs.core.planning.conversion import Recalled, Taken
from kuzuvcs.core.planning.operations import Operation
from kuzuvcs.core.schema import Column, Connection, Index, NodeTable, RelTable, Schema, Sequence, Table, fold


class Interpreter:
    """A schema that statements change, by the engine's rules of names, uses and counters."""

    def __init__(self, schema: Schema) -> None:
        self.tables: dict[str, Table] = {}
        self.sequences: dict[str, Sequence] = {fold(one.name): one for one in schema.sequences}
        self.indexes: list[Index] = list(schema.indexes)
        self.macros = list(schema.macros)
        self.copied: list[tuple[str, Connection | None]] = []
        for table in schema.tables():
            self._create(table)

    def run(self, operations: Iterable[Operation]) -> None:
        for operation in operations:
            self._run(operation)

    def schema(self) -> Schema:
        counters = {
            fold(f"{table.name}_{column.name}_serial")
            for table in self.tables.values()
            for column in table.columns
            if column.type == "SERIAL"
        }
        return Schema(
            node_tables=tuple(table for table in self.tables.values() if isinstance(table, NodeTable)),
            rel_tables=tuple(table for table in self.tables.values() if isinstance(table, RelTable)),
            sequences=tuple(one for name, one in self.sequences.items() if name not in counters),
            macros=tuple(self.macros),
            indexes=tuple(self.indexes),
        )

    def _run(self, operation: Operation) -> None:
        match operation:
            case op.CreateNodeTable(table=node):
                self._create(replace(node, comment=""))
            case op.CreateRelTable(table=rel):
                for connection in rel.connections:
                    assert isinstance(self._at(connection.source), NodeTable)
                    assert isinstance(self._at(connection.target), NodeTable)
                self._create(replace(rel, comment=""))
            case op.DropTable(table=name):
                self._drop(name)
            case op.RenameTable(table=old, name=new):
                self._rename(old, new)
            case op.CopyNodes() | op.CopyEdges():
                self._copy(operation)
            case (
                op.ReadBefore()
                | op.CopyCapturedEdges()
                | op.RankNodes()
                | op.RankEdges()
                | op.PairRanked()
                | op.PairLast()
                | op.TakePaired()
            ):
                self._recall(operation)
            case (
                op.CreateSequence()
                | op.DropSequence()
                | op.CreateIndex()
                | op.DropIndex()
                | op.CreateMacro()
                | op.DropMacro()
                | op.TakeAsMany()
                | op.TakeUpTo()
                | op.Checkpoint()
            ):
                self._run_other(operation)
            case _:
                self._alter(operation)

    def _run_other(
        self,
        operation: op.CreateSequence
        | op.DropSequence
        | op.CreateIndex
        | op.DropIndex
        | op.CreateMacro
        | op.DropMacro
        | op.TakeAsMany
        | op.TakeUpTo
        | op.Checkpoint,
    ) -> None:
        match operation:
            case op.CreateSequence(sequence=sequence):
                assert fold(sequence.name) not in self.sequences
                self.sequences[fold(sequence.name)] = sequence
            case op.DropSequence(sequence=name):
                del self.sequences[fold(name)]
            case op.CreateIndex(index=index):
                assert {column.name for column in self._at(index.table).columns} >= set(index.columns)
                self.indexes.append(index)
            case op.DropIndex(index=index):
                self.indexes.remove(index)
            case op.CreateMacro(macro=macro):
                assert fold(macro.name) not in {fold(one.name) for one in self.macros}
                self.macros.append(macro)
            case op.DropMacro(macro=name):
                [gone] = [one for one in self.macros if one.name == name]
                self.macros.remove(gone)
            case op.TakeAsMany(counter=counter):
                assert fold(counter) in self.sequences
            case op.TakeUpTo(source=table):
                assert fold(table.name) in self.tables
            case op.Checkpoint():
                pass

    def _alter(
        self,
        operation: op.AddColumn
        | op.DropColumn
        | op.RenameColumn
        | op.AddConnection
        | op.DropConnection
        | op.CommentOn,
    ) -> None:
        table = self._at(operation.table)
        match operation:
            case op.AddColumn(column=column):
                assert column.type != "SERIAL"
                table = replace(table, columns=(*table.columns, column))
            case op.DropColumn(column=name):
                assert not any(index.table == table.name and name in index.columns for index in self.indexes)
                table = replace(table, columns=tuple(one for one in table.columns if one.name != name))
            case op.RenameColumn(column=old, name=new):
                table = self._with_column(table, old, new)
            case op.AddConnection(connection=connection):
                assert isinstance(table, RelTable)
                table = replace(table, connections=(*table.connections, connection))
            case op.DropConnection(connection=connection):
                assert isinstance(table, RelTable)
                assert connection in table.connections
                left = tuple(one for one in table.connections if one != connection)
                table = replace(table, connections=left)
            case op.CommentOn(comment=comment):
                table = replace(table, comment=comment)
        self.tables[fold(table.name)] = table

    def _with_column(self, table: Table, old: str, new: str) -> Table:
        def renamed(column: Column) -> Column:
            return replace(column, name=new) if column.name == old else column

        assert fold(new) not in {fold(column.name) for column in table.columns}
        self.indexes = [
            replace(one, columns=tuple(new if name == old else name for name in one.columns))
            if one.table == table.name
            else one
            for one in self.indexes
        ]
        columns = tuple(map(renamed, table.columns))
        if isinstance(table, NodeTable) and table.primary_key == old:
            return replace(table, columns=columns, primary_key=new)
        return replace(table, columns=columns)

    def _create(self, table: Table) -> None:
        assert fold(table.name) not in self.tables
        self.tables[fold(table.name)] = table
        for name in _counters(table):
            assert fold(name) not in self.sequences
            self.sequences[fold(name)] = Sequence(name=name, start=0, minimum=0)

    def _drop(self, name: str) -> None:
        table = self._at(name)
        assert not any(index.table == table.name for index in self.indexes)
        ends = {
            end
            for rel in self.tables.values()
            if isinstance(rel, RelTable) and rel is not table
            for one in rel.connections
            for end in (one.source, one.target)
        }
        assert name not in ends
        for counter in _counters(table):
            del self.sequences[fold(counter)]
        del self.tables[fold(name)]

    def _rename(self, old: str, new: str) -> None:
        def renamed(name: str) -> str:
            return new if name == old else name

        assert fold(new) not in self.tables
        self.tables[fold(new)] = replace(self.tables.pop(fold(old)), name=new)
        for key, table in self.tables.items():
            if isinstance(table, RelTable):
                pairs = tuple(
                    Connection(source=renamed(one.source), target=renamed(one.target))
                    for one in table.connections
                )
                self.tables[key] = replace(table, connections=pairs)
        self.indexes = [replace(index, table=renamed(index.table)) for index in self.indexes]

    def _copy(self, operation: op.CopyNodes | op.CopyEdges) -> None:
        target = self._at(operation.table)
        if operation.mate is not None:
            self._has(operation.mate.table, operation.mate.column)
        for _, value in operation.values:
            if isinstance(value, Recalled):
                assert operation.mate is not None
                self._has(operation.mate.table, value.column, value.mate)
        assert {name for name, _ in operation.values} <= {column.name for column in target.columns}
        self._match(operation)
        if isinstance(operation, op.CopyNodes):
            assert isinstance(target, NodeTable)
            self.copied.append((operation.table, None))
            return
        assert isinstance(target, RelTable)
        assert operation.connection in target.connections
        self.copied.append((operation.table, operation.connection))

    def _recall(
        self,
        operation: op.ReadBefore
        | op.CopyCapturedEdges
        | op.RankNodes
        | op.RankEdges
        | op.PairRanked
        | op.PairLast
        | op.TakePaired,
    ) -> None:
        match operation:
            case op.ReadBefore(table=table, columns=columns):
                self._has(table, *columns)
            case op.CopyCapturedEdges():
                rel = self._at(operation.table)
                assert isinstance(rel, RelTable)
                assert operation.connection in rel.connections
                self._has(operation.table, *(name for name, _ in operation.values))
                taken = [value.column for _, value in operation.values if isinstance(value, Taken)]
                self._has(operation.source, *operation.ends, *taken)
                ends = (operation.connection.source, operation.connection.target)
                for end, key in zip(ends, operation.keys, strict=True):
                    self._has(end, key.name)
            case op.RankNodes(table=table, source=source, ends=ends):
                self._has(table)
                self._has(source, *ends)
            case op.RankEdges(table=table, source=source, ends=ends):
                self._has(table)
                rel = self._at(source)
                assert isinstance(rel, RelTable)
                assert Connection(source=ends[0], target=ends[1]) in rel.connections
            case op.PairRanked() | op.PairLast():
                for name in (operation.table, operation.edges, operation.captured):
                    self._has(name)
            case op.TakePaired(table=table, edge=edge, source=source, columns=columns):
                self._has(table, edge, *columns)
                self._has(source, *columns)

    def _has(self, table: str, *columns: str) -> None:
        assert set(columns) <= {column.name for column in self._at(table).columns}

    def _match(self, operation: op.CopyNodes | op.CopyEdges) -> None:
        """Every connection that the pattern goes along is declared."""
        source = self._at(operation.source)
        row = "n" if isinstance(operation, op.CopyNodes) else "r"
        tables = {row: operation.source}
        if operation.ends is not None:
            assert isinstance(source, RelTable)
            assert Connection(source=operation.ends[0], target=operation.ends[1]) in source.connections
            tables |= dict(zip("ab", operation.ends, strict=True))
        else:
            assert isinstance(source, NodeTable)
        for hop in operation.hops:
            rel = self._at(hop.rel)
            ends = (tables[hop.start], hop.table) if hop.forward else (hop.table, tables[hop.start])
            assert isinstance(rel, RelTable)
            assert Connection(source=ends[0], target=ends[1]) in rel.connections
            tables[hop.end] = hop.table
        for condition in operation.where:
            columns = self._at(tables[condition.variable]).columns
            assert condition.column in {column.name for column in columns}

    def _at(self, name: str) -> Table:
        return self.tables[fold(name)]


def _counters(table: Table) -> list[str]:
    return [f"{table.name}_{column.name}_serial" for column in table.columns if column.type == "SERIAL"]
