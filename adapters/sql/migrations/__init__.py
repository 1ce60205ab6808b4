"""How each older form of the database becomes the newest."""
