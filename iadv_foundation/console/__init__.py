"""What the commands share: arguments, errors in one line, configuration in layers, ``doctor``."""
