"""The knowledge base as a folder of YAML files."""
