"""One file a verb that crosses packages. The command line, Python and HTTP call the same functions."""
