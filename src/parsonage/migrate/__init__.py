"""The migration kit: what a move from hosted Parse or an old Parse Server needs. Nothing here needs a server."""
