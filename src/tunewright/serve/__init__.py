"""The data plane: the OpenAI-compatible gateway."""
