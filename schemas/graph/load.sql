-- Puts the staged papers into the graph, facts and all. Runs inside one transaction, after the old facts are gone.
-- Variables: run_id, now (UTC), fingerprint.

INSERT INTO papers BY NAME
SELECT
    paper.paper_id, paper.file_name, paper.source, nullif(paper.title, '') AS title, nullif(paper.doi, '') AS doi,
    nullif(paper.arxiv_id, '') AS arxiv_id, paper.year, nullif(paper.language, '') AS language,
    nullif(tags.field, '') AS field, paper.n_pages, n_chars, paper.scanned, if(trim(paper.text) = '', 'empty', 'loaded') AS status,
    getvariable('now') AS ingested_at, getvariable('run_id') AS run_id, getvariable('fingerprint') AS fingerprint
FROM staged;

INSERT INTO blocks BY NAME
SELECT staged_blocks.*, cut(piece_text, whole_text, start_char, end_char) AS text
FROM staged_blocks
JOIN staged_pieces ON staged_pieces.paper_id = staged_blocks.paper_id AND piece = start_char // 4000;

INSERT INTO mentions BY NAME SELECT * EXCLUDE (is_linked, entity_label, linked_name, kb, kb_name) FROM staged_mentions;

INSERT INTO abbreviations BY NAME
WITH found AS (
    SELECT DISTINCT paper.paper_id, unnest(tags.abbreviations, max_depth := 2) FROM staged
)
SELECT
    found.*,
    substr(paper.text, short_start_char + 1, short_end_char - short_start_char) AS short,
    substr(paper.text, long_start_char + 1, long_end_char - long_start_char) AS long
FROM found
JOIN staged ON staged.paper.paper_id = found.paper_id;

INSERT INTO relations BY NAME SELECT * FROM staged_relations;

INSERT INTO sentences BY NAME
WITH read AS (
    SELECT paper_id, sentence_start_char AS start_char, sentence_end_char AS end_char, min(page) AS page
    FROM staged_relations
    GROUP BY ALL
)
SELECT read.*, cut(piece_text, whole_text, start_char, end_char) AS text
FROM read
JOIN staged_pieces ON staged_pieces.paper_id = read.paper_id AND piece = start_char // 4000;

INSERT INTO links BY NAME
SELECT paper_id, mention_id, entity_id, kb, name, score, model FROM staged_links;

INSERT INTO paper_entities BY NAME
SELECT * EXCLUDE (linked_name) FROM staged_paper_entities;

-- A name to go by until settle.sql has seen all papers.
INSERT INTO entities BY NAME
SELECT entity_id, label, linked_name AS name, kb FROM staged_paper_entities
ON CONFLICT DO NOTHING;

DELETE FROM failures
WHERE source IN (SELECT source FROM staged_failures)
    OR (paper_id <> '' AND paper_id IN (SELECT paper_id FROM staged_failures))
    OR (run_id <> getvariable('run_id') AND source IN (SELECT paper.source FROM whole_papers))
    OR (paper_id <> '' AND paper_id IN (SELECT paper.paper_id FROM whole_papers));

INSERT INTO failures BY NAME
SELECT *, getvariable('now') AS failed_at, getvariable('run_id') AS run_id FROM staged_failures;
