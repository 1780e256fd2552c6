package io.dagwright.internal.code;

import java.io.IOException;
import java.io.InputStream;
import java.net.URL;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** What a worker has on its own class path, by content. Thread-safe; loads no class. */
final class ParentClasses {

  private static final Answer PROVIDED = new Answer(true, null, Set.of());
  private static final Answer ABSENT = new Answer(false, null, Set.of());

  private final ClassLoader parent;
  private final Predicate<CodeLocation> provided;
  private final JarIndex index;
  private final Map<String, Answer> answers = new ConcurrentHashMap<>();

  /**
   * What is known of one name.
   *
   * @param isProvided whether the parent's class is the right one whatever its bytes are
   * @param hash of the parent's class file; null if it is provided or there is none
   * @param references the classes that class file names
   */
  record Answer(boolean isProvided, @Nullable CodeHash hash, Set<String> references) {}

  ParentClasses(ClassLoader parent, Predicate<CodeLocation> provided, JarIndex index) {
    this.parent = parent;
    this.provided = provided;
    this.index = index;
  }

  Answer find(String className) {
    return answers.computeIfAbsent(className, this::ask);
  }

  boolean isProvided(String className) {
    String resource = CodeLocation.resource(className);
    URL url = parent.getResource(resource);
    return url != null && isProvided(CodeLocation.of(url, resource));
  }

  /** Whether each jar is on the parent's class path, under whichever name. */
  boolean hasAllJars(List<CodeJar> jars) {
    if (jars.isEmpty()) {
      return true;
    }
    Set<CodeHash> absent = new HashSet<>();
    Set<Long> sizes = new HashSet<>();
    for (CodeJar jar : jars) {
      absent.add(jar.hash());
      sizes.add(jar.sizeBytes());
    }
    for (CodeLocation location : ClassPathJars.of(parent, index)) {
      if (sizes.contains(sizeBytes(location))) {
        absent.remove(index.jar(location).hash());
      }
    }
    return absent.isEmpty();
  }

  /** -1 for a jar that cannot be read, by the parent neither. */
  private static long sizeBytes(CodeLocation jar) {
    try {
      return jar.sizeBytes();
    } catch (IOException e) {
      return -1;
    }
  }

  private boolean isProvided(CodeLocation location) {
    return location.kind() == CodeLocation.Kind.JDK || provided.test(location);
  }

  private Answer ask(String className) {
    String resource = CodeLocation.resource(className);
    URL url = parent.getResource(resource);
    if (url == null) {
      return ABSENT;
    }
    if (isProvided(CodeLocation.of(url, resource))) {
      return PROVIDED;
    }
    try (InputStream in = url.openStream()) {
      byte[] classFile = in.readAllBytes();
      return new Answer(false, CodeHash.of(classFile), ClassReferences.of(classFile));
    } catch (IOException e) {
      return ABSENT; // What the parent cannot read it cannot load.
    }
  }
}
