"""Rules: what of a migration would destroy data, block a table, or break the running code, and what to do instead."""
