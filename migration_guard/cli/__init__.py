"""The command line: options, prompts, exit codes, progress. No decisions.

Starting up imports click and nothing else; each command imports what it needs when it runs.
"""

from migration_guard.cli.run import main

__all__ = ["main"]
