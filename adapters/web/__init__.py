"""The web: one chat page, its API, and the guide's sections in our own words."""
