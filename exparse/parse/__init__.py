"""argparse in, a recorded run out."""
