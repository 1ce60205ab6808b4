"""Translations between the core and the outside: files, databases, terminals, browsers and chat platforms."""
