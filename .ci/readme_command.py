"""Print the one line of the README's ``sh`` blocks that contains a text."""

import re
import sys
from pathlib import Path

blocks = re.findall(r"^```sh\n(.*?)^```", Path("README.md").read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)
lines = [line for block in blocks for line in block.splitlines() if sys.argv[1] in line]
if not lines:
    sys.exit(f"README.md has no sh block with {sys.argv[1]!r}")
print(lines[0])
