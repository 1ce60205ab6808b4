"""One module a revision, in one line from the first to the newest."""
