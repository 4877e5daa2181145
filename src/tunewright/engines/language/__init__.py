"""Language models: which folder is a base model, whether it is safe to load, how it renders a conversation."""
