"""Usage, feedback and drift of what is served."""
