"""Plans of a training run: method, schedule, early stopping."""
