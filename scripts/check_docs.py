#!/usr/bin/env python3
"""Counts public declarations without a documentation comment, and links to types of other modules; says where each is.

usage: check_docs.py [--check] [FOLDER ...]     (default: Sources; --check fails where there is one)

What a user of the library sees must be documented: declarations with `public` or `open` inside types that are public,
requirements of public protocols, cases of public enums. Exempt is what inherits its documentation: overrides, what conforms
to a protocol of Swift or Foundation (`description`, `==`, …), and a requirement, documented in the protocol, of one of ours
in a type that says that it conforms. A link (two backticks) reaches only what its own module declares: the folder below
Sources. Reads the sources alone: nothing is built.
"""

import argparse
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
# Of CustomStringConvertible, Equatable, Comparable, Hashable, Codable, LocalizedError, Sequence.
INHERITED = re.compile(
    r"var (description|debugDescription|errorDescription)\b|func (==|<|hash\(into|encode\(to|makeIterator\(|next\()"
    r"|init\(from decoder")
MODIFIERS = (
    r"(?:public|open|package|internal|fileprivate|private|static|class|final|override|mutating|nonmutating|required"
    r"|convenience|indirect|lazy|weak|unowned|nonisolated|consuming|borrowing|distributed|isolated|dynamic|optional"
    r"|prefix|postfix|infix|async)(?:\([\w, ]*\))?(?=\s)")
DECLARATION = re.compile(
    r"(?:(?<=[{};\n])|\A)[ \t]*(?P<attributes>(?:@\w+(?:\.\w+)*(?:\([^()]*(?:\([^()]*\)[^()]*)*\))?\s+)*)"
    rf"(?P<modifiers>(?:{MODIFIERS}\s+)*)"
    r"(?P<kind>struct|class|enum|protocol|extension|actor|func|var|let|init|subscript|typealias|associatedtype|case"
    r"|macro)\b(?P<rest>[^\n{]*)")
TYPES = ("struct", "class", "enum", "protocol", "actor")
STRING = re.compile(r'(#*)("""|")')


def end_of_string(text: str, start: int) -> int:
    """The offset after the string literal that begins at `start`, interpolations included."""
    opening = STRING.match(text, start)
    hashes, quotes = opening.groups()
    position = opening.end()
    while not text.startswith(quotes + hashes, position):
        if text.startswith("\\" + hashes + "(", position):
            position, depth = position + len(hashes) + 2, 1
            while depth:
                if STRING.match(text, position):
                    position = end_of_string(text, position)
                    continue
                depth += {"(": 1, ")": -1}.get(text[position], 0)
                position += 1
        else:
            position += 2 if not hashes and text[position] == "\\" else 1
    return position + len(quotes + hashes)


def end_of_comment(text: str, start: int) -> int:
    if text.startswith("//", start):
        end = text.find("\n", start)
        return len(text) if end < 0 else end
    position, depth = start + 2, 1
    while depth:
        if text.startswith("/*", position) or text.startswith("*/", position):
            depth += 1 if text[position] == "/" else -1
            position += 1
        position += 1
    return position


def code(text: str) -> str:
    """The text with the characters of strings and comments blanked, line by line the same."""
    result, position = [], 0
    while position < len(text):
        if text.startswith(("//", "/*"), position):
            end = end_of_comment(text, position)
        elif STRING.match(text, position):
            end = end_of_string(text, position)
        else:
            result.append(text[position])
            position += 1
            continue
        result.append(re.sub(r"[^\n]", " ", text[position:end]))
        position = end
    return "".join(result)


def is_documented(lines: list[str], line: int) -> bool:
    """Whether a documentation comment stands above a line, counted from 0; attributes and comments may follow it."""
    while line > 0:
        line -= 1
        above = lines[line].strip()
        if above.startswith("///") or above.endswith("*/"):
            return True
        if not above.startswith(("@", "//")):
            return False
    return False


class File:
    def __init__(self, path: pathlib.Path):
        self.path = path
        text = path.read_text()
        self.lines = text.split("\n")
        self.text = code(text)

    def declarations(self):
        """Each declaration outside of bodies: kind, rest of its line, whether it says `public`, scopes, line."""
        scopes, pending, position = [], None, 0
        for match in DECLARATION.finditer(self.text):
            pending = self.walk(scopes, pending, position, match.start("kind"))
            position = match.start("kind")
            if any(scope[0] == "body" for scope in scopes):
                continue
            modifiers = match["modifiers"].split()
            kind, rest = match["kind"], match["rest"].strip()
            said = "public" in modifiers or "open" in modifiers
            line = self.text.count("\n", 0, match.start("kind"))
            first = self.text.count("\n", 0, match.end() - len(match[0].lstrip(" \t")))
            yield kind, rest, said, "override" in modifiers, list(scopes), line, first
            name = re.match(r"[\w.]+", rest)
            pending = (kind, name[0], said) if kind in (*TYPES, "extension") and name else None

    def walk(self, scopes: list, pending, start: int, end: int):
        """Follows braces; the first that opens belongs to the pending declaration, others to bodies."""
        for brace in re.finditer("[{}]", self.text[start:end]):
            if brace[0] == "{":
                scopes.append(pending or ("body", "", False))
                pending = None
            elif scopes:
                scopes.pop()
        return pending


def qualified(scopes: list, name: str) -> str:
    return ".".join([scope[1] for scope in scopes] + [name])


def visible_types(files: list[File]) -> tuple[set, set]:
    """Names of types that a user sees, and of all types."""
    seen, all_types = set(), set()
    for file in files:
        for kind, rest, said, _, scopes, _, _ in file.declarations():
            name = re.match(r"\w+", rest)
            if kind in TYPES and name:
                all_types.add(qualified(scopes, name[0]))
                if said:
                    seen.add(qualified(scopes, name[0]))
    hidden = all_types - seen
    return {name for name in seen if not any(name.startswith(outer + ".") for outer in hidden)}, all_types


def base_name(kind: str, rest: str) -> str:
    return kind if kind in ("init", "subscript") else re.match(r"\w+|\S+", rest)[0]


def inherited(files: list[File], seen: set) -> dict[str, set]:
    """For each name of a type, what our protocols document of its members."""
    requirements, parents = {}, {}
    for file in files:
        for kind, rest, _, _, scopes, _, first in file.declarations():
            if kind in (*TYPES, "extension") and ":" in rest:
                name = qualified(scopes, re.match(r"[\w.]+", rest)[0])
                clause = re.sub(r"<[^>]*>", "", rest).partition(":")[2].partition(" where ")[0]
                parents.setdefault(name, set()).update(word.strip().split(" ")[-1] for word in clause.split(","))
            elif scopes and scopes[-1][0] == "protocol" and qualified(scopes[:-1], scopes[-1][1]) in seen:
                if is_documented(file.lines, first):
                    requirements.setdefault(scopes[-1][1], set()).add(base_name(kind, rest))

    def members(name: str) -> set:
        above = (members(parent) for parent in parents.get(name, ()) if parent != name)
        return requirements.get(name, set()).union(*above)

    return {name: members(name) for name in parents}


def missing(files: list[File]) -> tuple[int, list[tuple[File, int, str]]]:
    """How many declarations a user sees, and those without documentation."""
    seen, all_types = visible_types(files)
    from_protocols = inherited(files, seen)
    count, result = 0, []
    for file in files:
        for kind, rest, said, overrides, scopes, line, first in file.declarations():
            outer = qualified(scopes[:-1], scopes[-1][1]) if scopes else ""
            if outer in all_types and outer not in seen or kind == "extension":
                continue
            # A public protocol's requirements and a public enum's cases are as public as it is.
            implied = bool(scopes) and outer in seen and (
                scopes[-1][0] == "protocol" or scopes[-1][0] == "enum" and kind == "case")
            if not (said or implied):
                continue
            count += 1
            if scopes and base_name(kind, rest) in from_protocols.get(outer, ()):
                continue
            declaration = kind + ("" if rest.startswith("(") else " ") + rest
            if not overrides and not INHERITED.match(declaration) and not is_documented(file.lines, first):
                result.append((file, line, declaration))
    return count, result


def module(file: File) -> str:
    parts = file.path.resolve().parts
    return parts[parts.index("Sources") + 1] if "Sources" in parts else ""


def foreign_links(files: list[File]) -> list[tuple[File, int, str]]:
    """Links whose first name is that of a type of another module alone."""
    declared = {}
    for file in files:
        for kind, rest, _, _, _, _, _ in file.declarations():
            name = re.match(r"[\w.]+", rest)
            if kind in (*TYPES, "extension", "typealias", "associatedtype") and name:
                declared.setdefault(module(file), set()).update(name[0].split("."))
    everywhere = set().union(*declared.values())
    return [
        (file, line, f"``{link}`` is of another module: one backtick")
        for file in files
        for line, text in enumerate(file.lines)
        if text.lstrip().startswith("///")
        for link in re.findall(r"``([^`]+)``", text)
        if (first := re.match(r"\w*", link)[0]) in everywhere and first not in declared[module(file)]
    ]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folders", nargs="*", type=pathlib.Path, default=[ROOT / "Sources"], metavar="FOLDER")
    parser.add_argument("--check", action="store_true")
    arguments = parser.parse_args()
    files = [File(path) for folder in arguments.folders for path in sorted(folder.rglob("*.swift"))]
    count, without = missing(files)
    links = foreign_links(files)
    for file, line, declaration in without + links:
        path = file.path.relative_to(ROOT) if file.path.is_relative_to(ROOT) else file.path
        print(f"{path}:{line + 1}: {declaration}")
    print(f"{count} public declarations, {len(without)} without documentation; {len(links)} links to other modules")
    sys.exit(bool(arguments.check and (without or links)))


if __name__ == "__main__":
    main()
