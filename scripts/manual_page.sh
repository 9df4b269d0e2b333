#!/usr/bin/env bash
# Writes the manual page, for man, of what a command's --help and those of its subcommands say:
#   scripts/manual_page.sh COMMAND >colonnade.1
set -euo pipefail
command=${1:?usage: manual_page.sh COMMAND}
# Paragraphs in one line.
export COLUMNS=100000

# A help's text as a part of the page; `name` is the subcommand's, empty for the whole.
part() {
  awk -v name="$1" '
    function escaped(text) {
      gsub(/\\/, "\\e", text)
      gsub(/-/, "\\-", text)
      if (text ~ /^[.\x27]/) text = "\\&" text
      return text
    }
    function heading(text) { print (name == "" ? ".SH " : ".SS ") text }
    function end_verbatim() { if (verbatim) print ".fi"; verbatim = 0 }

    NR == 1 {
      sub(/^OVERVIEW: /, "")
      if (name == "") {
        sub(/\.$/, "")
        print ".SH NAME\ncolonnade \\- " escaped($0)
        describes = 1
      } else {
        print ".SH " toupper(name) "\n" escaped($0)
      }
      next
    }
    /^USAGE: / {
      end_verbatim()
      sub(/^USAGE: /, "")
      heading("USAGE"); describes = 0; print ".B " escaped($0); items = 0
      next
    }
    /^[A-Z][A-Z ]*:$/ {
      end_verbatim()
      sub(/:$/, "")
      heading($0); describes = 0
      items = !($0 == "EXAMPLES" || $0 == "EXIT CODES")
      if (!items) { print ".nf"; verbatim = 1 }
      next
    }
    /^$/ { if (verbatim) { end_verbatim(); print ".PP" } else if (!items) print ".PP"; next }
    verbatim { print escaped($0); next }
    # The label in 24 columns, the text beside it; a label that is longer, with its text in the next line.
    items && /^  [^ ]/ {
      label = substr($0, 3, 24); text = substr($0, 27)
      if (length($0) > 26 && substr($0, 26, 1) != " ") {
        cut = match(substr($0, 3), /  +/)
        label = cut ? substr($0, 3, cut - 1) : substr($0, 3)
        text = cut ? substr($0, 3 + cut) : ""
      }
      sub(/ +$/, "", label); sub(/^ +/, "", text)
      print ".TP\n.B " escaped(label)
      if (text != "") print escaped(text)
      next
    }
    {
      if (describes && name == "") print ".SH DESCRIPTION"
      describes = 0
      sub(/^ +/, ""); print escaped($0)
    }
    END { end_verbatim() }
  '
}

echo ".TH COLONNADE 1 \"\" \"Colonnade $("$command" --version)\" \"User commands\""
"$command" --help | sed '/^ *See .*detailed help\.$/d' | part ''
for name in $("$command" --help | sed -nE '/^SUBCOMMANDS:/,$ s/^  ([a-z]+) .*/\1/p'); do
  "$command" help "$name" | part "$name"
done
