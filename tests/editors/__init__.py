"""What editors say of our names: a language server over stdio, and jedi."""
