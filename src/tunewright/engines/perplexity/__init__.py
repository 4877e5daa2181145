"""Engines that score given answers (role ``perplexity``)."""
