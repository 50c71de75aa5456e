"""The two clients. scripts/generate-models makes the async one from the text of the blocking one."""
