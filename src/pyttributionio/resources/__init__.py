"""The API's resources: what stands behind `client.customers` and `client.tracking`."""
