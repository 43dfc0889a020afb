"""What each file of a root says: params, metadata, status; one module a file, no file access."""
