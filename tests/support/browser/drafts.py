"""The draft that a browser keeps of a form."""


def drafts(page):
    """The names under which this browser keeps drafts."""
    return page.evaluate("Object.keys(localStorage).filter(key => key.startsWith('draft:'))")


def notice(page):
    """What the form says of a draft."""
    return page.locator(".draft__notice")
