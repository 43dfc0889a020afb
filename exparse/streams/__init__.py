"""All that a program prints, kept in the run's folder, and the program cannot tell."""
