"""The only package that imports an HTTP library, and the only one that puts the secret on the wire."""
