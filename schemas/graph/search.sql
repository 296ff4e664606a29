-- The words of sentences and names. DuckDB's own full-text extension has to be downloaded; plain tables need nothing.

CREATE SCHEMA IF NOT EXISTS settled;

CREATE TABLE IF NOT EXISTS settled.search_sentences (
    number INTEGER NOT NULL,
    paper_id VARCHAR NOT NULL,
    start_char INTEGER NOT NULL,
    end_char INTEGER NOT NULL,
    n_words INTEGER NOT NULL
);

CREATE TABLE IF NOT EXISTS settled.search_postings (
    word VARCHAR NOT NULL,
    number INTEGER NOT NULL,
    n_times INTEGER NOT NULL,
    n_words INTEGER NOT NULL
);

CREATE TABLE IF NOT EXISTS settled.search_names (
    word VARCHAR NOT NULL,
    entity_id VARCHAR NOT NULL
);
