"""Executors: where the mapped work of a build is done."""
