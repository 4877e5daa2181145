"""The words everything speaks in. Imports the standard library and pydantic only."""
