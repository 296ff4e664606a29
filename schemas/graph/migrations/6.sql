-- From schema 5: the field of a paper.

ALTER TABLE papers ADD COLUMN field VARCHAR;
