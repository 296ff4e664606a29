"""Readers of registries, one file a format: each yields ``KBEntry`` records by streaming."""

from linking.sources.concepts import read_concepts
from linking.sources.reading import STARTER, KBSourceFile, read_source, source_version
from linking.sources.ror import read_ror
from linking.sources.starter import read_starter
from linking.sources.table import ColumnMapping, read_table

__all__ = [
    "STARTER",
    "ColumnMapping",
    "KBSourceFile",
    "read_concepts",
    "read_ror",
    "read_source",
    "read_starter",
    "read_table",
    "source_version",
]
