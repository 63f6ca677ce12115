"""What was renamed: from ids, names, data and answers."""
