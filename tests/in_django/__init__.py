"""Tests of `pyttributionio.django`. The folder has another name than Django, which it would hide."""
