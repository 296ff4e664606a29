-- The tables of a graph. Keys are natural: what is read again lands on its own row.
-- Only small tables carry a PRIMARY KEY: its index is held in memory, and at a million papers that of the mentions
-- alone would be gigabytes. The keys of the large ones are kept by the loader, which replaces whole papers, and are
-- stated in the comments (comments.sql).
-- The text is kept block by block: DuckDB writes rows in groups of 122,880, and appending to a group writes it anew, so
-- a column of whole papers would cost gigabytes at every checkpoint.

CREATE TABLE graph_info (
    schema_version INTEGER NOT NULL,
    created_at TIMESTAMP NOT NULL,
    settled BOOLEAN,
    definitions VARCHAR
);

CREATE TABLE runs (
    run_id VARCHAR PRIMARY KEY,
    started_at TIMESTAMP NOT NULL,
    finished_at TIMESTAMP,
    status VARCHAR NOT NULL CHECK (status IN ('running', 'done', 'done_with_failures', 'failed', 'interrupted')),
    source VARCHAR NOT NULL,
    n_found BIGINT,
    n_loaded BIGINT,
    n_skipped BIGINT,
    n_failed BIGINT,
    settings JSON NOT NULL,
    stage_seconds JSON
);

CREATE TABLE papers (
    paper_id VARCHAR PRIMARY KEY,
    file_name VARCHAR NOT NULL,
    source VARCHAR NOT NULL,
    title VARCHAR,
    doi VARCHAR,
    arxiv_id VARCHAR,
    year INTEGER,
    language VARCHAR,
    n_pages INTEGER NOT NULL,
    n_chars INTEGER NOT NULL,
    scanned BOOLEAN NOT NULL,
    status VARCHAR NOT NULL CHECK (status IN ('loaded', 'empty')),
    ingested_at TIMESTAMP NOT NULL,
    run_id VARCHAR NOT NULL,
    fingerprint VARCHAR NOT NULL,
    metadata JSON,
    printed JSON,
    field VARCHAR
);

CREATE TABLE blocks (
    paper_id VARCHAR NOT NULL,
    start_char INTEGER NOT NULL,
    end_char INTEGER NOT NULL,
    kind VARCHAR NOT NULL,
    text VARCHAR NOT NULL,
    page INTEGER NOT NULL,
    x0 DOUBLE NOT NULL,
    y0 DOUBLE NOT NULL,
    x1 DOUBLE NOT NULL,
    y1 DOUBLE NOT NULL,
    section VARCHAR NOT NULL
);

CREATE TABLE sentences (
    paper_id VARCHAR NOT NULL,
    start_char INTEGER NOT NULL,
    end_char INTEGER NOT NULL,
    page INTEGER NOT NULL,
    text VARCHAR NOT NULL
);

CREATE TABLE mentions (
    paper_id VARCHAR NOT NULL,
    mention_id VARCHAR NOT NULL,
    label VARCHAR NOT NULL,
    text VARCHAR NOT NULL,
    page INTEGER NOT NULL,
    start_char INTEGER NOT NULL,
    end_char INTEGER NOT NULL,
    score DOUBLE NOT NULL,
    entity_id VARCHAR,
    block_kind VARCHAR,
    model VARCHAR NOT NULL,
    x0 DOUBLE,
    y0 DOUBLE,
    x1 DOUBLE,
    y1 DOUBLE,
    condition VARCHAR
);

CREATE TABLE abbreviations (
    paper_id VARCHAR NOT NULL,
    short VARCHAR NOT NULL,
    long VARCHAR NOT NULL,
    short_start_char INTEGER NOT NULL,
    short_end_char INTEGER NOT NULL,
    long_start_char INTEGER NOT NULL,
    long_end_char INTEGER NOT NULL
);

CREATE TABLE relations (
    paper_id VARCHAR NOT NULL,
    label VARCHAR NOT NULL,
    head_id VARCHAR NOT NULL,
    tail_id VARCHAR NOT NULL,
    head_label VARCHAR NOT NULL,
    tail_label VARCHAR NOT NULL,
    head_entity_id VARCHAR,
    tail_entity_id VARCHAR,
    page INTEGER NOT NULL,
    sentence_start_char INTEGER NOT NULL,
    sentence_end_char INTEGER NOT NULL,
    score DOUBLE NOT NULL,
    model VARCHAR NOT NULL
);

CREATE TABLE links (
    paper_id VARCHAR NOT NULL,
    mention_id VARCHAR NOT NULL,
    entity_id VARCHAR NOT NULL,
    kb VARCHAR NOT NULL,
    name VARCHAR,
    score DOUBLE NOT NULL,
    model VARCHAR NOT NULL
);

CREATE TABLE entities (
    entity_id VARCHAR PRIMARY KEY,
    label VARCHAR NOT NULL,
    name VARCHAR NOT NULL,
    kb VARCHAR NOT NULL
);

CREATE TABLE paper_entities (
    paper_id VARCHAR NOT NULL,
    entity_id VARCHAR NOT NULL,
    name VARCHAR NOT NULL,
    n_mentions INTEGER NOT NULL,
    label VARCHAR NOT NULL,
    kb VARCHAR NOT NULL,
    kb_name VARCHAR
);

-- Decisions about what is one thing. The linker's own answer stays in links; resolutions follows from these two and is
-- what mentions, relations, paper_entities and entities are written by. No ingest touches corrections.
CREATE TABLE corrections (
    entity_id VARCHAR NOT NULL,
    paper_id VARCHAR NOT NULL,
    action VARCHAR NOT NULL CHECK (action IN ('same', 'different', 'link', 'not_a_name')),
    target_id VARCHAR NOT NULL,
    target_name VARCHAR,
    target_kb VARCHAR NOT NULL,
    note VARCHAR NOT NULL,
    corrected_at TIMESTAMP NOT NULL,
    PRIMARY KEY (entity_id, paper_id, action, target_id)
);

CREATE TABLE merges (
    entity_id VARCHAR NOT NULL,
    target_id VARCHAR NOT NULL,
    reason VARCHAR NOT NULL,
    evidence VARCHAR NOT NULL,
    score DOUBLE NOT NULL
);

CREATE TABLE resolutions (
    entity_id VARCHAR NOT NULL,
    paper_id VARCHAR NOT NULL,
    resolved_id VARCHAR,
    kb VARCHAR NOT NULL,
    name VARCHAR
);

-- What papers said before they were read again, so that runs can be compared.
CREATE TABLE past_facts (
    paper_id VARCHAR NOT NULL,
    subject_id VARCHAR NOT NULL,
    predicate VARCHAR NOT NULL,
    object_id VARCHAR NOT NULL,
    n_mentions BIGINT NOT NULL,
    score DOUBLE NOT NULL,
    run_id VARCHAR NOT NULL,
    replaced_by VARCHAR NOT NULL
);

CREATE TABLE failures (
    source VARCHAR PRIMARY KEY,
    paper_id VARCHAR NOT NULL,
    file_name VARCHAR NOT NULL,
    stage VARCHAR NOT NULL,
    error VARCHAR NOT NULL,
    message VARCHAR NOT NULL,
    failed_at TIMESTAMP NOT NULL,
    run_id VARCHAR NOT NULL
);

CREATE TABLE kb_sources (
    kb VARCHAR NOT NULL,
    revision VARCHAR NOT NULL,
    source VARCHAR NOT NULL,
    n_entries BIGINT NOT NULL,
    licence VARCHAR NOT NULL,
    PRIMARY KEY (kb, revision, source)
);
