"""From strings to things: knowledge bases, their indexes, the linker. May import ``schemas`` and no sibling."""
