"""From a database to its schema and its values."""
