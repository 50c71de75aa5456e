"""A shop in Django: a form, and orders in a database."""
