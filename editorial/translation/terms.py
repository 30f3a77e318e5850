def terms_in(indonesian, document):
    return []
