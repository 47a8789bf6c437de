"""The phases of the differ: each takes the `Matching` and yields planned operations and remarks."""
