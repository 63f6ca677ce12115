"""From changes to the steps that make them, and what the steps cost."""
