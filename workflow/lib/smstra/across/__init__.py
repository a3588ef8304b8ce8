"""Several cases side by side: counts, criteria, common schemes, sets of towns across countries."""
