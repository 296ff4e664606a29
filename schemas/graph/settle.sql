-- Names of entities that do not depend on the order in which papers came: for a thing in a knowledge base the name that
-- it has there; for one of our own the form printed in most papers, then most often, then the longest, then the first
-- in the alphabet. Entities that no paper names any more go. Touches only the rows that change.

CREATE OR REPLACE TEMP TABLE settled AS
WITH forms AS (
    SELECT
        entity_id, coalesce(kb_name, name) AS name, label, kb, count(*) AS n_papers, sum(n_mentions) AS n_mentions
    FROM paper_entities
    GROUP BY ALL
)
SELECT
    entity_id,
    arg_min({'name': name, 'label': label, 'kb': kb}, (kb = '', -n_papers, -n_mentions, -length(name), name, label, kb))
        AS best
FROM forms
GROUP BY entity_id;

DELETE FROM entities WHERE entity_id NOT IN (SELECT entity_id FROM settled);

UPDATE entities
SET name = best.name, label = best.label, kb = best.kb
FROM settled
WHERE settled.entity_id = entities.entity_id
    AND (entities.name, entities.label, entities.kb) IS DISTINCT FROM (best.name, best.label, best.kb);

DROP TABLE settled;
