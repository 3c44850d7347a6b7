"""One client's session: settings, statements in their order, what the session alone has, what it may do."""
