-- From schema 3: the graph says whether its views are settled and how they were defined; facts of replaced papers.

ALTER TABLE graph_info ADD COLUMN settled BOOLEAN;
ALTER TABLE graph_info ADD COLUMN definitions VARCHAR;

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
