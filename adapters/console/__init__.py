"""The terminal: answers for people, answer lines for programs, and a conversation."""
