"""Rules of a request, and which items may come next so that a bundle can still be completed within them."""
