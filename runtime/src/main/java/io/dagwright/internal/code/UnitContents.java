package io.dagwright.internal.code;

import java.net.URL;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** What a loader has to load at one moment: where each name is placed, and its jars. Immutable. */
record UnitContents(Placement placement, List<ShippedJar> jars) {

  static final UnitContents EMPTY = new UnitContents(Placement.EMPTY, List.of());

  UnitContents {
    jars = List.copyOf(jars);
  }

  /** The same with more code; jars that are open stay open. */
  UnitContents with(Placement next, Function<CodeHash, Path> files) {
    Map<CodeHash, ShippedJar> open = new LinkedHashMap<>();
    jars.forEach(jar -> open.put(jar.description().hash(), jar));
    List<ShippedJar> all = new ArrayList<>();
    for (CodeJar jar : next.ownJars()) {
      ShippedJar known = open.get(jar.hash());
      all.add(known == null ? new ShippedJar(jar, files) : known);
    }
    return new UnitContents(next, all);
  }

  /** Whether the unit names the class, wherever it is placed. */
  boolean names(String className) {
    return placement.unit().classes().containsKey(className);
  }

  /** The hash of a loose class that the loader defines; null for any other. */
  @Nullable CodeHash looseClass(String className) {
    return placement.ownClasses().get(className);
  }

  ShippedJar.@Nullable Found inJars(String resource) {
    for (ShippedJar jar : jars) {
      ShippedJar.Found found = jar.find(resource);
      if (found != null) {
        return found;
      }
    }
    return null;
  }

  @Nullable URL urlInJars(String resource) {
    for (ShippedJar jar : jars) {
      URL url = jar.url(resource);
      if (url != null) {
        return url;
      }
    }
    return null;
  }

  List<URL> urlsInJars(String resource) {
    List<URL> urls = new ArrayList<>();
    for (ShippedJar jar : jars) {
      URL url = jar.url(resource);
      if (url != null) {
        urls.add(url);
      }
    }
    return urls;
  }

  /** Whether a name that was asked for, and was not in the unit, may mean something else then. */
  boolean isChangedBy(Placement next, Set<String> asked) {
    List<CodeJar> before = placement.ownJars();
    List<CodeJar> fresh = next.ownJars().stream().filter(jar -> !before.contains(jar)).toList();
    for (String name : asked) {
      String resource = CodeLocation.resource(name);
      if (next.ownClasses().containsKey(name) && !names(name)) {
        return true;
      }
      List<CodeJar> hiding = next.unit().classes().containsKey(name) ? before : fresh;
      if (!names(name) && hiding.stream().anyMatch(jar -> jar.mayHave(resource))) {
        return true;
      }
    }
    return false;
  }
}
