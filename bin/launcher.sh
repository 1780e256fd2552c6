# Sourced by the commands beside it, which set $bin to this directory and call `launch`. Plain POSIX sh.
#
# JAVA_HOME               the Java to use; otherwise the `java` on the PATH
# DAGWRIGHT_JAVA_OPTIONS  more options for it, separated by blanks

root=${bin%/*}

fail() {
  printf '%s\n' "$@" >&2
  exit 1
}

# launch MODULE MAIN_CLASS ARGUMENT...: runs a module's main class, built anew when its sources have changed.
launch() {
  module=$1
  main=$2
  shift 2
  java=$(find_java)
  build_if_stale
  feature=$(java_feature "$java")
  jar=$target/dagwright-$module.jar
  command=${1:-}
  watches=
  for argument; do
    case "$command $argument" in
      "worker --processes"*) watches=true ;;
    esac
  done
  set -- -cp "$jar" "$main" "$@"
  if [ "$module" = cli ]; then
    archive=$target/dagwright-$feature.jsa
    case "$command" in
      demo | local | scheduler | worker) is_for_help "$@" || store_class_data ;;
    esac
    if [ -s "$archive" ]; then
      # Another build of the same Java may not be able to use it; it then starts as if there were none.
      set -- "-XX:SharedArchiveFile=$archive" -Xlog:cds=off -Xlog:cds+dynamic=off "$@"
    fi
    set -- "-Ddagwright.home=$root" "$@"
  fi
  if [ -n "$watches" ]; then
    # It only watches its workers, which have JVMs of their own; the archive is for them, it would take 40 MB here.
    set -- -Xmx32m -XX:+UseSerialGC -XX:TieredStopAtLevel=1 -Xshare:off "$@"
  fi
  if [ "$feature" -ge 24 ]; then
    # Pekko 1.x uses sun.misc.Unsafe, of which these versions warn.
    set -- --sun-misc-unsafe-memory-access=allow "$@"
  fi
  exec "$java" ${DAGWRIGHT_JAVA_OPTIONS:-} "$@"
}

# Is help all that is asked for?
is_for_help() {
  for argument; do
    case "$argument" in
      --help | -h) return 0 ;;
    esac
  done
  return 1
}

# A node loads thousands of classes. Once after each build, a run that uses them all stores them in $archive
# for all later ones to map, worker processes included: that halves what a start costs.
store_class_data() {
  has_class_data && return
  [ -w "$root/target" ] && [ -w "$target" ] || return 0 # Installed where nothing may be written.
  lock
  if has_class_data; then # Another launcher stored it while we waited for the lock.
    unlock
    return
  fi
  echo "Storing class data, once, so that later starts are faster ..." >&2
  if "$java" "-XX:ArchiveClassesAtExit=$archive.new" -XX:+UseSerialGC -Xlog:disable -cp "$jar" "$main" class-data \
    </dev/null >/dev/null 2>&1 && [ -s "$archive.new" ]; then
    mv "$archive.new" "$archive"
  else
    : >"$archive" # Not again before the next build.
  fi
  unlock
}

has_class_data() {
  [ -e "$archive" ] && [ -z "$(find "$jar" "$target/lib" -newer "$archive" -print | head -n 1)" ]
}

find_java() {
  if [ -n "${JAVA_HOME:-}" ]; then
    if [ ! -x "$JAVA_HOME/bin/java" ]; then
      fail "JAVA_HOME is $JAVA_HOME, but there is no bin/java in it."
    fi
    printf '%s\n' "$JAVA_HOME/bin/java"
  else
    command -v java || fail "No Java found. Install a JDK, version 17 or newer, or set JAVA_HOME to one."
  fi
}

# Prints the feature version (17, 25, ...) of a java command. The JDK's release file says it without a start.
java_feature() {
  command=$(resolve "$1")
  release=${command%/bin/java}/release
  version=
  if [ -r "$release" ]; then
    version=$(sed -n 's/^JAVA_VERSION="\([0-9]*\).*/\1/p' "$release")
  fi
  if [ -z "$version" ]; then
    version=$("$1" -version 2>&1 | sed -n 's/^.* version "\([0-9]*\).*/\1/p' | head -n 1)
  fi
  if [ "${version:-0}" -lt 17 ]; then
    fail "Dagwright needs Java 17 or newer; $1 is version ${version:-unknown}."
  fi
  printf '%s\n' "$version"
}

# Prints what a symbolic link, and a link that it links to, leads to in the end.
resolve() {
  path=$1
  while [ -L "$path" ]; do
    link=$(readlink "$path")
    case "$link" in
      /*) path=$link ;;
      *) path=$(dirname "$path")/$link ;;
    esac
  done
  printf '%s\n' "$path"
}

# Sets $target to a directory with the module's jar and libraries, after building them when there is none or
# when it is older than the sources.
build_if_stale() {
  for target in "$root/$module/target" "$root/$module/target/quick"; do
    if is_fresh; then
      return
    fi
  done
  lock
  if ! is_fresh; then # Another launcher may have built it while we waited for the lock.
    build
  fi
  unlock
}

# Is everything in $target newer than the sources it was made from?
is_fresh() {
  [ -r "$target/dagwright-$module.jar" ] && [ -d "$target/lib" ] || return 1
  [ -r "$root/pom.xml" ] || return 0 # There are no sources here.
  is_newer_than_sources "$module" "$target/dagwright-$module.jar" || return 1
  for jar in "$target"/lib/dagwright-*.jar; do
    name=${jar##*/dagwright-}
    is_newer_than_sources "${name%%-[0-9]*}" "$jar" || return 1
  done
}

# is_newer_than_sources MODULE JAR. Maven leaves a jar alone whose contents did not change, so the stamp of
# our last build counts as well.
is_newer_than_sources() {
  stamp=$2
  if [ -e "$target/launcher.stamp" ]; then
    stamp=$target/launcher.stamp
  fi
  set -- "$root/$1" "$2"
  for source in "$root/pom.xml" "$1/pom.xml" "$1/src/main"; do
    [ -e "$source" ] || continue
    if [ -n "$(find "$source" -newer "$2" -newer "$stamp" -print | head -n 1)" ]; then
      return 1
    fi
  done
}

build() {
  command -v mvn >/dev/null ||
    fail "Dagwright has to be built first, and there is no Maven. Install Maven 3.8 or newer and try again."
  mkdir -p "$target"
  log=$target/launcher.log
  echo "Building Dagwright; the first time also downloads its libraries ..." >&2
  : >"$target/launcher.stamp.new"
  (cd "$root" && mvn -B -Pquick -Dmaven.test.skip=true -pl "$module" -am package 2>&1) </dev/null |
    tee "$log" |
    sed -n 's/^\[INFO\] Building \(Dagwright [^0-9]*\) [0-9].* \(\[[0-9]*\/[0-9]*\]\)$/  \2 \1/p' >&2
  if ! grep -q 'BUILD SUCCESS' "$log"; then
    sed -n -e '/^\[ERROR\] -> /q' -e '/^\[ERROR\]/p' "$log" | head -n 20 >&2
    fail "The build failed; the whole of its output is in $log."
  fi
  mv "$target/launcher.stamp.new" "$target/launcher.stamp"
}

# One launcher builds at a time. A directory is the lock; the process that holds it writes its id into it.
lock() {
  mkdir -p "$root/target"
  [ -w "$root/target" ] || fail "Cannot write to $root/target; build as its owner first."
  lock=$root/target/launcher.lock
  waited=0
  until mkdir "$lock" 2>/dev/null; do
    holder=$(cat "$lock/pid" 2>/dev/null || true)
    if [ -n "$holder" ] && ! kill -0 "$holder" 2>/dev/null; then
      rm -rf "$lock" # Its holder was killed.
      continue
    fi
    if [ "$waited" = 0 ]; then
      echo "Waiting for another launcher (process ${holder:-unknown}) that is building ..." >&2
    fi
    waited=$((waited + 1))
    if [ "$waited" -gt 600 ]; then
      fail "Gave up after ten minutes. If nothing is building, remove $lock."
    fi
    sleep 1
  done
  echo $$ >"$lock/pid"
  trap unlock EXIT
  trap 'exit 130' INT
  trap 'exit 143' TERM
}

unlock() {
  rm -rf "$root/target/launcher.lock"
  trap - EXIT INT TERM
}
