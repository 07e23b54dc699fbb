#!/usr/bin/env python3
"""Checks the shape of the tree (STYLE.md): includes point down the floors and match DEPS, files and
functions stay short, and what may not be used is not used. Prints one line a finding; exit code 1
if there is one. `tree_check.py --self-test` shows that each rule can fail."""
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
FILE_LINES_MAX, FUNCTION_LINES_MAX = 400, 70
ALLOWED_LONG = "longer than 400 lines because"  # said in the file's first comment

FORBIDDEN = [  # (pattern, why, files where it is right)
    (r"\bstd::(ranges|views)::", "ranges views are not in clang 14", ()),
    (r"\bstd::(jthread|stop_token)\b", "not in libc++ 14", ()),
    (r"\bstd::format\b|#include <format>", "not in GCC 12", ()),
    (r"\bstd::source_location\b|#include <source_location>", "not in clang 14", ()),
    (r"\bstd::pmr\b", "not in libc++ 14", ()),
    (r"\brandom_device\b", "chance comes from base/random.hpp", ("src/base/random.cpp",)),
    (r"\bstd::(uniform_\w+_distribution|normal_distribution|poisson_distribution|gamma_distribution)",
     "std distributions differ between machines", ()),
    (r"\bthread::id\b|get_id\(\)", "thread ids must not reach results", ()),
    (r"\bassert\s*\(", "use FF_ASSERT", ()),
    (r"\busing namespace std\b", "no", ()),
]
# Pure modules: no real clock, no unordered iteration that could reach the output, no C library
# exp, log, pow (base/math.hpp has ours).
PURE = ("src/personas/", "src/retail/", "src/offers/", "src/shopper/", "src/simulation/")
PURE_FORBIDDEN = [
    (r"\b(system_clock|steady_clock|high_resolution_clock|time\(nullptr\))", "pure modules have no clock", ()),
    (r"\bstd::unordered_", "hash order must not reach the output", ()),
    (r"\bstd::(exp|log|pow|expm1|log1p)\b", "use base/math.hpp: the C library's differ between machines",
     ("src/shopper/behavior/buying_laws.cpp",)),
]


def modules(cmake_text):
    """name -> (folder, deps), in floor order."""
    found = {}
    for body in re.findall(r"footfall_module\(([^)]*)\)", cmake_text):
        words = body.split()
        name = words[words.index("NAME") + 1]
        folder = words[words.index("FOLDER") + 1] if "FOLDER" in words else name
        deps, inside = [], False
        for word in words:
            if word in ("NAME", "FOLDER", "SRCS", "LIBS", "TESTS", "TEST_DEPS", "TEST_LIBS"):
                inside = False
            elif word == "DEPS":
                inside = True
            elif inside:
                deps.append(word)
        found[name] = (folder, deps)
    return found


def owner(path, found):
    """The module whose folder is the longest prefix of the path under src/."""
    best = None
    for name, (folder, _) in found.items():
        if path.startswith(folder + "/") and (best is None or len(folder) > len(found[best][0])):
            best = name
    return best


def check_includes(path, text, found):
    mine = owner(path, found)
    if mine is None:
        yield f"src/{path}: stands in no module of src/CMakeLists.txt"
        return
    _, deps = found[mine]
    for number, line in enumerate(text.splitlines(), 1):
        included = re.match(r'#include "([^"]+)"', line)
        if not included or "/" not in included[1]:
            continue
        theirs = owner(included[1], found)
        if theirs is None or theirs == mine or theirs in deps or path.endswith(("_test.cpp", "_fixture.hpp")):
            continue
        # The port and its adapter share a folder prefix: commerce/commerce.hpp.
        if found[theirs][0].split("/")[0] == found[mine][0].split("/")[0]:
            if theirs not in deps:
                yield f"src/{path}:{number}: includes {included[1]}, but {theirs} is not in DEPS of {mine}"
            continue
        yield f"src/{path}:{number}: includes {included[1]}, but {theirs} is not in DEPS of {mine}"


def strip(text):
    """Comments and strings out, line by line kept."""
    text = re.sub(r'R"~~~\(.*?\)~~~"', lambda m: "\n" * m[0].count("\n"), text, flags=re.S)
    text = re.sub(r'"(\\.|[^"\\\n])*"', '""', text)
    text = re.sub(r"//[^\n]*", "", text)
    return re.sub(r"/\*.*?\*/", lambda m: "\n" * m[0].count("\n"), text, flags=re.S)


def check_forbidden(path, text):
    rules = FORBIDDEN + (PURE_FORBIDDEN if path.startswith(PURE) and not path.endswith("_test.cpp") else [])
    for number, line in enumerate(strip(text).splitlines(), 1):
        for pattern, why, right in rules:
            if path not in right and re.search(pattern, line):
                yield f"{path}:{number}: {re.search(pattern, line)[0]}: {why}"


def check_lengths(path, text):
    lines = text.splitlines()
    if len(lines) > FILE_LINES_MAX and ALLOWED_LONG not in "\n".join(lines[:12]):
        yield f"{path}: {len(lines)} lines, at most {FILE_LINES_MAX}"
    if not path.endswith(".cpp"):
        return
    start = None
    for number, line in enumerate(strip(text).splitlines(), 1):
        # A definition at the left margin opens with a line that ends in '{' and closes with '}'.
        if re.match(r"[A-Za-z_~\[].*[^=]\{$", line) and not re.match(r"(namespace|enum|constexpr|const|class|struct|static|extern)\b", line):
            start = number
        elif line.startswith(("    ", "\t")) and line.rstrip().endswith("{") and start is None:
            start = None
        elif line.startswith("}") and start is not None:
            if number - start + 1 > FUNCTION_LINES_MAX:
                yield f"{path}:{start}: a function of {number - start + 1} lines, at most {FUNCTION_LINES_MAX}"
            start = None


def check_tree():
    found = modules((ROOT / "src/CMakeLists.txt").read_text())
    for file in sorted((ROOT / "src").rglob("*.[ch]pp")) + sorted((ROOT / "tests").rglob("*.[ch]pp")):
        path = file.relative_to(ROOT).as_posix()
        text = file.read_text()
        if path.startswith("src/"):
            yield from check_includes(path[4:], text, found)
        yield from check_forbidden(path, text)
        yield from check_lengths(path, text)
        if path.endswith(".hpp") and "#pragma once" not in text:
            yield f"{path}: has no #pragma once"
    for name, (folder, _) in found.items():
        readme = ROOT / "src" / folder.split("/")[0] / "README.md"
        if not readme.exists():
            yield f"{readme.relative_to(ROOT)}: is missing"
        elif len(readme.read_text().splitlines()) > 20:
            yield f"{readme.relative_to(ROOT)}: more than 20 lines"


def self_test():
    """Each rule once, on text that breaks it."""
    found = {"base": ("base", []), "shopper": ("shopper", ["base"]), "store": ("store", ["base"])}
    broken = [
        list(check_includes("base/x.cpp", '#include "shopper/trip.hpp"\n', found)),
        list(check_includes("shopper/x.cpp", '#include "store/store.hpp"\n', found)),
        list(check_includes("nowhere/x.cpp", "", found)),
        list(check_forbidden("src/shopper/x.cpp", "std::exp(1.0);\n")),
        list(check_forbidden("src/retail/x.cpp", "auto t = std::chrono::system_clock::now();\n")),
        list(check_forbidden("src/cli/x.cpp", "std::random_device d;\n")),
        list(check_lengths("src/x.cpp", "int a;\n" * 401)),
        list(check_lengths("src/x.cpp", "int f() {\n" + "  g();\n" * 70 + "}\n")),
    ]
    sound = [
        list(check_includes("shopper/x.cpp", '#include "base/math.hpp"\n', found)),
        list(check_forbidden("src/shopper/x.cpp", "math::exp(1.0); // std::exp\n")),
        list(check_lengths("src/x.cpp", "int f() {\n" + "  g();\n" * 60 + "}\n")),
    ]
    for i, findings in enumerate(broken):
        if not findings:
            yield f"self-test: rule {i} did not find what breaks it"
    for i, findings in enumerate(sound):
        if findings:
            yield f"self-test: sound text {i} was refused: {findings}"


if __name__ == "__main__":
    findings = list(self_test()) + ([] if "--self-test" in sys.argv else list(check_tree()))
    print("\n".join(findings) if findings else "the tree is in order")
    sys.exit(1 if findings else 0)
