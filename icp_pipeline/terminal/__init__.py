"""What the commands print: each answer is read from the published file, then shown or printed as JSON.

Belongs here: questions to the published file, views, help texts.
Does not: anything that changes a home.
"""
