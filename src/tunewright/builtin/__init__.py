"""What ships inside the package: the small base model and the example workspace generator."""
