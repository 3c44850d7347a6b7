"""Statement class → handler. A handler is `async (session, statement, parameters, prepared) -> Execution`."""
