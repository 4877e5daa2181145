"""Pure functions from answers and numbers to scores, each with a signature."""
