"""Which code, packages and machine a run had: found beside the script, in a process of its own."""
