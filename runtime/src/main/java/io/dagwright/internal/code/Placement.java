package io.dagwright.internal.code;

import static java.util.stream.Collectors.toCollection;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Which code of a unit a loader defines itself, and which it leaves to its parent. Immutable.
 *
 * <p>The parent's classes are used where they have the same bytes and see the same classes: a
 * package is left to the parent if all of its loose classes in the unit are the same there, and all
 * that they name. So a stale class never wins, not even by being used from one that is not stale,
 * and no package is torn between two loaders. Jars that come together are left to the parent if it
 * has all. Nothing is left to it of packages that the unit says are its own.
 *
 * @param unit all code so far
 * @param ownClasses the loose classes the loader defines
 * @param ownPackages their packages
 * @param ownJars the jars the loader reads, in the order of the unit
 */
record Placement(
    CodeUnit unit,
    Map<String, CodeHash> ownClasses,
    Set<String> ownPackages,
    List<CodeJar> ownJars) {

  static final Placement EMPTY = new Placement(CodeUnit.EMPTY, Map.of(), Set.of(), List.of());

  Placement {
    ownClasses = Map.copyOf(ownClasses);
    ownPackages = Set.copyOf(ownPackages);
    ownJars = List.copyOf(ownJars);
  }

  /** Adds code; null if a name that is placed already would have to be placed elsewhere. */
  @Nullable Placement plus(CodeUnit more, ParentClasses parent) {
    for (Map.Entry<String, CodeHash> entry : more.classes().entrySet()) {
      CodeHash known = unit.classes().get(entry.getKey());
      if (known != null && !known.equals(entry.getValue())) {
        return null;
      }
    }
    List<CodeJar> jars = merged(more.jars());
    Map<String, CodeHash> classes = new HashMap<>(unit.classes());
    classes.putAll(more.classes());
    Set<CodeHash> states = new HashSet<>(unit.states());
    states.addAll(more.states());
    Set<String> packages = new HashSet<>(unit.ownPackages());
    packages.addAll(more.ownPackages());
    CodeUnit all = new CodeUnit(classes, jars, states, packages);
    Set<CodeHash> known = hashes(unit.jars());
    List<CodeJar> fresh = jars.stream().filter(jar -> !known.contains(jar.hash())).toList();
    Placement next = parent.hasAllJars(fresh) ? placed(all, List.of(), parent) : null;
    return next != null ? next : placed(all, fresh, parent);
  }

  /** In the order of those that come, if they are all; otherwise behind those that are there. */
  private List<CodeJar> merged(List<CodeJar> more) {
    if (hashes(more).containsAll(hashes(unit.jars()))) {
      return more;
    }
    Set<CodeHash> known = hashes(unit.jars());
    List<CodeJar> merged = new ArrayList<>(unit.jars());
    more.stream().filter(jar -> !known.contains(jar.hash())).forEach(merged::add);
    return merged;
  }

  /** Whether a jar that was there would be searched behind one that may hide its classes. */
  private boolean isReordered(List<CodeJar> next) {
    Set<CodeHash> known = hashes(ownJars);
    List<CodeJar> before = new ArrayList<>();
    List<CodeJar> fresh = new ArrayList<>();
    for (CodeJar jar : next) {
      if (!known.contains(jar.hash())) {
        fresh.add(jar);
      } else if (fresh.stream().anyMatch(jar::overlaps)) {
        return true;
      } else {
        before.add(jar);
      }
    }
    return !List.copyOf(hashes(before)).equals(List.copyOf(known));
  }

  /** Places all code, of the jars that are new {@code ownFresh} with the loader; null as above. */
  private @Nullable Placement placed(CodeUnit all, List<CodeJar> ownFresh, ParentClasses parent) {
    Set<CodeHash> ownHashes = hashes(ownJars);
    ownHashes.addAll(hashes(ownFresh));
    List<CodeJar> jars = new ArrayList<>(all.jars());
    jars.removeIf(jar -> !ownHashes.contains(jar.hash()));
    List<CodeJar> parentJars = new ArrayList<>(all.jars());
    parentJars.removeIf(jar -> ownHashes.contains(jar.hash()));
    Set<String> own = new HashSet<>(ownPackages);
    own.addAll(all.ownPackages());
    Set<String> shippable = new HashSet<>();
    Map<String, Set<String>> same = new HashMap<>();
    for (Map.Entry<String, CodeHash> entry : all.classes().entrySet()) {
      String name = entry.getKey();
      ParentClasses.Answer answer = parent.find(name);
      if (!answer.isProvided()) {
        shippable.add(name);
        if (entry.getValue().equals(answer.hash())) {
          same.put(name, answer.references());
        } else {
          own.add(packageOf(name));
        }
      }
    }
    spread(own, same, shippable, jars);
    Map<String, CodeHash> nextOwn = new HashMap<>(all.classes());
    nextOwn.keySet().removeIf(name -> !shippable.contains(name) || !own.contains(packageOf(name)));
    boolean isMoved =
        unit.classes().keySet().stream()
            .anyMatch(name -> ownClasses.containsKey(name) != nextOwn.containsKey(name));
    return isMoved || isReordered(jars) || isTorn(own, parentJars)
        ? null
        : new Placement(all, nextOwn, own, jars);
  }

  /** Adds each package from which a class that must be the loader's own is named. */
  private static void spread(
      Set<String> own, Map<String, Set<String>> same, Set<String> shippable, List<CodeJar> jars) {
    boolean isChanged = !own.isEmpty() || !jars.isEmpty();
    while (isChanged) {
      isChanged = false;
      for (Map.Entry<String, Set<String>> entry : same.entrySet()) {
        String from = packageOf(entry.getKey());
        if (!own.contains(from)
            && entry.getValue().stream()
                .anyMatch(
                    name ->
                        shippable.contains(name)
                            ? own.contains(packageOf(name))
                            : mayBeIn(jars, name))) {
          own.add(from);
          isChanged = true;
        }
      }
    }
  }

  /** Whether a package has classes of the loader's own and others in a jar of the parent. */
  private static boolean isTorn(Set<String> own, List<CodeJar> parentJars) {
    return own.stream()
        .filter(name -> !name.isEmpty())
        .anyMatch(name -> mayBeIn(parentJars, name + ".package-info"));
  }

  private static boolean mayBeIn(List<CodeJar> jars, String className) {
    return jars.stream().anyMatch(jar -> jar.mayHave(CodeLocation.resource(className)));
  }

  private static Set<CodeHash> hashes(List<CodeJar> jars) {
    return jars.stream().map(CodeJar::hash).collect(toCollection(LinkedHashSet::new));
  }

  private static String packageOf(String className) {
    return className.substring(0, Math.max(className.lastIndexOf('.'), 0));
  }
}
