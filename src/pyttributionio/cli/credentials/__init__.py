"""The credentials of the commands: where they come from, profiles, and the client that is made of them."""
