"""Translation files: the passages of one vision as bytes, for translators' own tools and offices, and back.

Formats only: ``formats`` lists them, ``units`` says what they carry. Nothing here knows of a database or a request.
"""
