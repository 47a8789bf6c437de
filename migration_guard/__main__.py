"""`python -m migration_guard`: the same as the console script."""

from migration_guard.cli import main

main()
