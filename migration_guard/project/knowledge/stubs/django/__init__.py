"""Stub: what migrations know of Django. Made by tools/contrib_stubs.py from an installed Django."""
