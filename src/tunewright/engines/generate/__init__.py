"""Engines that answer conversations (role ``generate``)."""
