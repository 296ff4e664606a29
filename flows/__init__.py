"""The thin skin: command line, Prefect flows and tasks. The only package that imports Prefect."""
