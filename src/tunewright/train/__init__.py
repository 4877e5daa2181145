"""What a training is, without the machinery that runs it: plan, schedule, early stopping, history, reproduction."""
