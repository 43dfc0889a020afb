"""The reader: runs as rows, as summaries, and as DataFrames. Nothing here writes."""
