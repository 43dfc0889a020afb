"""The writer: what happens between a successful parse and the end of the process."""
