"""What is sent when, by which thread, and what an answer means."""
