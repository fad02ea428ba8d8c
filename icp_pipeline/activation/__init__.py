"""Tiers -> import files, manifest, report. Reads frames, writes files; decides nothing about tiers."""
