"""The rules, one a file, in folders by the catalogue's groups."""
