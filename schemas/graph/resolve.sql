-- Brings mentions, relations, paper_entities and entities in line with new resolutions (table new_resolutions, shaped
-- like resolutions). Touches only the mentions of entities whose resolution changes.

UPDATE new_resolutions
SET kb = known.kb, name = known.name
FROM (
    SELECT entity_id, max(kb) AS kb, max(name) AS name
    FROM links
    WHERE entity_id IN (SELECT resolved_id FROM new_resolutions)
    GROUP BY entity_id
) AS known
WHERE known.entity_id = resolved_id AND known.kb <> '';

CREATE OR REPLACE TEMP TABLE touched AS
SELECT DISTINCT entity_id FROM (
    (FROM new_resolutions EXCEPT FROM resolutions) UNION ALL (FROM resolutions EXCEPT FROM new_resolutions)
);

DELETE FROM resolutions;
INSERT INTO resolutions FROM new_resolutions;

CREATE OR REPLACE TEMP TABLE changed AS
SELECT
    links.paper_id, links.mention_id,
    prefer(here.entity_id, here.resolved_id, everywhere.entity_id, everywhere.resolved_id, links.entity_id) AS entity_id
FROM links
LEFT JOIN resolutions AS here ON here.entity_id = links.entity_id AND here.paper_id = links.paper_id
LEFT JOIN resolutions AS everywhere ON everywhere.entity_id = links.entity_id AND everywhere.paper_id = ''
WHERE links.entity_id IN (SELECT entity_id FROM touched);

UPDATE mentions SET entity_id = changed.entity_id
FROM changed
WHERE changed.paper_id = mentions.paper_id AND changed.mention_id = mentions.mention_id;

UPDATE relations SET head_entity_id = changed.entity_id
FROM changed
WHERE changed.paper_id = relations.paper_id AND changed.mention_id = relations.head_id;

UPDATE relations SET tail_entity_id = changed.entity_id
FROM changed
WHERE changed.paper_id = relations.paper_id AND changed.mention_id = relations.tail_id;

-- What the papers concerned speak of, told anew: the input of forms.sql.
CREATE OR REPLACE TEMP TABLE staged_mentions AS
WITH named AS (
    SELECT paper_id, mention_id, label, text, entity_id
    FROM mentions
    WHERE entity_id IS NOT NULL AND paper_id IN (SELECT paper_id FROM changed)
)
SELECT
    named.paper_id, named.entity_id, named.label AS entity_label, named.text,
    prefer(here.entity_id, here.kb, everywhere.entity_id, everywhere.kb, links.kb) AS kb,
    prefer(here.entity_id, here.name, everywhere.entity_id, everywhere.name, if(links.kb = '', NULL, links.name))
        AS kb_name,
    coalesce(kb_name, links.name, named.text) AS linked_name
FROM named
JOIN links ON links.paper_id = named.paper_id AND links.mention_id = named.mention_id
LEFT JOIN resolutions AS here ON here.entity_id = links.entity_id AND here.paper_id = links.paper_id
LEFT JOIN resolutions AS everywhere ON everywhere.entity_id = links.entity_id AND everywhere.paper_id = '';
