"""Learns a company's Ideal Customer Profile from its outcomes and writes tiers back to its CRM."""
