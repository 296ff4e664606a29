"""Relation classification: all pairs of a window from one encoding."""
