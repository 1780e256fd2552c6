package io.dagwright.internal.code;

import io.dagwright.error.CodeUnavailableException;
import java.io.IOException;
import java.io.InputStream;
import java.lang.reflect.Proxy;
import java.net.URL;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Follows the names in class files from one class to everything it may use, without loading any.
 *
 * <p>It goes through loose classes one by one and through a jar as a whole, and ends at the JDK and
 * at what is provided. Names that the loader does not know are left out. Not thread-safe.
 */
final class ClassWalk {

  /** Where the bytes and the misses of all walks go. */
  interface Listener {
    void foundClass(CodeHash hash, byte[] classFile);

    void foundJar(CodeHash hash, CodeLocation location);

    void missed(String name, String neededBy);
  }

  private static final LoaderMemory.Known PROVIDED =
      new LoaderMemory.Known(CodeLocation.of(Object.class), null, Set.of(), false);

  private final Predicate<CodeLocation> provided;
  private final JarIndex index;
  private final Listener listener;
  private final LoaderMemory.OfAll memories = new LoaderMemory.OfAll();

  ClassWalk(Predicate<CodeLocation> provided, JarIndex index, Listener listener) {
    this.provided = provided;
    this.index = index;
    this.listener = listener;
  }

  /**
   * Walks from one class. Lambdas and proxies, which have no class file, count as what they are
   * made from: the class around the lambda, the interfaces of the proxy.
   *
   * @throws CodeUnavailableException if a class file or jar that is there cannot be read
   */
  Reached from(Class<?> root) {
    Class<?> type = elementType(root);
    ClassLoader loader = type.getClassLoader();
    return loader == null ? Reached.NOTHING : new Walk(loader).from(rootNames(type, loader));
  }

  /**
   * Walks from the class of a name, if one of the loaders that were asked before has it.
   *
   * @return null if none has
   */
  @Nullable Reached from(String className) {
    for (ClassLoader loader : memories.loaders()) {
      if (loader.getResource(CodeLocation.resource(className)) != null) {
        return new Walk(loader).from(Set.of(className));
      }
    }
    return null;
  }

  /**
   * Whether the classes that can be redefined have the bytes they had when they were reached.
   * Thread-safe.
   *
   * @param files what they had
   */
  static boolean isCurrent(Class<?> root, Reached reached, Map<CodeHash, byte[]> files) {
    ClassLoader loader = elementType(root).getClassLoader();
    for (String name : reached.redefinable()) {
      URL url = loader == null ? null : loader.getResource(CodeLocation.resource(name));
      CodeHash before = reached.classes().get(name);
      byte[] file = before == null ? null : files.get(before);
      if (url == null || file == null || !Arrays.equals(read(url, name), file)) {
        return false;
      }
    }
    return true;
  }

  private static Class<?> elementType(Class<?> type) {
    return type.isArray() ? elementType(type.getComponentType()) : type;
  }

  private static Set<String> rootNames(Class<?> type, ClassLoader loader) {
    Set<String> names = new LinkedHashSet<>();
    if (type.isHidden()) {
      names.add(hostOf(type.getName()));
    } else if (!Proxy.isProxyClass(type)) {
      names.add(type.getName());
      if (loader.getResource(CodeLocation.resource(type.getName())) != null) {
        return names;
      }
    }
    for (Class<?> implemented : type.getInterfaces()) {
      names.add(implemented.getName());
    }
    Class<?> parent = type.getSuperclass();
    if (parent != null && parent.getClassLoader() != null) {
      names.addAll(rootNames(parent, loader));
    }
    return names;
  }

  /** The class whose code spun a hidden class, from the name of the latter. */
  static String hostOf(String hidden) {
    int slash = hidden.lastIndexOf('/');
    String name = slash < 0 ? hidden : hidden.substring(0, slash);
    int lambda = name.indexOf("$$Lambda");
    return lambda < 0 ? name : name.substring(0, lambda);
  }

  private static byte[] read(URL url, String name) {
    try (InputStream in = url.openStream()) {
      return in.readAllBytes();
    } catch (IOException e) {
      throw new CodeUnavailableException(
          "Class ["
              + name
              + "], which a task needs, cannot be read from ["
              + url
              + "]: "
              + e.getMessage()
              + ". Compile it again, or put it back where it was when this JVM started.",
          e);
    }
  }

  private record Step(String name, LoaderMemory.Known known) {}

  private final class Walk {

    private final ClassLoader loader;
    private final LoaderMemory memory;
    private final Set<String> seen = new HashSet<>();
    private final Deque<Step> ahead = new ArrayDeque<>();
    private final Map<String, CodeHash> classes = new TreeMap<>();
    private final Set<String> redefinable = new HashSet<>();
    private final Map<CodeLocation, CodeJar> jars = new LinkedHashMap<>();

    Walk(ClassLoader loader) {
      this.loader = loader;
      this.memory = memories.of(loader);
    }

    Reached from(Set<String> roots) {
      follow(roots, "");
      while (!ahead.isEmpty()) {
        Step step = ahead.remove();
        visit(step.name(), step.known());
      }
      return new Reached(classes, redefinable, jars, jars.isEmpty() ? List.of() : classPath());
    }

    /** Adds the names that the loader knows to those ahead. */
    private void follow(Set<String> names, String neededBy) {
      for (String name : names) {
        if (name.startsWith("java.") || !seen.add(name)) {
          continue;
        }
        LoaderMemory.Known known = find(name);
        if (known != null) {
          ahead.add(new Step(name, known));
        } else if (!neededBy.isEmpty()) {
          listener.missed(name, neededBy);
        }
      }
    }

    private void visit(String name, LoaderMemory.Known known) {
      if (known.hash() != null) {
        classes.put(name, known.hash());
        if (known.isRedefinable()) {
          redefinable.add(name);
        }
        follow(known.references(), name);
      } else if (known.location().kind() == CodeLocation.Kind.JAR
          && !jars.containsKey(known.location())) {
        CodeJar jar = index.jar(known.location());
        jars.put(known.location(), jar);
        listener.foundJar(jar.hash(), known.location());
        follow(index.references(known.location()), "");
      }
    }

    private LoaderMemory.@Nullable Known find(String name) {
      LoaderMemory.Known known = memory.names.get(name);
      if (known == null) {
        known = ask(name);
        if (known != null && !known.isRedefinable()) {
          memory.names.put(name, known);
        }
      }
      return known;
    }

    private LoaderMemory.@Nullable Known ask(String name) {
      String resource = CodeLocation.resource(name);
      URL url = loader.getResource(resource);
      if (url == null) {
        return null;
      }
      CodeLocation location = CodeLocation.of(url, resource);
      if (location.kind() == CodeLocation.Kind.JDK || provided.test(location)) {
        return PROVIDED;
      }
      if (location.kind() == CodeLocation.Kind.JAR) {
        return new LoaderMemory.Known(location, null, Set.of(), false);
      }
      byte[] classFile = read(url, name);
      CodeHash hash = CodeHash.of(classFile);
      listener.foundClass(hash, classFile);
      return new LoaderMemory.Known(
          location, hash, ClassReferences.of(classFile), CodeLocation.isRedefinable(url));
    }

    private List<CodeLocation> classPath() {
      if (!memory.classPath.containsAll(jars.keySet())) {
        Set<CodeLocation> all = new LinkedHashSet<>(ClassPathJars.of(loader, index));
        all.addAll(memory.classPath);
        all.addAll(jars.keySet());
        memory.classPath = List.copyOf(all);
      }
      return memory.classPath;
    }
  }
}
