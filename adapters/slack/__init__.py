"""Slack: draws what the product says as Block Kit, and reports what people type, press and fill in."""
