"""What changed from one run to another: facts between entities gained, lost, or scored otherwise."""

from dataclasses import dataclass

import duckdb

from schemas.errors import GraphError


@dataclass(frozen=True, slots=True)
class FactChange:
    """A row of the macro ``diff``: a fact as it was after the one run and after the other."""

    change: str  # gained, lost or changed
    subject_id: str
    subject: str
    predicate: str
    object_id: str
    object: str
    n_papers_before: int
    n_papers_after: int
    score_before: float | None
    score_after: float | None


def diff_runs(connection: duckdb.DuckDBPyConnection, run_a: str, run_b: str) -> list[FactChange]:
    """Compare what papers said once run A had ended with what they said after run B.

    Args:
        connection: A graph.
        run_a: Id of the earlier run, or its beginning.
        run_b: Id of the later run, or its beginning.

    Raises:
        GraphError: There is no such run, or several.
    """
    runs = [find_run(connection, run) for run in (run_a, run_b)]
    return [FactChange(*row) for row in connection.execute("SELECT * FROM diff(?, ?)", runs).fetchall()]


def find_run(connection: duckdb.DuckDBPyConnection, run: str) -> str:
    """The id of a run from its beginning.

    Raises:
        GraphError: There is no such run, or several.
    """
    found = connection.execute(
        "SELECT run_id FROM runs WHERE starts_with(run_id, ?) ORDER BY run_id = ? DESC, run_id", [run, run]
    ).fetchall()
    if not found:
        raise GraphError(f"no run {run} in the graph; `papergraph status` lists the last ones, the table runs all")
    if len(found) > 1 and found[0][0] != run:
        raise GraphError(f"{len(found)} runs begin with {run}; give more of the id")
    return found[0][0]


def find_papers(connection: duckdb.DuckDBPyConnection, names: list[str]) -> list[str]:
    """Ids of papers from ids, file names or sources.

    Raises:
        GraphError: A name fits no paper, or is a file name that several papers have.
    """
    ids: list[str] = []
    for name in names:
        found = connection.execute(
            "SELECT paper_id FROM papers WHERE paper_id = $1 OR source = $1 OR file_name = $1"
            " ORDER BY paper_id = $1 DESC, paper_id",
            [name],
        ).fetchall()
        if not found:
            raise GraphError(f"no paper {name} in the graph; name it by its id, its path or its file name")
        if len(found) > 1 and found[0][0] != name:
            raise GraphError(f"{len(found)} papers go by {name}; name them by their ids, in the table papers")
        ids.append(found[0][0])
    return ids
