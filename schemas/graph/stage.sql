-- Turns one shard (Arrow tables parsed, tagged, related, linked) into temporary tables shaped like the graph's.
-- Only papers that all four stages have read count, and of those only the ones whose fingerprint is new.
-- Variable fingerprint: what made the shard; '' loads in any case.

CREATE OR REPLACE TEMP TABLE whole_papers AS
SELECT parsed.record AS paper, tagged.record AS tags, related.record AS relates, linked.record AS links
FROM parsed
JOIN tagged ON tagged.record.paper_id = parsed.record.paper_id
JOIN related ON related.record.paper_id = parsed.record.paper_id
JOIN linked ON linked.record.paper_id = parsed.record.paper_id;

CREATE OR REPLACE TEMP TABLE staged AS
SELECT whole_papers.*, length(paper.text) AS n_chars
FROM whole_papers
LEFT JOIN papers ON papers.paper_id = whole_papers.paper.paper_id
WHERE papers.paper_id IS NULL OR papers.fingerprint <> getvariable('fingerprint') OR papers.fingerprint = '';

-- A paper may fail in two stages, and count once. Two papers may have one name, in an archive that was added to: the
-- second then goes by its id as well, so that both count.
CREATE OR REPLACE TEMP TABLE staged_failures AS
WITH failed AS (
    SELECT DISTINCT ON (source, paper_id) source, paper_id, file_name, stage, error, message
    FROM (
        SELECT unnest(failure) FROM (
            SELECT failure FROM parsed UNION ALL SELECT failure FROM tagged
            UNION ALL SELECT failure FROM related UNION ALL SELECT failure FROM linked
        )
        WHERE failure IS NOT NULL
    )
    ORDER BY source, paper_id, stage, error, message
)
SELECT
    if(
        row_number() OVER (PARTITION BY failed.source ORDER BY failed.paper_id) > 1 OR earlier.source IS NOT NULL,
        failed.source || ' (' || failed.paper_id || ')',
        failed.source
    ) AS source,
    failed.* EXCLUDE (source)
FROM failed
LEFT JOIN failures AS earlier
    ON earlier.source = failed.source AND earlier.paper_id <> failed.paper_id
    AND earlier.run_id = getvariable('run_id');

CREATE OR REPLACE TEMP TABLE staged_blocks AS
SELECT paper.paper_id, unnest(paper.blocks, max_depth := 2) FROM staged;

-- From which character on the text is on which page. A block may run over a page's end; its lines do not.
CREATE OR REPLACE TEMP TABLE staged_pages AS
SELECT paper_id, start_char, min(page) AS page
FROM (
    SELECT paper_id, start_char, page FROM staged_blocks
    UNION ALL
    SELECT paper_id, line.start_char, line.page
    FROM (SELECT paper.paper_id, unnest(paper.lines) AS line FROM staged)
)
GROUP BY ALL;

-- Cutting a span out of a long text means counting its characters from the start, so spans are cut out of pieces of
-- 4,000 characters (and the 4,000 that follow, for what crosses the border): 6 times as fast.
CREATE OR REPLACE TEMP TABLE staged_pieces AS
SELECT paper.paper_id, piece, substr(paper.text, piece * 4000 + 1, 8000) AS piece_text, paper.text AS whole_text
FROM staged, unnest(range(n_chars // 4000 + 1)) AS pieces (piece);

CREATE OR REPLACE TEMP MACRO cut(piece_text, whole_text, from_char, to_char) AS if(
    to_char - from_char <= 4000,
    substr(piece_text, from_char % 4000 + 1, to_char - from_char),
    substr(whole_text, from_char + 1, to_char - from_char)
);

CREATE OR REPLACE TEMP TABLE staged_links AS
SELECT paper.paper_id, unnest(links.links, max_depth := 2) FROM staged;

-- The same as merges and corrections have them.
CREATE OR REPLACE TEMP TABLE staged_entities AS
SELECT
    staged_links.paper_id, mention_id, label,
    prefer(here.entity_id, here.resolved_id, everywhere.entity_id, everywhere.resolved_id, staged_links.entity_id)
        AS entity_id,
    prefer(here.entity_id, here.kb, everywhere.entity_id, everywhere.kb, staged_links.kb) AS kb,
    coalesce(prefer(here.entity_id, here.name, everywhere.entity_id, everywhere.name, staged_links.name),
        staged_links.name) AS linked_name,
    prefer(here.entity_id, here.name, everywhere.entity_id, everywhere.name, if(staged_links.kb = '', NULL,
        staged_links.name)) AS kb_name
FROM staged_links
LEFT JOIN resolutions AS here
    ON here.entity_id = staged_links.entity_id AND here.paper_id = staged_links.paper_id
LEFT JOIN resolutions AS everywhere
    ON everywhere.entity_id = staged_links.entity_id AND everywhere.paper_id = '';

-- A table of its own, because the planner has to know how many mentions there are.
CREATE OR REPLACE TEMP TABLE staged_tags AS
SELECT paper.paper_id, unnest(tags.mentions, max_depth := 2) FROM staged;

-- Where the values are printed: in a table the box of their words, else the line in which they begin.
CREATE OR REPLACE TEMP TABLE staged_boxes AS
WITH words AS (
    SELECT paper_id, word.start_char, word.end_char, word.x0, word.y0, word.x1, word.y1
    FROM (SELECT paper.paper_id, unnest(paper.table_words) AS word FROM staged)
),
lines AS (
    SELECT paper_id, line.start_char, line.end_char, line.x0, line.y0, line.x1, line.y1
    FROM (SELECT paper.paper_id, unnest(paper.lines) AS line FROM staged)
),
in_words AS (
    SELECT
        printed.paper_id, printed.start_char, printed.end_char,
        min(x0) AS x0, min(y0) AS y0, max(x1) AS x1, max(y1) AS y1
    FROM staged_tags AS printed
    JOIN words
        ON words.paper_id = printed.paper_id AND words.start_char < printed.end_char
        AND words.end_char > printed.start_char
    WHERE label = 'Result'
    GROUP BY ALL
)
FROM in_words
UNION ALL
SELECT printed.paper_id, printed.start_char, printed.end_char, x0, y0, x1, y1
FROM (
    FROM staged_tags ANTI JOIN in_words USING (paper_id, start_char, end_char) WHERE label = 'Result'
) AS printed
ASOF JOIN lines ON lines.paper_id = printed.paper_id AND lines.start_char <= printed.start_char
WHERE lines.end_char > printed.start_char;

CREATE OR REPLACE TEMP TABLE staged_mentions AS
WITH placed AS (
    SELECT staged_tags.*, staged_tags.start_char || '-' || end_char || '-' || label AS mention_id, page
    FROM staged_tags
    ASOF LEFT JOIN staged_pages
        ON staged_pages.paper_id = staged_tags.paper_id AND staged_pages.start_char <= staged_tags.start_char
),
in_blocks AS (
    SELECT placed.*, if(placed.end_char <= staged_blocks.end_char, kind, NULL) AS block_kind
    FROM placed
    ASOF LEFT JOIN staged_blocks
        ON staged_blocks.paper_id = placed.paper_id AND staged_blocks.start_char <= placed.start_char
)
SELECT
    in_blocks.paper_id, in_blocks.mention_id, in_blocks.label,
    coalesce(cut(piece_text, whole_text, in_blocks.start_char, in_blocks.end_char), '') AS text,
    coalesce(page, 0) AS page, in_blocks.start_char, in_blocks.end_char, in_blocks.score, entity_id, block_kind,
    in_blocks.model, x0, y0, x1, y1, nullif(in_blocks.condition, '') AS condition,
    staged_entities.mention_id IS NOT NULL AS is_linked, staged_entities.label AS entity_label, linked_name, kb, kb_name
FROM in_blocks
LEFT JOIN staged_pieces ON staged_pieces.paper_id = in_blocks.paper_id AND piece = in_blocks.start_char // 4000
LEFT JOIN staged_entities
    ON staged_entities.paper_id = in_blocks.paper_id AND staged_entities.mention_id = in_blocks.mention_id
LEFT JOIN staged_boxes
    ON in_blocks.label = 'Result' AND staged_boxes.paper_id = in_blocks.paper_id
    AND staged_boxes.start_char = in_blocks.start_char AND staged_boxes.end_char = in_blocks.end_char;

-- The same relation read in two windows is one row: the likeliest. Where the sentence is not known, it is what lies
-- between the two mentions.
CREATE OR REPLACE TEMP TABLE staged_relations AS
WITH found AS (
    SELECT paper.paper_id, unnest(relates.relations, max_depth := 2) FROM staged
),
ends AS (
    SELECT
        found.*, heads.label AS head_label, tails.label AS tail_label,
        heads.entity_id AS head_entity_id, tails.entity_id AS tail_entity_id,
        if(found.sentence_end_char > 0, found.sentence_start_char, least(heads.start_char, tails.start_char))
            AS from_char,
        if(found.sentence_end_char > 0, found.sentence_end_char, greatest(heads.end_char, tails.end_char)) AS to_char
    FROM found
    LEFT JOIN staged_mentions AS heads ON heads.paper_id = found.paper_id AND heads.mention_id = found.head_id
    LEFT JOIN staged_mentions AS tails ON tails.paper_id = found.paper_id AND tails.mention_id = found.tail_id
),
likeliest AS (
    SELECT DISTINCT ON (paper_id, label, head_id, tail_id) *
    FROM ends
    ORDER BY paper_id, label, head_id, tail_id, score DESC, from_char, to_char, model
)
SELECT
    likeliest.paper_id, label, head_id, tail_id, head_label, tail_label, head_entity_id, tail_entity_id,
    coalesce(page, 0) AS page, from_char AS sentence_start_char, to_char AS sentence_end_char, score, model
FROM likeliest
ASOF LEFT JOIN staged_pages
    ON staged_pages.paper_id = likeliest.paper_id AND staged_pages.start_char <= likeliest.from_char;
