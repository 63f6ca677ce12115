"""From a version's files to a database in its place."""
