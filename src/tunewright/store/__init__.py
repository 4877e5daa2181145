"""The only package that writes: project, blobs, database, records, audit log, leases."""
