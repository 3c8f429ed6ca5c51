"""The ledger: plan, lease, intend, send, record, reconcile. docs/how-a-notice-travels.md follows one message."""
