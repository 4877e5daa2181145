"""Engines that place texts in a space where near means alike."""
