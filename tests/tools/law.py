# SPDX-License-Identifier: BSD-2-Clause
"""What the law checks share: finding sources and objects, reporting.

Every check is called as  check-NAME [--top TREE] [--build TREE].  Without
arguments it takes $top_srcdir and $top_builddir, as `make check' sets them, or
the tree it stands in.  It prints one line per breach, as FILE:LINE: TEXT, and
ends with "N passed, N failed"; what one case is says each check's head.
"""

import argparse
import os
import re
import subprocess
import sys

# The folders of the house, in the order of HACKING.md.
FOLDERS = ("base conf ipsec l2tp ppp radius dp io show lns "
           "l2tpd l2tpctl l2tpload").split()
# Folders whose code is pure: no sockets, no clock, no libraries.
PURE = "ipsec l2tp ppp radius lns".split()


class Law:
    """One run of one check."""

    def __init__(self, needs_build=False):
        here = os.path.dirname(os.path.abspath(__file__))
        parser = argparse.ArgumentParser()
        parser.add_argument("--top", default=os.environ.get("top_srcdir")
                            or os.path.dirname(os.path.dirname(here)))
        parser.add_argument("--build", default=os.environ.get("top_builddir"))
        args = parser.parse_args()
        self.top = args.top
        self.build = args.build or args.top
        self.cases = 0
        self.broken = set()
        if needs_build and not objects(self.build, FOLDERS):
            print(f"{self.build}: no object files: build first")
            sys.exit(2)

    def case(self, count=1):
        """Count cases looked at."""
        self.cases += count

    def breach(self, case, text):
        """Report one breach; a case fails once however often it is broken."""
        print(text)
        self.broken.add(case)

    def finish(self):
        """Print the totals and leave."""
        failed = len(self.broken)
        if self.cases == 0:
            print("nothing to check: that is a failure too")
            failed = 1
        print(f"{max(self.cases - failed, 0)} passed, {failed} failed")
        sys.exit(1 if failed else 0)


def sources(top, folders=None, ends=(".c", ".h"), tests=False):
    """Paths, relative to top, of our C files in these folders."""
    found = []
    roots = list(folders or FOLDERS) + (["tests"] if tests else [])
    for root in roots:
        for path, dirs, names in os.walk(os.path.join(top, root)):
            dirs[:] = [d for d in dirs if not d.startswith(".")]
            for name in names:
                if name.endswith(ends):
                    found.append(os.path.relpath(os.path.join(path, name),
                                                 top))
    return sorted(found)


def read(top, path):
    """The text of one file."""
    with open(os.path.join(top, path), encoding="utf-8") as f:
        return f.read()


def bare(text, strings=True, comments=True):
    """C text with comments and string contents blanked, lines kept."""
    def blank(m):
        s = m.group(0)
        if s.startswith("/"):
            return re.sub(r"[^\n]", " ", s) if comments else s
        if strings:
            return s[0] + re.sub(r"[^\n]", " ", s[1:-1]) + s[-1]
        return s
    return re.sub(r'/\*.*?\*/|//[^\n]*|"(?:\\.|[^"\\\n])*"|'
                  r"'(?:\\.|[^'\\\n])*'", blank, text, flags=re.S)


def lines_matching(text, pattern):
    """(line number, line) for each line the pattern is found in."""
    for number, line in enumerate(text.split("\n"), 1):
        if re.search(pattern, line):
            yield number, line.strip()


def objects(build, folders):
    """Object files, relative to build, that have a source of ours."""
    found = []
    for folder in folders:
        for path, _, names in os.walk(os.path.join(build, folder)):
            found += [os.path.relpath(os.path.join(path, n), build)
                      for n in names if n.endswith(".o")]
    return sorted(found)


def source_of(path):
    """ppp/libppp_a-lcp.o and ppp/lcp.o both come from ppp/lcp."""
    folder, name = os.path.split(path)
    return os.path.join(folder, re.sub(r"^[a-z0-9_]+-", "", name)[:-2])


def symbols(build, path):
    """(name, kind letter, section name) of each symbol of an object file."""
    run = subprocess.run(["objdump", "-tw", os.path.join(build, path)],
                         capture_output=True, text=True, check=True)
    for line in run.stdout.split("\n"):
        m = re.match(r"^[0-9a-f]+ (.{7}) (\S+)\t[0-9a-f]+ (?:\.\w+ )?(.+)$",
                     line)
        if m:
            yield m.group(3), m.group(1), m.group(2)


def table(top, name):
    """Rows of a text table beside the checks: words, '#' begins a comment."""
    rows = []
    path = os.path.join(top, "tests", "tools", name)
    if os.path.exists(path):
        for line in open(path, encoding="utf-8"):
            words = line.split("#")[0].split()
            if words:
                rows.append(words)
    return rows


def built(top):
    """Everything that some Makefile.inc names."""
    text = read(top, "Makefile.am")
    for path, dirs, names in os.walk(top):
        dirs[:] = [d for d in dirs if not d.startswith(".")]
        for name in names:
            if re.fullmatch(r"Makefile(\.\w+)?\.inc", name):
                text += open(os.path.join(path, name),
                             encoding="utf-8").read()
    return text


def c_test(text, name):
    """Defined here, and named once more: that is how it is run."""
    head = rf"^{re.escape(name)}\(void \*\*\w+\)$"
    if re.search(head, text, re.M):
        rest = re.sub(head, "", text, flags=re.M)
        return (re.search(rf"\b{re.escape(name)}\b", rest) is not None,
                "is never run")
    scenario = rf'^\t\{{ "{re.escape(name)}", '
    return re.search(scenario, text, re.M) is not None, "is not in it"


def proof(run, case, where, path, name, made):
    """A row's proof: a C test that is built and run, or words of a file."""
    if not os.path.exists(os.path.join(run.top, path)):
        run.breach(case, f"{where}: no file {path}")
        return
    body = read(run.top, path)
    if path.endswith(".c"):
        there, why = c_test(bare(body, strings=False), name)
        if not there:
            run.breach(case, f"{where}: {name} {why}: {path}")
        if path not in made:
            run.breach(case, f"{where}: {path} is never built")
    elif name not in body:
        run.breach(case, f"{where}: \"{name}\" is not in {path}")


def rows(run, path, cells):
    """(place, cells) of each row of a table whose cells stand between bars."""
    for at, line in enumerate(read(run.top, path).split("\n"), 1):
        if line.startswith("#") or not line.strip():
            continue
        row = [c.strip() for c in line.split("|")]
        where = f"{path}:{at}"
        if len(row) == cells:
            yield where, row
        else:
            run.case()
            run.breach(where, f"{where}: {cells} cells are expected")
