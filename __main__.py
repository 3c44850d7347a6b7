"""`python -m sabot`."""

from sabot.server.main import main

raise SystemExit(main())
