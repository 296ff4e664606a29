"""A graph in the formats of others: RDF, nanopublications, Neo4j, GraphML, Parquet. Streamed from the views."""
