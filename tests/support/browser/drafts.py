"""The draft that a browser keeps of a form."""


def drafts(page):
    """The names under which this browser keeps drafts."""
    return page.evaluate("Object.keys(localStorage).filter(key => key.startsWith('draft:'))")


def notice(page):
    """The form's notice about a draft."""
    return page.locator(".draft__notice")
