"""Web server: the page, OSCQuery, and the browsers and programs that are connected."""
