"""migration_guard: a static analyzer for Django migrations. It reads a project as text and never runs it."""

__version__ = "0.1.0"

__all__ = ["__version__"]
