"""SendGrid's Mail Send, its signed receipts, and its Email Activity."""
