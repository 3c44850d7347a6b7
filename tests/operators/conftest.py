"""Makes `laws` and the `reference` package importable from the tests of operators; no deadlines on a busy machine."""

import sys
from pathlib import Path

from hypothesis import settings

for folder in (Path(__file__).parent, Path(__file__).parent.parent):
    if str(folder) not in sys.path:
        sys.path.insert(0, str(folder))

settings.register_profile("operators", deadline=None)
settings.load_profile("operators")
