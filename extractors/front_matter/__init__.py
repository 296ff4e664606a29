"""Title, authors, institutions and author-institution pairs from the front matter of a paper."""
