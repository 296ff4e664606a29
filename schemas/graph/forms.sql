-- From mentions (staged_mentions) to what each paper speaks of (staged_paper_entities).
-- The form in which a paper prints an entity most often; of two the shorter, then the first in the alphabet.
CREATE OR REPLACE TEMP TABLE staged_paper_entities AS
WITH forms AS (
    SELECT
        paper_id, entity_id, entity_label, kb, kb_name, linked_name,
        regexp_replace(trim(text), '\s+', ' ', 'g') AS form, count(*) AS n_mentions
    FROM staged_mentions
    WHERE entity_id IS NOT NULL
    GROUP BY ALL
)
SELECT
    paper_id, entity_id,
    -- "Top-1" or "Acc" over a column is how a measure's name begins, not its name
    coalesce(
        arg_min(form, (-n_mentions, length(form), form)) FILTER (
            entity_label <> 'Metric' OR NOT starts_with(lower(linked_name), lower(rtrim(form, '.')))
            OR length(rtrim(form, '.')) >= length(linked_name)
        ),
        max(linked_name)
    ) AS name,
    sum(n_mentions) AS n_mentions, min(entity_label) AS label, max(kb) AS kb, max(kb_name) AS kb_name,
    max(linked_name) AS linked_name
FROM forms
GROUP BY paper_id, entity_id;
