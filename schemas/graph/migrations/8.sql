-- From schema 7: what the heads of a table say of a value besides its method, data set and measure; of papers read before it
-- is not known.

ALTER TABLE mentions ADD COLUMN condition VARCHAR;
