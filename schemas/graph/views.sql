-- The views for people. Every score is a probability; sums over papers are rounded to 6 places, because floating
-- point sums depend on the order of the rows and the same graph must give the same answer.

-- With plain minus signs, and powers of ten as an exponent: "2.1·10−2" -> "2.1e-2"
CREATE OR REPLACE MACRO plain_number(printed) AS regexp_replace(
    translate(printed, '−–﹣', '---'), '(\d)\s?[x×·]\s?10(?:\s?\^\s?\{?(-?\d{1,3})\}?|(-\d{1,3}))', '\1e\2\3'
);

-- The first number that stands on its own: not the 4 of BLEU-4, nor the 1 of F1 or R@1.
CREATE OR REPLACE MACRO result_number(printed) AS regexp_extract(
    plain_number(printed), '(?:^|[^\w.,@#^-])(-?(?:\d[\d,]*(?:\.\d+)?|\.\d+)(?:[eE][-+]?\d+\b)?)', 1
);

-- "84.2%" -> 84.2, "−0.5" -> -0.5, "1,234" -> 1234, "84,2" -> 84.2, "91.2 ± 0.3" -> 91.2
CREATE OR REPLACE MACRO result_value(printed) AS TRY_CAST(
    replace(regexp_replace(trim(result_number(printed), ','), ',(\d{3})\b', '\1', 'g'), ',', '.') AS DOUBLE
);

-- What stands behind the number and its spread: "84.2%" -> "%", "28.4 ± 0.2 BLEU" -> "BLEU", "84.2" -> NULL
CREATE OR REPLACE MACRO result_unit(printed) AS regexp_replace(
    nullif(
        regexp_extract(
            split_part(plain_number(printed), nullif(result_number(printed), ''), 2),
            '^\s*(?:\(?\s*(?:±|\+/-|\+-)\s*[\d.,]+\s*\)?)?\s*([%‰]|°C?|\pL[^\s(),;:/]*(?:\s\pL[^\s(),;:/]*)?)', 1
        ),
        ''
    ),
    '^(?i:per ?cent)$', '%'
);

-- What holds for a linked entity: the resolution for this paper, else that for all papers, else the link itself.
CREATE OR REPLACE MACRO prefer(is_here, here, is_everywhere, everywhere, linked) AS
    CASE WHEN is_here IS NOT NULL THEN here WHEN is_everywhere IS NOT NULL THEN everywhere ELSE linked END;

-- The text of a paper, into which all offsets point. An empty line separates blocks; a single character those that were
-- one: a paragraph that goes on in the next column has a space there, parts of a front page have a line end.
CREATE OR REPLACE VIEW texts AS
SELECT paper_id, string_agg(text || separator, '' ORDER BY start_char) AS text
FROM (
    SELECT
        *,
        CASE lead(start_char) OVER following - end_char
            WHEN 1 THEN
                if(kind = lead(kind) OVER following AND kind NOT IN ('title', 'authors', 'affiliations', 'table', 'reference', 'footnote'),
                    ' ', E'\n')
            WHEN 2 THEN E'\n\n'
            ELSE ''
        END AS separator
    FROM blocks
    WINDOW following AS (PARTITION BY paper_id ORDER BY start_char)
)
GROUP BY paper_id;

-- Each relation mention between two things, as subject, predicate, object. Relations that read the same both ways
-- (synonym_of, compared_with) have the smaller id as subject. A Result has no entity: its id is paper and mention.
CREATE OR REPLACE VIEW facts AS
WITH ends AS (
    SELECT
        *,
        coalesce(head_entity_id, paper_id || '/' || head_id) AS head,
        coalesce(tail_entity_id, paper_id || '/' || tail_id) AS tail,
        label IN ('synonym_of', 'compared_with') AND head > tail AS turned
    FROM relations
    WHERE (head_entity_id IS NOT NULL OR head_label = 'Result') AND (tail_entity_id IS NOT NULL OR tail_label = 'Result')
)
SELECT
    paper_id,
    if(turned, tail, head) AS subject_id,
    label AS predicate,
    if(turned, head, tail) AS object_id,
    page,
    sentence_start_char AS start_char,
    sentence_end_char AS end_char,
    model,
    score
FROM ends
WHERE head <> tail;

-- How sure several sentences of a paper make a fact: noisy-or, in which the likeliest counts in full and the others by
-- half, because the same model reads the same claim again. By half, facts of several sentences are as well calibrated as
-- those of one (extractors/relations/README.md).
CREATE OR REPLACE MACRO sentences_score(score) AS
    1 - (1 - max(score)) * exp(sum(ln(1 - 0.5 * score))) / (1 - 0.5 * max(score));

-- What each paper says, over its sentences.
CREATE OR REPLACE VIEW paper_facts AS
WITH sentences_said AS (
    SELECT
        paper_id, subject_id, predicate, object_id, start_char, end_char, count(*) AS n_mentions, max(score) AS score
    FROM facts
    GROUP BY ALL
)
SELECT
    paper_id, subject_id, predicate, object_id, sum(n_mentions)::BIGINT AS n_mentions,
    round(sentences_score(score), 6) AS score
FROM sentences_said
GROUP BY ALL;

-- The same over papers, which are taken as independent: noisy-or, each capped at 0.99, the whole at 0.999.
CREATE OR REPLACE VIEW readings AS
SELECT
    subject_id, predicate, object_id, count(*) AS n_papers, sum(n_mentions)::BIGINT AS n_mentions,
    round(least(0.999, 1 - exp(sum(ln(1 - least(score, 0.99))))), 6) AS score
FROM paper_facts
GROUP BY ALL;

-- Can two readings of the same two things not both be true, whatever their directions: a directed relation both ways; two
-- names of one thing, and anything else; a kind and a part; a part, and something to compare with.
CREATE OR REPLACE MACRO contradicts(one, other) AS
    one = other
    OR 'synonym_of' IN (one, other)
    OR (one IN ('subclass_of', 'part_of', 'subtask_of') AND other IN ('subclass_of', 'part_of', 'subtask_of'))
    OR (one IN ('compared_with', 'part_of') AND other IN ('compared_with', 'part_of'));

-- Readings that do not hold, because a likelier one that does contradicts them: from the likeliest down, a reading holds if
-- it contradicts none that holds.
CREATE OR REPLACE VIEW disputes AS
WITH pairs AS (
    SELECT list(
        {'subject_id': subject_id, 'predicate': predicate, 'object_id': object_id, 'n_papers': n_papers,
         'n_mentions': n_mentions, 'score': score}
        ORDER BY score DESC, n_papers DESC, n_mentions DESC, predicate, subject_id
    ) AS said
    FROM readings
    WHERE predicate NOT IN ('affiliated_with', 'achieves', 'measured_by', 'measured_on')
    GROUP BY least(subject_id, object_id), greatest(subject_id, object_id)
    HAVING count(*) > 1
),
settled AS (
    SELECT said, list_reduce(
        said,
        lambda kept, one: if(
            len(list_filter(kept, lambda held: contradicts(held.predicate, one.predicate))) > 0,
            kept, list_append(kept, one)
        ),
        []
    ) AS kept
    FROM pairs
),
lost AS (
    SELECT other, list_filter(kept, lambda held: contradicts(held.predicate, other.predicate))[1] AS holds
    FROM (SELECT kept, unnest(said) AS other FROM settled WHERE len(kept) < len(said))
    WHERE NOT list_contains(kept, other)
)
SELECT
    holds.subject_id AS subject_id, holds.predicate AS predicate, holds.object_id AS object_id, holds.score AS score,
    if(
        other.subject_id = holds.subject_id OR other.predicate IN ('synonym_of', 'compared_with'),
        other.predicate, '<- ' || other.predicate
    ) AS reading,
    other.subject_id AS other_subject_id, other.predicate AS other_predicate, other.object_id AS other_object_id,
    other.n_papers AS other_n_papers, other.n_mentions AS other_n_mentions, other.score AS other_score
FROM lost;

-- Where each fact is said, and where something else was read between the same two things that cannot be true as well.
CREATE OR REPLACE VIEW evidence AS
SELECT
    places.subject_id, places.predicate, places.object_id, places.paper_id, places.page, places.start_char,
    places.end_char, sentences.text AS sentence, places.model, places.score, places.reading, places.reading_score
FROM (
    SELECT facts.*, facts.predicate AS reading, NULL::DOUBLE AS reading_score
    FROM facts
    ANTI JOIN disputes
        ON other_subject_id = facts.subject_id AND other_predicate = facts.predicate
        AND other_object_id = facts.object_id
    UNION ALL
    SELECT
        facts.* REPLACE (
            disputes.subject_id AS subject_id, disputes.predicate AS predicate, disputes.object_id AS object_id
        ),
        reading, other_score
    FROM facts
    JOIN disputes
        ON other_subject_id = facts.subject_id AND other_predicate = facts.predicate
        AND other_object_id = facts.object_id
) AS places
LEFT JOIN sentences USING (paper_id, start_char, end_char);

-- MATERIALIZED, and the condition on the objects, which always holds, tell the joins apart: where a query reads the view
-- twice (as a union of the facts' two ends does), DuckDB 2.0 else takes the name of the one end for that of the other (its
-- optimizer common_subplan).
CREATE OR REPLACE VIEW triples AS
WITH held AS MATERIALIZED (
    FROM readings
    ANTI JOIN disputes
        ON other_subject_id = readings.subject_id AND other_predicate = readings.predicate
        AND other_object_id = readings.object_id
)
SELECT
    subject_id, subjects.name AS subject, subjects.label AS subject_type, predicate,
    object_id, objects.name AS object, objects.label AS object_type, n_papers, n_mentions, score
FROM held
JOIN entities AS subjects ON subjects.entity_id = subject_id
JOIN (FROM entities WHERE entity_id <> '') AS objects ON objects.entity_id = object_id;

-- Authors stand in the front matter, or have an affiliation; where neither is known, whoever is named as an author on
-- the first two pages outside the references.
CREATE OR REPLACE VIEW authors AS
WITH ranked AS (
    SELECT
        mentions.*,
        CASE
            WHEN mentions.block_kind IN ('authors', 'affiliations', 'title') OR heads.head_id IS NOT NULL THEN 0
            WHEN mentions.page <= 1 AND mentions.block_kind IS DISTINCT FROM 'reference' THEN 1
            ELSE 2
        END AS rank
    FROM mentions
    LEFT JOIN (SELECT DISTINCT paper_id, head_id FROM relations WHERE label = 'affiliated_with') AS heads
        ON heads.paper_id = mentions.paper_id AND heads.head_id = mentions.mention_id
    WHERE mentions.label = 'Author' AND mentions.entity_id IS NOT NULL
),
chosen AS (
    SELECT * FROM ranked QUALIFY rank < 2 AND rank = min(rank) OVER (PARTITION BY paper_id)
)
SELECT
    paper_id,
    row_number() OVER (PARTITION BY paper_id ORDER BY min(start_char)) AS position,
    arg_min(regexp_replace(trim(text), '\s+', ' ', 'g'), start_char) AS name,
    entity_id,
    max(score) AS score
FROM chosen
GROUP BY paper_id, entity_id;

CREATE OR REPLACE VIEW affiliations AS
SELECT
    relations.paper_id, author_names.name AS author, institution_names.name AS institution,
    head_entity_id AS author_id, tail_entity_id AS institution_id, max(relations.score) AS score
FROM relations
JOIN paper_entities AS author_names
    ON author_names.paper_id = relations.paper_id AND author_names.entity_id = head_entity_id
JOIN paper_entities AS institution_names
    ON institution_names.paper_id = relations.paper_id AND institution_names.entity_id = tail_entity_id
WHERE relations.label = 'affiliated_with'
GROUP BY ALL;

-- One row for each Result mention x method x dataset x metric, with ids; NULL where it was not said.
-- The task is the dataset's (benchmark_for), the likeliest that the paper says, else the one that its title names, else the
-- method's (used_for).
CREATE OR REPLACE VIEW result_facts AS
WITH edges AS (
    SELECT
        *,
        if(label = 'achieves', tail_id, head_id) AS result_id,
        if(label = 'achieves', head_entity_id, tail_entity_id) AS other_id
    FROM relations
    WHERE label IN ('achieves', 'measured_by', 'measured_on')
),
said AS (
    SELECT paper_id, result_id, label, other_id, max(score) AS score
    FROM edges
    GROUP BY ALL
),
places AS (
    SELECT
        paper_id, result_id,
        arg_max(
            {'start_char': sentence_start_char, 'end_char': sentence_end_char},
            (score, -sentence_start_char, -sentence_end_char)
        ) AS place
    FROM edges
    GROUP BY ALL
),
dataset_tasks AS (
    SELECT paper_id, head_entity_id AS dataset_id, arg_max(tail_entity_id, (score, tail_entity_id)) AS task_id
    FROM relations
    WHERE label = 'benchmark_for' AND tail_label = 'Task'
    GROUP BY ALL
),
title_tasks AS (
    SELECT paper_id, min(entity_id) AS task_id
    FROM mentions
    WHERE label = 'Task' AND block_kind = 'title'
    GROUP BY paper_id
    HAVING count(DISTINCT entity_id) = 1
),
method_tasks AS (
    SELECT paper_id, head_entity_id AS method_id, arg_max(tail_entity_id, (score, tail_entity_id)) AS task_id
    FROM relations
    WHERE label = 'used_for' AND head_label = 'Method' AND tail_label = 'Task'
    GROUP BY ALL
)
SELECT
    places.paper_id,
    places.result_id,
    methods.other_id AS method_id,
    coalesce(dataset_tasks.task_id, title_tasks.task_id, method_tasks.task_id) AS task_id,
    datasets.other_id AS dataset_id,
    metrics.other_id AS metric_id,
    result_value(mentions.text) AS value,
    coalesce(result_unit(mentions.text), behind.text) AS unit,
    mentions.text,
    mentions.page,
    mentions.x0,
    mentions.y0,
    mentions.x1,
    mentions.y1,
    mentions.condition,
    place.start_char AS start_char,
    place.end_char AS end_char,
    coalesce(methods.score, 1) * coalesce(datasets.score, 1) * coalesce(metrics.score, 1) AS score
FROM places
JOIN mentions ON mentions.paper_id = places.paper_id AND mentions.mention_id = places.result_id
LEFT JOIN (
    SELECT paper_id, start_char, min(text) AS text FROM mentions WHERE label = 'Metric' GROUP BY ALL
) AS behind ON behind.paper_id = places.paper_id AND behind.start_char = mentions.end_char + 1  -- "28.4 BLEU"
LEFT JOIN said AS methods
    ON methods.paper_id = places.paper_id AND methods.result_id = places.result_id AND methods.label = 'achieves'
LEFT JOIN said AS datasets
    ON datasets.paper_id = places.paper_id AND datasets.result_id = places.result_id
    AND datasets.label = 'measured_on'
LEFT JOIN said AS metrics
    ON metrics.paper_id = places.paper_id AND metrics.result_id = places.result_id AND metrics.label = 'measured_by'
LEFT JOIN dataset_tasks
    ON dataset_tasks.paper_id = places.paper_id AND dataset_tasks.dataset_id = datasets.other_id
LEFT JOIN title_tasks ON title_tasks.paper_id = places.paper_id
LEFT JOIN method_tasks ON method_tasks.paper_id = places.paper_id AND method_tasks.method_id = methods.other_id;

CREATE OR REPLACE VIEW results AS
SELECT
    result_facts.paper_id, methods.name AS method, tasks.name AS task, datasets.name AS dataset, metrics.name AS metric,
    value, unit, text, score, page, x0, y0, x1, y1, condition
FROM result_facts
LEFT JOIN paper_entities AS methods
    ON methods.paper_id = result_facts.paper_id AND methods.entity_id = result_facts.method_id
LEFT JOIN paper_entities AS tasks
    ON tasks.paper_id = result_facts.paper_id AND tasks.entity_id = result_facts.task_id
LEFT JOIN paper_entities AS datasets
    ON datasets.paper_id = result_facts.paper_id AND datasets.entity_id = result_facts.dataset_id
LEFT JOIN paper_entities AS metrics
    ON metrics.paper_id = result_facts.paper_id AND metrics.entity_id = result_facts.metric_id;

-- The results to compare: those with a value, a method and a dataset. A number counts for one method, the likeliest: one
-- of "BERT-large" is also of BERT, at a lower score. What a paper says in its abstract, its text and a table is one result.
CREATE OR REPLACE VIEW board_facts AS
FROM (
    FROM result_facts
    WHERE value IS NOT NULL AND method_id IS NOT NULL AND dataset_id IS NOT NULL
    QUALIFY row_number() OVER (
        PARTITION BY paper_id, result_id, dataset_id, metric_id ORDER BY score DESC, method_id
    ) = 1
)
QUALIFY row_number() OVER (
    PARTITION BY paper_id, method_id, dataset_id, metric_id, value
    ORDER BY task_id IS NULL, condition IS NULL, score DESC, start_char
) = 1;

-- Compares papers, hence the names that hold over all papers.
CREATE OR REPLACE VIEW leaderboard AS
SELECT
    tasks.name AS task, datasets.name AS dataset, metrics.name AS metric, value, methods.name AS method,
    board_facts.paper_id, papers.title, board_facts.page, sentences.text AS sentence, x0, y0, x1, y1,
    condition
FROM board_facts
JOIN papers USING (paper_id)
JOIN entities AS methods ON methods.entity_id = board_facts.method_id
JOIN entities AS datasets ON datasets.entity_id = board_facts.dataset_id
LEFT JOIN entities AS tasks ON tasks.entity_id = board_facts.task_id
LEFT JOIN entities AS metrics ON metrics.entity_id = board_facts.metric_id
LEFT JOIN sentences
    ON sentences.paper_id = board_facts.paper_id AND sentences.start_char = board_facts.start_char
    AND sentences.end_char = board_facts.end_char;

-- Relations between a method and a dataset, and the pairs that follow from a result: a method that achieves it, on the
-- dataset it is measured on, was evaluated there. All results of a pair count as one sentence: they are mostly one table's.
CREATE OR REPLACE VIEW method_datasets AS
WITH pairs AS (
    SELECT
        paper_id,
        if(head_label = 'Method', head_entity_id, tail_entity_id) AS method_id,
        if(head_label = 'Method', tail_entity_id, head_entity_id) AS dataset_id,
        label AS relation,
        sentence_start_char AS start_char,
        score
    FROM relations
    WHERE label IN ('evaluated_on', 'trained_on', 'used_for', 'benchmark_for')
        AND ((head_label = 'Method' AND tail_label = 'Dataset') OR (head_label = 'Dataset' AND tail_label = 'Method'))
    UNION ALL
    SELECT achieved.paper_id, achieved.head_entity_id, measured.tail_entity_id, 'evaluated_on', NULL,
        achieved.score * measured.score
    FROM relations AS achieved
    JOIN relations AS measured
        ON measured.paper_id = achieved.paper_id AND measured.head_id = achieved.tail_id
    WHERE achieved.label = 'achieves' AND measured.label = 'measured_on'
),
said AS (
    SELECT paper_id, method_id, dataset_id, relation, start_char, count(*) AS n_mentions, max(score) AS score
    FROM pairs
    GROUP BY ALL
)
SELECT
    said.paper_id, methods.name AS method, datasets.name AS dataset, relation, method_id, dataset_id,
    sum(said.n_mentions)::BIGINT AS n_mentions, round(sentences_score(score), 6) AS score
FROM said
JOIN paper_entities AS methods ON methods.paper_id = said.paper_id AND methods.entity_id = method_id
JOIN paper_entities AS datasets ON datasets.paper_id = said.paper_id AND datasets.entity_id = dataset_id
GROUP BY ALL;

-- How much is said of each entity.
CREATE OR REPLACE VIEW entity_counts AS
SELECT
    entity_id, entities.label, entities.name, entities.kb, count(*) AS n_papers,
    sum(paper_entities.n_mentions)::BIGINT AS n_mentions
FROM paper_entities
JOIN entities USING (entity_id)
GROUP BY ALL;

-- Each triple from both of its ends, in one pass.
CREATE OR REPLACE VIEW neighbours AS
SELECT
    if(outgoing, subject_id, object_id) AS entity_id, predicate, outgoing,
    if(outgoing, object_id, subject_id) AS neighbour_id, if(outgoing, object, subject) AS neighbour,
    if(outgoing, object_type, subject_type) AS neighbour_type, n_papers, n_mentions, score
FROM triples
CROSS JOIN (VALUES (true), (false)) AS ends (outgoing);

-- Which run, models and knowledge base made each fact.
CREATE OR REPLACE VIEW origins AS
SELECT
    relations.paper_id,
    coalesce(head_entity_id, relations.paper_id || '/' || head_id) AS head_id, relations.label AS predicate,
    coalesce(tail_entity_id, relations.paper_id || '/' || tail_id) AS tail_id,
    relations.model AS relation_model, heads.model AS head_model, tails.model AS tail_model,
    head_links.model AS head_linker, tail_links.model AS tail_linker, papers.run_id, papers.ingested_at,
    papers.fingerprint
FROM relations
JOIN papers USING (paper_id)
JOIN mentions AS heads ON heads.paper_id = relations.paper_id AND heads.mention_id = relations.head_id
JOIN mentions AS tails ON tails.paper_id = relations.paper_id AND tails.mention_id = relations.tail_id
LEFT JOIN links AS head_links
    ON head_links.paper_id = relations.paper_id AND head_links.mention_id = relations.head_id
LEFT JOIN links AS tail_links
    ON tail_links.paper_id = relations.paper_id AND tail_links.mention_id = relations.tail_id;
