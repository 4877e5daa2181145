"""Attacks on the tuned model."""
