"""From operations and states to the SQL that Django would run, per database and version."""
