"""One file a part of the console; ``web.routes`` is the table of all pages and who may open them."""
