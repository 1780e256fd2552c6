package io.dagwright.internal.code;

import io.dagwright.error.CorruptPayloadException;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * Everything that some tasks need of their client's code, by content: classes that are in no jar,
 * and jars.
 *
 * <p>Two units are equal if their contents are, in whichever JVM they were made; {@link #id} says
 * so in 32 bytes. Immutable.
 */
public final class CodeUnit {

  /** The unit without any code. */
  public static final CodeUnit EMPTY = new CodeUnit(Map.of(), List.of());

  private final SortedMap<String, CodeHash> classes;
  private final List<CodeJar> jars;
  private final List<CodeHash> states;
  private final SortedSet<String> ownPackages;
  private final byte[] manifest;
  private final CodeHash id;

  /**
   * Creates a unit.
   *
   * @param classes the hash of each class file by binary name, such as {@code com.acme.Etl$Row}
   * @param jars in the order in which they are searched
   */
  public CodeUnit(Map<String, CodeHash> classes, List<CodeJar> jars) {
    this(classes, jars, Set.of(), Set.of());
  }

  /**
   * Creates a unit with variables, and packages of its own.
   *
   * @param classes as above
   * @param jars as above
   * @param states the hashes of the contents of each {@link ShellState}
   * @param ownPackages packages whose classes are not left to a worker that has the same
   */
  public CodeUnit(
      Map<String, CodeHash> classes,
      List<CodeJar> jars,
      Set<CodeHash> states,
      Set<String> ownPackages) {
    this.classes = Collections.unmodifiableSortedMap(new TreeMap<>(classes));
    this.jars = List.copyOf(jars);
    this.states = states.stream().sorted(Comparator.comparing(CodeHash::toString)).toList();
    this.ownPackages = Collections.unmodifiableSortedSet(new TreeSet<>(ownPackages));
    this.manifest = UnitCodec.encode(this.classes, this.jars, this.states, this.ownPackages);
    this.id = CodeHash.of(manifest);
  }

  /**
   * Reads what {@link #toBytes} returned.
   *
   * @param id the unit's id, which must have come another way than the bytes
   * @throws CorruptPayloadException if the bytes are not those of that unit
   */
  public static CodeUnit fromBytes(byte[] manifest, CodeHash id) {
    CodeHash actual = CodeHash.of(manifest);
    if (!actual.equals(id)) {
      throw new CorruptPayloadException(
          "The list of classes ["
              + id.prefix()
              + "] arrived with the content ["
              + actual.prefix()
              + "]. Ask for it again.",
          null);
    }
    return UnitCodec.decode(manifest);
  }

  /** The hash of {@link #toBytes}. */
  public CodeHash id() {
    return id;
  }

  /** The hash of each class file by binary name. */
  public SortedMap<String, CodeHash> classes() {
    return classes;
  }

  /** In the order in which they are searched. */
  public List<CodeJar> jars() {
    return jars;
  }

  /** The values of variables that belong to these classes. */
  public List<CodeHash> states() {
    return states;
  }

  /** Packages whose classes are not left to a worker that has the same. */
  public SortedSet<String> ownPackages() {
    return ownPackages;
  }

  /** Names, sizes and hashes in bytes; not the code itself. */
  public byte[] toBytes() {
    return manifest.clone();
  }

  @Override
  public boolean equals(Object object) {
    return object instanceof CodeUnit unit && unit.id.equals(id);
  }

  @Override
  public int hashCode() {
    return id.hashCode();
  }

  @Override
  public String toString() {
    return id.prefix() + " (" + classes.size() + " classes, " + jars.size() + " jars)";
  }
}
