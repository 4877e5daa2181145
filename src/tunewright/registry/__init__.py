"""Versions, approvals, gates, promotion, rollback."""
