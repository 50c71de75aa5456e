"""What tests share: servers, documents, the package's source."""
