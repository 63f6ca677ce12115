"""Two sides set beside each other: versions, and the live database."""
