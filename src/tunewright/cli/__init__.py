"""The command line: one file a noun, each command a few lines: parse, call a flow, render."""
