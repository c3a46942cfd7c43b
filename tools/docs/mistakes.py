"""What is wrong with a template, an example or a page."""


class DocsError(Exception):
    """A mistake of somebody who writes documentation; the text names the file and what to do."""
