package io.dagwright.internal.code;

import io.dagwright.error.CodeUnavailableException;
import io.dagwright.error.InvalidGraphException;
import java.io.IOException;
import java.io.InputStream;
import java.lang.reflect.Field;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Predicate;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What one client session has shipped or may ship: which unit of code some classes need, and the
 * bytes behind the hashes in it.
 *
 * <p>A class that was asked about before costs a look-up; a new one a walk, and its first jar the
 * reading of that jar. Classes of JShell, which can be redefined where they are, are compared each
 * time. It keeps class files until it is garbage itself, but no class and no loader alive.
 * Thread-safe; walks wait for one another.
 */
public final class CodeCatalogue {

  private static final Logger LOG = LoggerFactory.getLogger(CodeCatalogue.class);

  private final ClassWalk walk;
  private final Supplier<Set<String>> ownPackages;
  private final Roots roots = new Roots();
  private final Map<CodeHash, byte[]> classFiles = new ConcurrentHashMap<>();
  private final Map<CodeHash, CodeLocation> jarFiles = new ConcurrentHashMap<>();
  private final List<Epoch> epochs = new ArrayList<>(List.of(new Epoch(0)));
  private volatile Set<String> owned = Set.of();
  private volatile List<EpochUnit> units = List.of(epochs.get(0).current());

  /**
   * Creates an empty one.
   *
   * @param provided whether every worker has what is at a location, so that it is never shipped
   * @param index what is known of jars, best {@link JarIndex#ofThisJvm}
   */
  public CodeCatalogue(Predicate<CodeLocation> provided, JarIndex index) {
    this(provided, index, Set::of);
  }

  /**
   * Creates an empty one.
   *
   * @param provided as above
   * @param index as above
   * @param ownPackages the packages whose classes workers take from here even if they have the
   *     same; asked each time
   */
  public CodeCatalogue(
      Predicate<CodeLocation> provided, JarIndex index, Supplier<Set<String>> ownPackages) {
    this.ownPackages = ownPackages;
    this.walk = new ClassWalk(provided, index, new Findings());
  }

  /**
   * The code that these classes need together, and everything else of the same epoch so far: the
   * newest epoch in which all of them have their meaning, or a new one.
   *
   * @param classes of a task's function and of the values in it; lambdas, arrays, proxies and
   *     classes of the JDK are welcome
   * @throws InvalidGraphException if two of them need classes of one name that differ
   * @throws CodeUnavailableException if a class file or jar cannot be read
   */
  public EpochUnit cover(Collection<? extends Class<?>> classes) {
    own(ownPackages.get());
    List<Root> needed = new ArrayList<>(classes.size());
    boolean isKnown = true;
    for (Class<?> type : classes) {
      Root root = roots.get(type);
      Reached reached = root.reached;
      isKnown &= reached != null && ClassWalk.isCurrent(type, reached, classFiles);
      if (reached == null || !reached.isEmpty()) {
        needed.add(root);
      }
    }
    EpochUnit known = isKnown ? known(needed) : null;
    return known != null ? known : place(classes, ShellState.NONE);
  }

  /**
   * As {@link #cover(Collection)}, in an epoch in which variables have these values.
   *
   * @param state the values of all {@link #variables} of the classes
   */
  public EpochUnit cover(Collection<? extends Class<?>> classes, ShellState state) {
    if (state.isEmpty()) {
      return cover(classes);
    }
    classFiles.putIfAbsent(state.hash(), state.content());
    return place(classes, state);
  }

  /**
   * The variables of JShell whose values the code of these classes may read: static fields, in a
   * fixed order.
   *
   * @throws CodeUnavailableException if a class file cannot be read
   */
  public List<Field> variables(Collection<? extends Class<?>> classes) {
    return classes.stream().allMatch(this::isNotOfShell)
        ? List.of()
        : ShellVariables.readBy(classes);
  }

  private boolean isNotOfShell(Class<?> type) {
    Reached reached = roots.get(type).reached;
    return reached != null && reached.redefinable().isEmpty();
  }

  /**
   * A class that no walk found, since nothing names it in a class file, with all that it needs; it
   * belongs to the epoch from now on.
   *
   * @param epoch of the task that wants it
   * @return null if the session has no such class, or another one of that name in that epoch
   */
  public synchronized @Nullable CodeUnit find(int epoch, String className) {
    Reached reached = walk.from(className);
    if (reached == null
        || reached.isEmpty()
        || epoch < 0
        || epoch >= epochs.size()
        || !epochs.get(epoch).fits(reached)) {
      return null;
    }
    epochs.get(epoch).add(reached);
    units = epochs.stream().map(Epoch::current).toList();
    return new CodeUnit(reached.classes(), List.copyOf(reached.jars().values()));
  }

  private void own(Set<String> packages) {
    if (!packages.equals(owned)) {
      synchronized (this) {
        owned = packages;
        epochs.forEach(epoch -> epoch.own(packages));
        units = epochs.stream().map(Epoch::current).toList();
      }
    }
  }

  /**
   * The bytes of a class file or jar of any unit this has answered.
   *
   * @throws CodeUnavailableException if there is no such, or the jar changed since it was hashed
   */
  public byte[] blob(CodeHash hash) {
    byte[] classFile = classFiles.get(hash);
    return classFile != null ? classFile : jarFile(hash);
  }

  /** As {@link #blob}; null if this never answered a unit with it. */
  public byte @Nullable [] find(CodeHash hash) {
    return classFiles.containsKey(hash) || jarFiles.containsKey(hash) ? blob(hash) : null;
  }

  /** The newest epoch that has all; null if that takes a closer look. */
  private @Nullable EpochUnit known(List<Root> needed) {
    int newest = units.size() - 1;
    if (needed.isEmpty()) {
      return units.get(newest);
    }
    BitSet candidates = needed.get(0).epochs;
    for (int at = candidates.previousSetBit(newest); at >= 0; ) {
      if (haveAllJoined(needed, at)) {
        boolean isBest = at == newest || isOneKeptOut(needed, newest);
        // A root joins an epoch after its unit is there, so this must be read after that.
        return isBest ? units.get(at) : null;
      }
      at = candidates.previousSetBit(at - 1);
    }
    return null;
  }

  private static boolean haveAllJoined(List<Root> roots, int epoch) {
    for (Root root : roots) {
      if (!root.epochs.get(epoch)) {
        return false;
      }
    }
    return true;
  }

  private static boolean isOneKeptOut(List<Root> roots, int epoch) {
    for (Root root : roots) {
      if (root.keptOutOf == epoch) {
        return true;
      }
    }
    return false;
  }

  private synchronized EpochUnit place(Collection<? extends Class<?>> classes, ShellState state) {
    Map<Root, Reached> needed = new LinkedHashMap<>();
    Epoch together = new Epoch(0);
    for (Class<?> type : classes) {
      Root root = roots.get(type);
      Reached reached = root.reached;
      if (reached == null || !ClassWalk.isCurrent(type, reached, classFiles)) {
        reached = walk.from(type);
        root.reached(reached);
      }
      if (!together.fits(reached)) {
        throw new InvalidGraphException(
            "A task's function and the values in it need different versions of a class: what ["
                + type.getName()
                + "] needs is not what the others need. Make the values again with the present"
                + " version of their classes.");
      }
      together.add(reached);
      if (!reached.isEmpty()) {
        needed.put(root, reached);
      }
    }
    return needed.isEmpty() ? units.get(units.size() - 1) : join(needed, state);
  }

  private EpochUnit join(Map<Root, Reached> needed, ShellState state) {
    int newest = epochs.size() - 1;
    BitSet candidates = new BitSet();
    candidates.set(newest);
    for (Map.Entry<Root, Reached> entry : needed.entrySet()) {
      candidates.or(entry.getKey().epochs);
      if (!epochs.get(newest).fits(entry.getValue())) {
        entry.getKey().keptOutOf = newest;
      }
    }
    for (int at = newest; at >= 0; at = candidates.previousSetBit(at - 1)) {
      Epoch epoch = epochs.get(at);
      if (epoch.fits(state) && needed.values().stream().allMatch(epoch::fits)) {
        return add(needed, state, at);
      }
    }
    Epoch next = new Epoch(newest + 1);
    next.own(owned);
    epochs.add(next);
    return add(needed, state, newest + 1);
  }

  private EpochUnit add(Map<Root, Reached> needed, ShellState state, int number) {
    Epoch epoch = epochs.get(number);
    needed.values().forEach(epoch::add);
    epoch.add(state);
    units = epochs.stream().map(Epoch::current).toList();
    needed.keySet().forEach(root -> root.joined(number));
    return epoch.current();
  }

  private byte[] jarFile(CodeHash hash) {
    CodeLocation location = jarFiles.get(hash);
    if (location == null) {
      throw new CodeUnavailableException(
          "Nothing with the hash ["
              + hash
              + "] belongs to this client's session. Ask the client that submitted the task.",
          null);
    }
    byte[] content;
    try (InputStream in = location.open()) {
      content = in.readAllBytes();
    } catch (IOException e) {
      throw changed(location, e);
    }
    if (!CodeHash.of(content).equals(hash)) {
      throw changed(location, null);
    }
    return content;
  }

  private static CodeUnavailableException changed(
      CodeLocation location, @Nullable IOException cause) {
    return new CodeUnavailableException(
        "Jar ["
            + location
            + "] was changed or removed after tasks that need it were submitted. Start this JVM"
            + " again.",
        cause);
  }

  private final class Findings implements ClassWalk.Listener {

    @Override
    public void foundClass(CodeHash hash, byte[] classFile) {
      classFiles.putIfAbsent(hash, classFile);
    }

    @Override
    public void foundJar(CodeHash hash, CodeLocation location) {
      jarFiles.putIfAbsent(hash, location);
    }

    @Override
    public void missed(String name, String neededBy) {
      LOG.debug(
          "Class [{}], which [{}] names, is nowhere to be found and not sent", name, neededBy);
    }
  }

  /** What is known of one class that was asked about; written under the catalogue's lock. */
  private static final class Root {

    private volatile @Nullable Reached reached;
    private volatile BitSet epochs = new BitSet();

    /** The newest epoch in which a name the class needs has another meaning; -1 at first. */
    private volatile int keptOutOf = -1;

    /** After a redefinition, what was known before holds no more, and is forgotten first. */
    void reached(Reached now) {
      epochs = new BitSet();
      keptOutOf = -1;
      reached = now;
    }

    void joined(int epoch) {
      BitSet more = (BitSet) epochs.clone();
      more.set(epoch);
      epochs = more;
    }
  }

  /** Kept in the classes themselves, so that neither keeps the other alive. */
  private static final class Roots extends ClassValue<Root> {

    @Override
    protected Root computeValue(Class<?> type) {
      return new Root();
    }
  }
}
