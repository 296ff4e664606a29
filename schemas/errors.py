"""Errors of papergraph. An error says whether trying again can help, and what to do."""


class PapergraphError(Exception):
    """Anything papergraph raises on purpose."""


class PaperError(PapergraphError):
    """One paper cannot be processed: it becomes a failure row and the run goes on.

    Attributes:
        code: Short and stable, for SQL: ``encrypted``, ``not_a_pdf``, ``damaged``, ``too_large``, ``timeout``,
            ``out_of_memory``, ``parser_crash``, ``no_text``, ``unreadable``.
        message: What is wrong and what can be done, for people.
    """

    def __init__(self, code: str, message: str) -> None:
        super().__init__(code, message)
        self.code = code
        self.message = message

    def __str__(self) -> str:
        return f"{self.code}: {self.message}"


class TransientError(PapergraphError):
    """The same call may succeed later; the flow retries this and nothing else."""


class ShardError(PapergraphError):
    """A shard file is missing, truncated, damaged or of another version: its stage has to be run again."""


class CountError(PapergraphError):
    """A run's counts do not add up (found = loaded + skipped + failed): a paper was lost or counted twice."""


class ConfigError(PapergraphError):
    """The call is wrong (a path, a setting, a missing extra): nothing was written."""


class ModelError(ConfigError):
    """A model folder is missing, incomplete or made for another version."""


class KnowledgeBaseError(ConfigError):
    """A knowledge base is missing, broken, or does not fit its manifest."""


class GraphError(ConfigError):
    """A graph cannot be opened: locked, made by a newer version, or not a graph."""


class QueryError(ConfigError):
    """SQL that is wrong, or that asks for more than reading the graph."""
