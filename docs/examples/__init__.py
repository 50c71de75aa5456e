"""Three small shops with attribution, as their users would write them: in Flask, Django and FastAPI.

The lines between `attribution` and `end` are what attribution needs. Each shop is type-checked strictly.
"""
