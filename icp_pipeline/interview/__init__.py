"""Asking people what they know about customers: the questions, the conversation at the prompt, the blank form.

Belongs here: what is asked, in which order and how, and the resulting file.
Does not: how that file is read (`icp_pipeline/sources/vendors/voice/`).
"""
