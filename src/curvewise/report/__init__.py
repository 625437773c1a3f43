"""Readers of a study's history: summary, text, figures, notebook; pure functions of a ledger."""
