"""Holds the pinned packages against the known vulnerabilities. What can't be looked up is told, and no failure: what
can be reached depends on the machine. Ends with 1 where a package has a vulnerability."""

import json
import subprocess
import sys
from pathlib import Path

COMMAND = ["--require-hashes", "--disable-pip", "--progress-spinner", "off", "-f", "json", "-r", "requirements.lock"]


def main() -> int:
    program = Path(sys.executable).with_name("pip-audit")
    try:
        done = subprocess.run([program, *COMMAND], capture_output=True, text=True, timeout=120, check=False)  # noqa: S603
        found = json.loads(done.stdout.splitlines()[-1])["dependencies"]
    except (subprocess.TimeoutExpired, ValueError, IndexError, KeyError):
        print("audit: no list of vulnerabilities could be reached")
        return 0
    unknown = [each for each in found if "skip_reason" in each]
    bad = [each for each in found if each.get("vulns")]
    print(f"audit: {len(found) - len(unknown)} packages looked up, {len(unknown)} could not be, {len(bad)} vulnerable")
    for each in bad:
        for vulnerability in each["vulns"]:
            fixed = ", ".join(vulnerability["fix_versions"]) or "none yet"
            print(f"  {each['name']} {each['version']}: {vulnerability['id']}, mended in {fixed}")
    return 1 if bad else 0


sys.exit(main())
