"""What people see in the terminal: each answer is read from the published file, then drawn or printed as JSON."""
