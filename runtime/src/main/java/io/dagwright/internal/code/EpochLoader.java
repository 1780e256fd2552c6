package io.dagwright.internal.code;

import io.dagwright.error.CodeUnavailableException;
import io.dagwright.error.CorruptPayloadException;
import io.dagwright.error.NewerJavaNeededException;
import java.io.ByteArrayInputStream;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.net.URL;
import java.security.CodeSource;
import java.security.ProtectionDomain;
import java.security.cert.Certificate;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Enumeration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Predicate;
import java.util.function.Supplier;
import java.util.jar.Attributes;
import org.jspecify.annotations.Nullable;

/**
 * Runs the code of one epoch of a client session on a worker.
 *
 * <p>A name in the unit means the bytes in the unit: the parent's class if that comes to the same
 * (see {@link Placement}), otherwise the unit's own. A name that is not in the unit is looked for
 * in the unit's jars and then in the parent, and asked for once if it is in neither. What the
 * parent has by provision is always the parent's.
 *
 * <p>Thread-safe and parallel capable; a thread that needs code which is not in the cache waits
 * until it is fetched. After {@link #close} no more jar is read; classes that are loaded go on.
 * Loading throws {@link CodeUnavailableException} or {@link CorruptPayloadException} if bytes
 * cannot be had, and {@link NewerJavaNeededException} if this JVM is too old for them.
 */
public class EpochLoader extends ClassLoader implements Closeable {

  static {
    registerAsParallelCapable();
  }

  /** What became of code that was to be added. */
  public enum Appended {
    /** The loader had all of it. */
    UNCHANGED,
    /** It can be used from now on. */
    ADDED,
    /**
     * A name that means something here already would change; nothing was added. Use a new loader.
     */
    CONFLICT
  }

  /** Who makes up more names than this is not helped any more. */
  private static final int ASKED_FOR_MAX = 10_000;

  private final BlobCache cache;
  private final BlobSource source;
  private final ParentClasses parentClasses;
  private final ProtectionDomain looseDomain;
  private final Object growing = new Object();
  private final Object remembering = new Object();

  /**
   * Names outside the unit that somebody asked for. What they came to may be linked already, so a
   * unit that would change it comes too late.
   */
  private final Set<String> askedOutside = ConcurrentHashMap.newKeySet();

  /** Names of which the source was asked whether there is such a class. */
  private final Set<String> askedFor = ConcurrentHashMap.newKeySet();

  private volatile UnitContents contents = UnitContents.EMPTY;
  private @Nullable Object remembered;

  /**
   * Creates a loader.
   *
   * @param name for stack traces and logs, such as {@code session 4 epoch 2}
   * @param parent the worker's own loader
   * @param unit what to run at first
   * @param provided as for the client's {@link CodeCatalogue}, here of the worker's class path
   * @param cache shared by all loaders of the JVM
   * @param source asked for what the cache does not have
   */
  public EpochLoader(
      String name,
      ClassLoader parent,
      CodeUnit unit,
      Predicate<CodeLocation> provided,
      BlobCache cache,
      BlobSource source) {
    super(name, parent);
    this.cache = cache;
    this.source = source;
    this.parentClasses = new ParentClasses(parent, provided, JarIndex.ofThisJvm());
    URL location = MemoryUrl.of("/" + unit.id() + "/", () -> new byte[0]);
    this.looseDomain = new ProtectionDomain(new CodeSource(location, (Certificate[]) null), null);
    append(unit);
  }

  /** All code so far. */
  public CodeUnit unit() {
    return contents.placement().unit();
  }

  /**
   * Adds code to that of the epoch.
   *
   * @param more a part or all of a later unit of the same epoch
   */
  public final Appended append(CodeUnit more) {
    synchronized (growing) {
      UnitContents now = contents;
      if (more.equals(now.placement().unit())) {
        return Appended.UNCHANGED;
      }
      Placement next = now.placement().plus(more, parentClasses);
      if (next == null || now.isChangedBy(next, askedOutside)) {
        return Appended.CONFLICT;
      }
      if (next.unit().equals(now.placement().unit())) {
        return Appended.UNCHANGED;
      }
      contents = now.with(next, hash -> cache.jarFile(hash, source));
      return Appended.ADDED;
    }
  }

  /** The values of variables that came with the unit; fetched if they are not here. */
  public byte[] state(CodeHash hash) {
    return cache.classFile(hash, source);
  }

  /** Whether all of the unit is the parent's so far: then the parent does as well. */
  public boolean definesNothing() {
    Placement placement = contents.placement();
    return placement.ownClasses().isEmpty() && placement.ownJars().isEmpty();
  }

  /** Class files that this loader will define itself and the cache does not have, by name. */
  public List<CodeHash> missing() {
    Placement now = contents.placement();
    return now.unit().classes().entrySet().stream()
        .filter(entry -> now.ownClasses().containsKey(entry.getKey()))
        .map(Map.Entry::getValue)
        .filter(hash -> !cache.hasClass(hash))
        .distinct()
        .toList();
  }

  /** What was created first for this loader, ever; it lives as long as the loader. */
  public final Object remembered(Supplier<Object> create) {
    synchronized (remembering) {
      if (remembered == null) {
        remembered = create.get();
      }
      return remembered;
    }
  }

  @Override
  public void close() throws IOException {
    for (ShippedJar jar : contents.jars()) {
      jar.close();
    }
  }

  @Override
  protected Class<?> loadClass(String name, boolean resolve) throws ClassNotFoundException {
    synchronized (getClassLoadingLock(name)) {
      Class<?> loaded = findLoadedClass(name);
      if (loaded == null) {
        loaded = findOwn(name);
      }
      if (loaded == null) {
        loaded = findOutside(name);
      }
      if (resolve) {
        resolveClass(loaded);
      }
      return loaded;
    }
  }

  /** The class file as the loader would define the class from it; the parent's otherwise. */
  @Override
  public @Nullable URL getResource(String name) {
    UnitContents now = contents;
    CodeHash hash = now.looseClass(className(name));
    if (hash != null) {
      return looseUrl(name, hash);
    }
    URL url = isForJars(name, now) ? now.urlInJars(name) : null;
    return url != null ? url : getParent().getResource(name);
  }

  @Override
  public Enumeration<URL> getResources(String name) throws IOException {
    List<URL> urls = new ArrayList<>();
    UnitContents now = contents;
    CodeHash hash = now.looseClass(className(name));
    if (hash != null) {
      urls.add(looseUrl(name, hash));
    } else if (isForJars(name, now)) {
      urls.addAll(now.urlsInJars(name));
    }
    urls.addAll(Collections.list(getParent().getResources(name)));
    return Collections.enumeration(urls);
  }

  @Override
  public @Nullable InputStream getResourceAsStream(String name) {
    UnitContents now = contents;
    CodeHash hash = now.looseClass(className(name));
    if (hash != null) {
      return new ByteArrayInputStream(cache.classFile(hash, source));
    }
    ShippedJar.Found found = isForJars(name, now) ? now.inJars(name) : null;
    return found != null
        ? new ByteArrayInputStream(found.content())
        : getParent().getResourceAsStream(name);
  }

  private URL looseUrl(String name, CodeHash hash) {
    return MemoryUrl.of(
        looseDomain.getCodeSource().getLocation().getPath() + name,
        () -> cache.classFile(hash, source));
  }

  private @Nullable Class<?> findOwn(String name) {
    if (name.startsWith("java.")) {
      return null;
    }
    UnitContents now = contentsFor(name);
    CodeHash hash = now.looseClass(name);
    if (hash != null) {
      return define(name, cache.classFile(hash, source), looseDomain);
    }
    String resource = CodeLocation.resource(name);
    ShippedJar.Found found = isForJars(resource, now) ? now.inJars(resource) : null;
    if (found == null) {
      return null;
    }
    definePackage(name, found.jar());
    return define(name, found.content(), found.jar().domain());
  }

  private Class<?> findOutside(String name) throws ClassNotFoundException {
    try {
      return getParent().loadClass(name);
    } catch (ClassNotFoundException e) {
      if (name.startsWith("java.")) {
        throw e;
      }
      boolean isNew = askedFor.size() < ASKED_FOR_MAX && askedFor.add(name);
      CodeUnit late = isNew ? find(name, e) : null;
      Class<?> found = late == null ? null : add(late, name);
      if (found == null) {
        throw new ClassNotFoundException(
            name
                + ": neither this worker nor the program that submitted the task has this class."
                + " Put it on the program's class path.",
            e);
      }
      return found;
    }
  }

  private @Nullable CodeUnit find(String name, ClassNotFoundException notHere)
      throws ClassNotFoundException {
    try {
      return source.find(name);
    } catch (CodeUnavailableException e) {
      askedFor.remove(name); // Somebody may answer yet.
      notHere.addSuppressed(e);
      throw new ClassNotFoundException(name + ": " + e.getMessage(), notHere);
    }
  }

  /** Adds a class that came to nothing here, so that nothing is linked to its name. */
  private @Nullable Class<?> add(CodeUnit late, String name) {
    askedOutside.remove(name);
    if (append(late) == Appended.CONFLICT) {
      askedOutside.add(name);
      return null;
    }
    return findOwn(name);
  }

  private UnitContents contentsFor(String name) {
    synchronized (growing) {
      if (!contents.names(name)) {
        askedOutside.add(name);
      }
      return contents;
    }
  }

  /** Whether the unit's jars come before the parent. */
  private boolean isForJars(String resource, UnitContents now) {
    if (now.jars().stream().noneMatch(jar -> jar.description().mayHave(resource))) {
      return false;
    }
    String className = className(resource);
    return className.isEmpty() || (!now.names(className) && !parentClasses.isProvided(className));
  }

  /** The name of the class whose file a resource is; empty for any other resource. */
  private static String className(String resource) {
    return resource.endsWith(".class")
        ? resource.substring(0, resource.length() - ".class".length()).replace('/', '.')
        : "";
  }

  private void definePackage(String className, ShippedJar.Opened jar) {
    String name = className.substring(0, Math.max(className.lastIndexOf('.'), 0));
    if (name.isEmpty() || getDefinedPackage(name) != null) {
      return;
    }
    Attributes about =
        jar.manifest() == null ? new Attributes() : jar.manifest().getMainAttributes();
    try {
      definePackage(
          name,
          about.getValue(Attributes.Name.SPECIFICATION_TITLE),
          about.getValue(Attributes.Name.SPECIFICATION_VERSION),
          about.getValue(Attributes.Name.SPECIFICATION_VENDOR),
          about.getValue(Attributes.Name.IMPLEMENTATION_TITLE),
          about.getValue(Attributes.Name.IMPLEMENTATION_VERSION),
          about.getValue(Attributes.Name.IMPLEMENTATION_VENDOR),
          null);
    } catch (IllegalArgumentException e) {
      // Another thread was faster.
      return;
    }
  }

  private Class<?> define(String name, byte[] classFile, ProtectionDomain domain) {
    int needed = ClassReferences.javaVersion(classFile);
    int present = Runtime.version().feature();
    if (needed > present) {
      throw new NewerJavaNeededException(name, needed, present);
    }
    return defineClass(name, classFile, 0, classFile.length, domain);
  }
}
