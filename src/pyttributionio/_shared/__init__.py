"""Modules that every layer uses. They import nothing from the other layers."""
