"""The values that all folders share.

- `bodies`: JSON types, and the bytes of a request's body parsed within limits.
- `files`: the sandbox's own data files.
- `shapes`: posted identities, events and pageviews, checked against the API's contract.
- `times`: clocks, Unix seconds and ISO 8601 texts.
"""
