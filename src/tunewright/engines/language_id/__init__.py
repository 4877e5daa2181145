"""Engines that name the language of a text (role ``language_id``)."""
