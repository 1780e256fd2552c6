package io.dagwright.internal.code;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** One epoch while it grows. Not thread-safe. */
final class Epoch {

  private final int number;
  private final Map<String, CodeHash> classes = new TreeMap<>();
  private Map<CodeLocation, CodeJar> jars = new LinkedHashMap<>();
  private final Map<String, CodeHash> variables = new HashMap<>();
  private Set<String> ownPackages = Set.of();
  private @Nullable EpochUnit current;

  Epoch(int number) {
    this.number = number;
  }

  EpochUnit current() {
    if (current == null) {
      List<CodeJar> distinct = new ArrayList<>();
      for (CodeJar jar : jars.values()) {
        if (distinct.stream().noneMatch(other -> other.hash().equals(jar.hash()))) {
          distinct.add(jar);
        }
      }
      current =
          new EpochUnit(
              number, new CodeUnit(classes, distinct, Set.copyOf(variables.values()), ownPackages));
    }
    return current;
  }

  /** From now on the classes of these packages are not left to workers that have the same. */
  void own(Set<String> packages) {
    ownPackages = packages;
    current = null;
  }

  /** Whether every name keeps its meaning when this is added. */
  boolean fits(Reached reached) {
    return reached.classes().entrySet().stream()
            .allMatch(
                entry -> {
                  CodeHash known = classes.get(entry.getKey());
                  return known == null || known.equals(entry.getValue());
                })
        && reached.jars().entrySet().stream()
            .allMatch(entry -> fits(entry.getKey(), entry.getValue(), reached.classPath()));
  }

  /** Whether every variable keeps its value, and those of one state come together. */
  boolean fits(ShellState state) {
    return state.variables().stream()
        .allMatch(
            name -> {
              CodeHash known = variables.get(name);
              return known == null || known.equals(state.hash());
            });
  }

  /** Two jars with classes in one package go together only if one loader has both. */
  private boolean fits(CodeLocation location, CodeJar jar, List<CodeLocation> classPath) {
    CodeJar known = jars.get(location);
    if (known != null) {
      return known.hash().equals(jar.hash());
    }
    return jars.entrySet().stream()
        .allMatch(
            entry ->
                classPath.contains(entry.getKey())
                    || entry.getValue().hash().equals(jar.hash())
                    || !entry.getValue().overlaps(jar));
  }

  /** Adds what {@link #fits}. */
  void add(Reached reached) {
    int before = classes.size() + jars.size();
    classes.putAll(reached.classes());
    Map<CodeLocation, CodeJar> all = new LinkedHashMap<>(jars);
    all.putAll(reached.jars());
    if (classes.size() + all.size() > before) {
      jars = inOrder(all, reached.classPath());
      current = null;
    }
  }

  /** Adds what {@link #fits}. */
  void add(ShellState state) {
    for (String name : state.variables()) {
      if (variables.put(name, state.hash()) == null) {
        current = null;
      }
    }
  }

  /** In the order of the class path, behind those that are not on it. */
  private static Map<CodeLocation, CodeJar> inOrder(
      Map<CodeLocation, CodeJar> jars, List<CodeLocation> classPath) {
    Map<CodeLocation, CodeJar> ordered = new LinkedHashMap<>();
    jars.keySet().stream()
        .sorted(Comparator.comparingInt(classPath::indexOf))
        .forEach(location -> ordered.put(location, jars.get(location)));
    return ordered;
  }
}
