# Sourced by the commands beside it: builds what is missing or older than its sources, and sets what they need: java, fail,
# the root of the project, and here, this directory.

here=$(CDPATH= cd -- "$(dirname -- "$0")" && pwd -P)
root=$(dirname "$here")
target=$here/target
command=$(basename -- "$0")

fail() {
  echo "$command: $*" >&2
  exit 1
}

java=${JAVA_HOME:+$JAVA_HOME/bin/}java
# builds the distribution, whose server and perf are measured, and looks whether the JDK will do
"$root/penstock" --version >/dev/null

modules="platform-core platform-server platform-client platform-streams platform-cli platform-benchmarks"

is_current() {
  [ -f "$target/compare.classpath" ] && [ -f "$target/built" ] || return 1
  [ -z "$(find "$root/pom.xml" -newer "$target/built")" ] || return 1
  for module in $modules; do
    [ -z "$(find "$root/$module/pom.xml" "$root/$module/src/main" -newer "$target/built" | head -n 1)" ] || return 1
  done
}

if ! is_current; then
  command -v mvn >/dev/null || fail "no mvn on the PATH: building needs Maven 3.8 or later"
  mkdir -p "$target"
  touch "$target/building"
  echo "$command: building (log: $target/build.log)" >&2
  if ! (cd "$root" && mvn -q -B -DskipTests package -pl platform-benchmarks -am </dev/null >"$target/build.log" 2>&1); then
    tail -n 40 "$target/build.log" >&2
    fail "the build failed; the whole log is $target/build.log"
  fi
  mv "$target/building" "$target/built"
fi

class_path=$(cat "$target/compare.classpath"):$target/classes
