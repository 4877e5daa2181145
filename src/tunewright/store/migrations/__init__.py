"""Schema migrations, run by ``store.migrate`` when a project is behind."""
