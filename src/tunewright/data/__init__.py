"""From raw sources to an immutable snapshot."""
