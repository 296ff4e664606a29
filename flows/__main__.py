"""``python -m flows`` is ``papergraph``, for launchers that start modules."""

from flows.cli import main

main()
