package io.dagwright.internal.code;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * What a walk from one class came to that a worker may lack. Holds no class and no loader.
 *
 * @param classes the hash of each loose class by binary name
 * @param redefinable those of them whose bytes may change while the class stays
 * @param jars the jars that hold other classes
 * @param classPath all jars of the loader the walk asked, in its order; empty if it reached none
 */
record Reached(
    Map<String, CodeHash> classes,
    Set<String> redefinable,
    Map<CodeLocation, CodeJar> jars,
    List<CodeLocation> classPath) {

  static final Reached NOTHING = new Reached(Map.of(), Set.of(), Map.of(), List.of());

  Reached {
    classes = Map.copyOf(classes);
    redefinable = Set.copyOf(redefinable);
    jars = Collections.unmodifiableMap(new LinkedHashMap<>(jars));
    classPath = List.copyOf(classPath);
  }

  boolean isEmpty() {
    return classes.isEmpty() && jars.isEmpty();
  }
}
