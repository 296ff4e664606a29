-- From schema 4: what a manifest says of a paper, and what the paper says where the manifest may say otherwise.

ALTER TABLE papers ADD COLUMN metadata JSON;
ALTER TABLE papers ADD COLUMN printed JSON;
