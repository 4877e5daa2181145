"""Detectors of personal data and secrets (port ``PiiDetector``)."""
