-- Table macros for common questions. People, institutions, methods and the like may be given by name or by id.

-- Ids of what goes by a name (whatever its case), or has it as its id. (Two looks: an OR would not use the ids' index.)
CREATE OR REPLACE MACRO named(who) AS TABLE
SELECT entity_id, label, name FROM entities WHERE lower(entities.name) = lower(who)
UNION
SELECT entity_id, label, name FROM entities WHERE entity_id = who;

CREATE OR REPLACE MACRO papers_of(author) AS TABLE
SELECT papers.paper_id, papers.title, papers.year, authors.position, authors.name AS printed_name
FROM authors
JOIN papers USING (paper_id)
WHERE authors.entity_id IN (SELECT entity_id FROM named(author))
ORDER BY papers.year DESC NULLS LAST, papers.title, papers.paper_id;

-- Institutions that share papers with an institution.
CREATE OR REPLACE MACRO collaborators(institution) AS TABLE
WITH own AS (SELECT entity_id FROM named(institution)),
shared AS (SELECT DISTINCT paper_id FROM affiliations WHERE institution_id IN (FROM own))
SELECT institution_id, entities.name AS institution, count(DISTINCT affiliations.paper_id) AS n_papers
FROM affiliations
SEMI JOIN shared USING (paper_id)
JOIN entities ON entities.entity_id = institution_id
WHERE institution_id NOT IN (FROM own)
GROUP BY ALL
ORDER BY n_papers DESC, entities.name, institution_id;

-- The leaderboard of a dataset, best first. metric NULL: by all metrics; highest := false where less is better.
CREATE OR REPLACE MACRO best_on(dataset, metric, highest := true) AS TABLE
SELECT leaderboard.value, leaderboard.metric, leaderboard.method, leaderboard.paper_id, leaderboard.title,
    leaderboard.page, leaderboard.sentence, leaderboard.condition
FROM leaderboard
WHERE lower(leaderboard.dataset) = lower(dataset) AND (metric IS NULL OR lower(leaderboard.metric) = lower(metric))
ORDER BY leaderboard.metric, if(highest, -1, 1) * leaderboard.value, leaderboard.method, leaderboard.paper_id;

-- A shortest chain of facts from one thing to another, in either direction of each fact, at most max_hops facts long:
-- the likeliest of them, by the product of the facts' scores. The search is breadth first from both ends at once
-- (Pohl 1971), always from the end whose outermost hop has fewer nodes, until the two meet: half the depth on either
-- side is far less than the whole depth on one. What is reached keeps the fact that leads to it, so that nothing has
-- to be looked up again. The first hop stands before the recursion, for only there DuckDB 2.0 skips the rows of other
-- things; and the recursion picks its facts by a semi-join, for of a join it would build a table of all facts.
CREATE OR REPLACE MACRO path(a, b, max_hops := 4) AS TABLE
WITH RECURSIVE starts AS (
    SELECT 'a' AS side, entity_id FROM named(a)
    UNION ALL
    SELECT 'b', entity_id FROM named(b)
),
near AS (
    SELECT
        side, neighbour_id,
        max({
            'likelihood': score, 'n_papers': n_papers, 'parent': entity_id, 'predicate': predicate,
            'outgoing': outgoing, 'score': score
        }) AS best
    FROM starts
    JOIN neighbours USING (entity_id)
    ANTI JOIN starts AS own ON own.side = starts.side AND own.entity_id = neighbour_id
    GROUP BY side, neighbour_id
),
reached USING KEY (side, node) AS (
    SELECT side, neighbour_id AS node, 1 AS hop, best FROM near
    UNION ALL
    SELECT side, entity_id, 0, {
        'likelihood': 1, 'n_papers': 0, 'parent': NULL, 'predicate': NULL, 'outgoing': NULL, 'score': NULL
    }
    FROM starts
    UNION
    SELECT
        tips.side, neighbour_id, tips.hop + 1,
        max({
            'likelihood': tips.best.likelihood * score, 'n_papers': n_papers, 'parent': entity_id,
            'predicate': predicate, 'outgoing': outgoing, 'score': score
        })
    FROM (
        SELECT entity_id, predicate, outgoing, neighbour_id, n_papers, score
        FROM neighbours
        SEMI JOIN (
            SELECT node
            FROM RECURRING.reached
            JOIN (
                SELECT
                    arg_min(side, (n_nodes, side)) AS side, arg_min(hop, (n_nodes, side)) AS hop, sum(hop) AS n_hops,
                    count(*) AS n_sides
                FROM (
                    SELECT side, max(hop) AS hop, arg_max(n_nodes, hop) AS n_nodes
                    FROM (SELECT side, hop, count(*) AS n_nodes FROM RECURRING.reached GROUP BY side, hop)
                    GROUP BY side
                )
            ) AS next USING (side, hop)
            WHERE n_sides = 2 AND n_hops < max_hops
                AND NOT EXISTS (SELECT 1 FROM RECURRING.reached GROUP BY node HAVING count(*) = 2)
        ) AS expanded ON expanded.node = entity_id
    ) AS found
    JOIN RECURRING.reached AS tips ON tips.node = found.entity_id
    ANTI JOIN RECURRING.reached AS known ON known.side = tips.side AND known.node = neighbour_id
    GROUP BY tips.side, tips.hop, neighbour_id
),
meeting AS (
    SELECT node, n_hops
    FROM (
        SELECT node, sum(hop)::INTEGER AS n_hops, product(best.likelihood) AS likelihood
        FROM reached
        GROUP BY node
        HAVING count(*) = 2
    )
    WHERE n_hops <= max_hops
    ORDER BY n_hops, likelihood DESC, node
    LIMIT 1
),
chain AS (
    SELECT reached.*, n_hops FROM meeting JOIN reached USING (node)
    UNION ALL
    SELECT reached.*, n_hops
    FROM chain
    JOIN reached ON reached.side = chain.side AND reached.node = chain.best.parent
),
steps AS (
    SELECT
        if(side = 'a', hop, n_hops - hop + 1) AS hop, if(side = 'a', best.parent, node) AS from_id,
        if(side = 'a', node, best.parent) AS to_id, best.outgoing = (side = 'a') AS outgoing, best
    FROM chain
    WHERE hop > 0
)
SELECT
    hop, from_id, origins.name AS "from", if(outgoing, best.predicate, '<- ' || best.predicate) AS predicate,
    to_id, targets.name AS "to", best.n_papers AS n_papers, best.score AS score
FROM steps
JOIN entities AS origins ON origins.entity_id = from_id
JOIN entities AS targets ON targets.entity_id = to_id
ORDER BY hop;

-- Words as they are searched for: lower case, without accents, without the commonest English words.
CREATE OR REPLACE MACRO search_words(written) AS list_filter(
    regexp_extract_all(lower(strip_accents(written)), '[\pL\pN]+'),
    lambda word: word NOT IN (
        'a', 'an', 'and', 'are', 'as', 'at', 'be', 'by', 'can', 'for', 'from', 'has', 'have', 'in', 'is', 'it', 'its',
        'of', 'on', 'or', 'our', 'that', 'the', 'their', 'these', 'this', 'to', 'was', 'we', 'were', 'which', 'with'
    )
);

-- Sentences in which relations were read, by their words, the best first: BM25 (Robertson and Zaragoza 2009,
-- section 3.2) with k1 = 1.2 and b = 0.75, and the weight of rare words kept above zero by adding one.
CREATE OR REPLACE MACRO search_sentences(query, max_rows := 20) AS TABLE
WITH asked AS (SELECT DISTINCT unnest(search_words(query)) AS word),
found AS (SELECT * FROM settled.search_postings WHERE word IN (FROM asked)),
corpus AS (SELECT count(*) AS n_sentences, greatest(avg(n_words), 1) AS mean_words FROM settled.search_sentences),
weights AS (
    SELECT word, ln(1 + (n_sentences - count(*) + 0.5) / (count(*) + 0.5)) AS weight
    FROM found, corpus
    GROUP BY word, n_sentences
),
ranked AS (
    SELECT
        number, sum(weight * n_times * 2.2 / (n_times + 1.2 * (0.25 + 0.75 * n_words / mean_words))) AS score
    FROM found
    JOIN weights USING (word), corpus
    GROUP BY number
    ORDER BY score DESC, number
    LIMIT max_rows
),
-- where they stand: their texts alone are then read, not those of all sentences
placed AS (
    SELECT ranked.score, sentences.rowid AS place
    FROM ranked
    JOIN settled.search_sentences AS numbered USING (number)
    JOIN sentences USING (paper_id, start_char, end_char)
)
SELECT
    round(placed.score, 3) AS score, sentences.text AS sentence, papers.title, sentences.paper_id, sentences.page,
    sentences.start_char, sentences.end_char
FROM placed
JOIN sentences ON sentences.rowid = placed.place
JOIN papers USING (paper_id)
ORDER BY score DESC, sentences.paper_id, sentences.start_char;

-- Entities one of whose names has all the words asked for; the name itself first, then by papers.
CREATE OR REPLACE MACRO search_entities(query, max_rows := 20) AS TABLE
WITH asked AS (SELECT DISTINCT unnest(search_words(query)) AS word),
found AS (
    SELECT entity_id FROM settled.search_names WHERE word IN (FROM asked)
    GROUP BY entity_id HAVING count(*) = (SELECT count(*) FROM asked)
)
SELECT entity_id, label, name, n_papers, n_mentions
FROM entity_counts
WHERE entity_id IN (FROM found)
ORDER BY lower(name) = lower(query) DESC, n_papers DESC, name, entity_id
LIMIT max_rows;

-- What each paper said once a run had ended. The runs after it, and papers removed since, do not count.
CREATE OR REPLACE MACRO facts_after(run) AS TABLE
WITH times AS (SELECT run_id, (started_at, run_id) AS moment FROM runs),
asked AS (SELECT moment FROM times WHERE run_id = run),
said AS (
    SELECT paper_facts.paper_id, subject_id, predicate, object_id, n_mentions, score, run_id
    FROM paper_facts
    JOIN papers USING (paper_id)
    UNION ALL
    SELECT past_facts.paper_id, subject_id, predicate, object_id, n_mentions, score, past_facts.run_id
    FROM past_facts
    JOIN times ON times.run_id = past_facts.replaced_by
    WHERE times.moment > (FROM asked)
)
SELECT said.* FROM said JOIN times USING (run_id) WHERE times.moment <= (FROM asked);

-- Facts between entities that a later run gained, lost or scored otherwise.
CREATE OR REPLACE MACRO diff(run_a, run_b) AS TABLE
WITH both_runs AS (
    SELECT subject_id, predicate, object_id, 'a' AS side, score FROM facts_after(run_a)
    UNION ALL
    SELECT subject_id, predicate, object_id, 'b', score FROM facts_after(run_b)
),
compared AS (
    SELECT
        subject_id, predicate, object_id,
        count(*) FILTER (side = 'a') AS n_papers_before, count(*) FILTER (side = 'b') AS n_papers_after,
        if(n_papers_before = 0, NULL, round(least(0.999, 1 - exp(sum(ln(1 - least(score, 0.99)))
            FILTER (side = 'a'))), 6)) AS score_before,
        if(n_papers_after = 0, NULL, round(least(0.999, 1 - exp(sum(ln(1 - least(score, 0.99)))
            FILTER (side = 'b'))), 6)) AS score_after
    FROM both_runs
    GROUP BY ALL
)
SELECT
    CASE WHEN n_papers_before = 0 THEN 'gained' WHEN n_papers_after = 0 THEN 'lost' ELSE 'changed' END AS change,
    subject_id, coalesce(subjects.name, subject_id) AS subject, predicate,
    object_id, coalesce(objects.name, object_id) AS object,
    n_papers_before, n_papers_after, score_before, score_after
FROM compared
LEFT JOIN entities AS subjects ON subjects.entity_id = subject_id
LEFT JOIN entities AS objects ON objects.entity_id = object_id
WHERE score_before IS DISTINCT FROM score_after OR n_papers_before <> n_papers_after
ORDER BY change, predicate, subject, object, subject_id, object_id;
