-- From schema 2: corrections and merges of entities; links keep the name in the knowledge base.

ALTER TABLE links ADD COLUMN name VARCHAR;
UPDATE links SET name = entities.name FROM entities WHERE entities.entity_id = links.entity_id AND links.kb <> '';

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
