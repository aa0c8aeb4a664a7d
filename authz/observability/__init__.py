"""Counting and logging, for anyone who does I/O."""
