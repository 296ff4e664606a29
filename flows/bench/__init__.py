"""Speed, side by side in one run with what a user would run instead: what ``papergraph bench`` measures."""
