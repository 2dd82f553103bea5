# Compares two descriptions of an ABI, the golden one and today's, and says what in today's breaks what the golden one
# promised. Status 0: nothing but additions, 1: a breach.

function breach(what) {
  print "  " what
  status = 1
}

FNR == 1 { file++ }
$1 == "abi" { if (file == 1) released = $3 == "released"; next }
{
  key = $1 " " $2
  value = substr($0, length(key) + 2)
  if (file == 1) {
    old[key] = value
    keys[++count] = key
  } else {
    new[key] = value
    added[++news] = key
  }
}

END {
  for (i = 1; i <= count; i++) {
    key = keys[i]
    split(key, k, " ")
    if (!(key in new)) breach(k[2] ": removed")
    else if (new[key] == old[key]) continue
    else if (key == "macro BP_ABI_MINOR" && new[key] + 0 > old[key] + 0) raised = 1
    else if (k[1] == "struct" && k[2] != "bp_error" && new[key] + 0 > old[key] + 0) grown[k[2]] = 1
    else if (k[1] == "struct") breach(k[2] ": its size was " old[key] ", now it is " new[key])
    else if (k[1] == "member") {
      split(old[key], a, " ")
      split(new[key], b, " ")
      if (a[1] != b[1]) breach(k[2] ": moved from offset " a[1] " to " b[1])
      else breach(k[2] ": its type changed from '" tail(old[key]) "' to '" tail(new[key]) "'")
    } else breach(k[2] ": was " old[key] ", now it is " new[key])
  }
  for (i = 1; i <= news; i++) {
    key = added[i]
    if (key in old) continue
    additions++
    split(key, k, " ")
    if (k[1] == "member") {
      owner = k[2]
      sub(/\..*/, "", owner)
      if (!(("struct " owner) in old)) continue
      split(new[key], a, " ")
      if (owner == "bp_error") breach(k[2] ": bp_error never grows")
      else if (a[1] + 0 < old["struct " owner] + 0)
        breach(k[2] ": added at offset " a[1] " within the " old["struct " owner] " bytes that " owner " had")
      delete grown[owner]
    } else if (k[1] == "struct" && new["member " k[2] ".struct_size"] != "0 4 uint32_t")
      breach(k[2] ": does not begin with uint32_t struct_size [BP-1.2]")
    else if (k[2] ~ /^BP_OP_/ && k[2] !~ /^BP_OP_INFO_/)
      for (other in new)
        if (other != key && other ~ /^macro BP_OP_/ && other !~ /^macro BP_OP_INFO_/ && new[other] == new[key])
          breach(k[2] ": its number " new[key] " is that of " substr(other, 7))
  }
  for (owner in grown) breach(owner ": grew without a member")
  if (additions && released && !raised)
    breach("BP_ABI_MINOR: minor " old["macro BP_ABI_MINOR"] " is released: additions need a higher one")
  exit status
}

function tail(value) {
  sub(/^[0-9]+ [0-9]+ /, "", value)
  return value
}
