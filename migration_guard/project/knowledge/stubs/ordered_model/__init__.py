"""Stub: see migration_guard.project.knowledge."""
