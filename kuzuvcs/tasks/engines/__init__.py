"""From one engine to another, and what each can hold."""
