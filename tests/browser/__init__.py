"""The sandbox's page, its snippet and the example shop, in a real browser."""
