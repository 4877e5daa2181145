"""Golden sets, comparisons, reports."""
