"""The rules, one module each, found by their names: `mg401_index_build.py`. Adding a rule touches one file."""
