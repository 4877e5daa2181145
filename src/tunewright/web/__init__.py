"""The console: pages rendered on the server, and the same pages as JSON. It calls flows and decides nothing itself."""
