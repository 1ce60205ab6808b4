"""The background worker: sends what was announced, and the notices, as fast as the platforms allow."""
