-- From schema 6: where on the page a value is printed; of papers read before it is not known.

ALTER TABLE mentions ADD COLUMN x0 DOUBLE;
ALTER TABLE mentions ADD COLUMN y0 DOUBLE;
ALTER TABLE mentions ADD COLUMN x1 DOUBLE;
ALTER TABLE mentions ADD COLUMN y1 DOUBLE;
