"""The DuckDB graph: tables, views, loading."""
