# Reads a C header that declares an ABI (structs, macros, typedefs, functions) and writes a C program that prints the
# ABI as the compiler sees it, a line for each thing:
#
#   macro NAME VALUE                       integers, strings, lists of numbers
#   struct NAME SIZE
#   member STRUCT.NAME OFFSET SIZE TYPE
#   typedef NAME SIZE TYPE
#   function NAME TYPE
#   inline NAME TYPE                       what the header defines itself: sources of plugins call it
#
# A macro that the header undefines again is no part of the ABI, nor an inline function whose name ends in an underscore.
# What it cannot read it does not pass over: it ends with status 2.

function fail(what) {
  print "abi-golden: cannot read '" what "'" > "/dev/stderr"
  exit 2
}

function trim(s) {
  gsub(/[ \t\n]+/, " ", s)
  sub(/^ /, "", s)
  sub(/ $/, "", s)
  return s
}

function put(line) { program = program "  " line "\n" }

# The type of a function pointer or function: names of parameters may change, and are left out.
function parameters(list, count, parts, i, p, array, out) {
  count = split(list, parts, ",")
  for (i = 1; i <= count; i++) {
    p = trim(parts[i])
    array = ""
    if (match(p, /\[[^]]*\]$/)) {
      array = substr(p, RSTART)
      p = substr(p, 1, RSTART - 1)
    }
    if (p ~ /[ *][A-Za-z_][A-Za-z0-9_]*$/) sub(/[A-Za-z_][A-Za-z0-9_]*$/, "", p)
    out = out (i > 1 ? ", " : "") trim(trim(p) " " array)
  }
  return out
}

# Splits "int32_t (*name)(parameters)" into its name and its type.
function pointer(text, open, rest, close_) {
  open = index(text, "(*")
  rest = substr(text, open + 2)
  close_ = index(rest, ")")
  name = trim(substr(rest, 1, close_ - 1))
  rest = trim(substr(rest, close_ + 1))
  if (name !~ /^[A-Za-z_][A-Za-z0-9_]*$/ || rest !~ /^\(.*\)$/) fail(text)
  type = trim(substr(text, 1, open - 1)) " (*)(" parameters(substr(rest, 2, length(rest) - 2)) ")"
}

function member(owner, text, count, parts, i, d, base) {
  if (text ~ /\(\*/) {
    pointer(text)
    put_member(owner)
    return
  }
  count = split(text, parts, ",")
  for (i = 1; i <= count; i++) {
    d = trim(parts[i])
    array = ""
    if (match(d, /\[[^]]*\]$/)) {
      array = " " substr(d, RSTART)
      d = substr(d, 1, RSTART - 1)
    }
    if (!match(d, /[A-Za-z_][A-Za-z0-9_]*$/)) fail(text)
    name = substr(d, RSTART)
    d = trim(substr(d, 1, RSTART - 1))
    if (i == 1) {
      if (d == "") fail(text)
      base = d
      sub(/[ *]+$/, "", base)
      type = d array
    } else {
      if (d !~ /^\**$/) fail(text)
      type = base (d == "" ? "" : " " d) array
    }
    put_member(owner)
  }
}

function put_member(owner) {
  put("printf(\"member " owner "." name " %zu %zu " type "\\n\", offsetof(" owner ", " name "), sizeof(((" \
      owner " *)0)->" name "));")
}

function structure(owner, body, count, parts, i) {
  put("printf(\"struct " owner " %zu\\n\", sizeof(" owner "));")
  count = split(body, parts, ";")
  for (i = 1; i <= count; i++) if (trim(parts[i]) != "") member(owner, trim(parts[i]))
}

function macro(text, value) {
  if (!match(text, /^[A-Za-z_][A-Za-z0-9_]*/)) fail(text)
  name = substr(text, 1, RLENGTH)
  if (name in undefined) return
  value = trim(substr(text, RLENGTH + 1))
  if (value == "" || name == "BP_EXPORT") return
  if (value ~ /^"/) put("printf(\"macro " name " \\\"%s\\\"\\n\", " name ");")
  else if (value ~ /^\{/) {
    put("{ static const double list[] = " name ";")
    put("  printf(\"macro " name "\");")
    put("  for (size_t i = 0; i < sizeof list / sizeof *list; i++) printf(\" %a\", list[i]);")
    put("  printf(\"\\n\"); }")
  } else if (value ~ /^([0-9(-]|BP_)/ && substr(text, length(name) + 1, 1) == " ")
    put("printf(\"macro " name " %lld\\n\", (long long)(" name "));")
  else fail("#define " text)
}

function declaration(text) {
  if (text == "") return
  if (text ~ /^typedef struct [A-Za-z_0-9]+ *\{/) {
    match(text, /\}/)
    name = trim(substr(text, RSTART + 1))
    structure(name, substr(text, index(text, "{") + 1, RSTART - index(text, "{") - 1))
  } else if (text ~ /^typedef struct [A-Za-z_0-9]+ [A-Za-z_0-9]+$/) {
    return # announces a struct
  } else if (text ~ /^typedef .*\(\*/) {
    sub(/^typedef /, "", text)
    pointer(text)
    put("printf(\"typedef " name " %zu " type "\\n\", sizeof(" name "));")
  } else if (text ~ /^typedef [A-Za-z_0-9 *]+$/) {
    match(text, /[A-Za-z_0-9]+$/)
    name = substr(text, RSTART)
    put("printf(\"typedef " name " %zu " trim(substr(text, 9, RSTART - 9)) "\\n\", sizeof(" name "));")
  } else if (text ~ /^BP_EXPORT [A-Za-z_0-9 *]+\(.*\)$/) {
    sub(/^BP_EXPORT /, "", text)
    signature("function", text)
  } else if (text !~ /^static inline /) fail(text)
}

# "int32_t name(parameters)"
function signature(kind, text) {
  d = substr(text, 1, index(text, "(") - 1)
  if (!match(d, /[A-Za-z_0-9]+$/) || text !~ /\)$/) fail(text)
  if (kind == "inline" && d ~ /_$/) return
  put("printf(\"" kind " " substr(d, RSTART) " " trim(substr(d, 1, RSTART - 1)) " (" \
      parameters(substr(text, length(d) + 2, length(text) - length(d) - 2)) ")\\n\");")
}

{ text = text $0 "\n" }

END {
  # Comments, and lines continued by a backslash.
  while ((start = index(text, "/*")) > 0) {
    rest = substr(text, start + 2)
    code = code substr(text, 1, start - 1) " "
    if ((stop = index(rest, "*/")) == 0) fail("a comment without an end")
    text = substr(rest, stop + 2)
  }
  code = code text
  gsub(/\\\n/, " ", code)
  count = split(code, lines, "\n")
  text = ""
  for (i = 1; i <= count; i++) if (trim(lines[i]) ~ /^# *undef /) {
    line = trim(lines[i])
    sub(/^# *undef /, "", line)
    undefined[line]
  }
  for (i = 1; i <= count; i++) {
    line = trim(lines[i])
    sub(/ *\/\/.*/, "", line)
    if (line ~ /^# *ifdef __cplusplus/) skipping = 1
    if (line ~ /^# *define /) {
      sub(/^# *define /, "", line)
      macro(line)
    } else if (line !~ /^#/ && !skipping) text = text line " "
    if (line ~ /^# *endif/) skipping = 0
  }
  # Declarations end with a semicolon outside braces, functions with their closing brace.
  depth = 0
  part = ""
  for (i = 1; i <= length(text); i++) {
    c = substr(text, i, 1)
    part = part c
    if (c == "{") depth++
    if (c == "}" && --depth == 0 && trim(part) ~ /^static inline /) {
      part = trim(part)
      signature("inline", trim(substr(part, 15, index(part, "{") - 15)))
      part = ""
    }
    if (c == ";" && depth == 0) {
      declaration(trim(substr(part, 1, length(part) - 1)))
      part = ""
    }
  }
  if (depth != 0 || trim(part) != "") fail(trim(part))
  print "#include HEADER\n#include <stdio.h>\n\nint main(void) {"
  printf "%s", program
  print "  return 0;\n}"
}
