"""Cheap classifiers to stand beside a tuned model (role ``baseline``)."""
