"""Records, errors, shards and the graph: the ground that all other packages stand on.

May import: the standard library, numpy, pyarrow, pandas, duckdb. Nothing of papergraph outside this package.
"""
