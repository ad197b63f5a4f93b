"""Simulated companies whose truth is known. Imports only what tables mean; a run never imports it."""
