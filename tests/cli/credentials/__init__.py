"""Where the credentials of a command come from."""
