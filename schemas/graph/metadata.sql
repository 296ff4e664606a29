-- Writes what manifests say of papers (temporary table given_metadata: paper_id, metadata) into their rows, where it is
-- news. It goes before what the papers themselves say; that is kept in printed, and comes back when a manifest no longer
-- says otherwise.

UPDATE papers SET
    metadata = news.metadata,
    printed = news.printed,
    title = coalesce(news.metadata ->> 'title', news.printed ->> 'title'),
    doi = coalesce(news.metadata ->> 'doi', news.printed ->> 'doi'),
    arxiv_id = coalesce(news.metadata ->> 'arxiv_id', news.printed ->> 'arxiv_id'),
    year = if(
        regexp_full_match(news.metadata ->> 'year', '\d{4}'), news.metadata ->> 'year', news.printed ->> 'year'
    )::INTEGER,
    language = coalesce(news.metadata ->> 'language', news.printed ->> 'language')
FROM (
    SELECT
        paper_id, given_metadata.metadata::JSON AS metadata,
        coalesce(papers.printed, json_object(
            'title', title, 'doi', doi, 'arxiv_id', arxiv_id, 'year', year, 'language', language
        )) AS printed
    FROM given_metadata
    JOIN papers USING (paper_id)
    WHERE papers.metadata IS NULL OR papers.metadata::VARCHAR <> given_metadata.metadata
) AS news
WHERE papers.paper_id = news.paper_id;
