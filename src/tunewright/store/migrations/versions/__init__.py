"""One file a revision; ``store.db.HEAD_REVISION`` names the newest."""
