"""Tables of results: from the places of their words to cells, from cells to values with their heads."""
