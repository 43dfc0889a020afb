"""Where things lie: roots, runs, numbers, marks, trash. No other room writes a path of a root."""
