"""Scores: entities, relations, linking, papers."""
