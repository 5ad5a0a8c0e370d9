"""The narrow waist: tables between readers, engine and writers, declared once."""
