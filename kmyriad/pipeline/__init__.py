"""What stands around the workflow: checked settings before any job starts, the forecast, and the JSON schema."""
