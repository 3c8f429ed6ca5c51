"""A page as a browser takes it apart."""

from html.parser import HTMLParser

Tag = tuple[str, dict[str, str | None]]


class Markup(HTMLParser):
    """Every tag with its attributes, and the text between them."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[Tag] = []
        self.text = ""
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.text += data

    def all(self, tag: str) -> list[dict[str, str | None]]:
        """The attributes of each `tag`."""
        return [attributes for name, attributes in self.tags if name == tag]

    def addresses(self) -> list[str]:
        """Whatever the page loads, links to or sends to, but for itself."""
        names = ("href", "src", "action", "formaction", "srcset", "poster", "data", "background")
        every = (value for _, found in self.tags for name in names if (value := found.get(name)))
        return [one for one in every if not one.startswith(("#", "data:,"))]
