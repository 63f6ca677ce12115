"""Scripts planned, and proven by running them."""
