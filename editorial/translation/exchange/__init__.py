"""Translation files: the passages of one vision as bytes, for translators' tools and offices.

``formats`` lists the formats, ``units`` holds what they carry. This room uses no database and no
request.
"""
