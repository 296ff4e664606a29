"""The DuckDB graph: tables, views and their comments (SQL files), opening, loading, the log of runs, queries.

May import duckdb, pyarrow, pandas and numpy, and of papergraph only ``schemas``.
"""
