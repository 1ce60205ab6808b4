"""Vejviser's core: reads a message, decides by rules, words the reply. No input or output happens here."""
