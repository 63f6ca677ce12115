"""Running scripts on a database: migrate, roll back, and the record of both."""
