"""The Python code behind the scripts; each script runs the module of its name."""
