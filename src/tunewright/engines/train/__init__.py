"""Engines that run a training to its end."""
