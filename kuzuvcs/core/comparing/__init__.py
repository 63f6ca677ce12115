"""Schemas set beside each other: what changed, and how that is said."""
