select code, severity, message, subject from quality.warnings
