package io.dagwright.error;

import java.util.Collection;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A serializer was named that this JVM does not have. */
public final class UnknownSerializerException extends DagwrightException {

  private static final long serialVersionUID = 1L;

  private final String name;
  private final List<String> known;

  /**
   * Creates one.
   *
   * @param name that nobody has
   * @param source who named it, such as {@code setting dagwright.serializer}
   * @param known the names there are
   * @param meant the one that is probably meant; null if none is alike
   */
  public UnknownSerializerException(
      String name, String source, Collection<String> known, @Nullable String meant) {
    super(
        "There is no serializer ["
            + name
            + "], which "
            + source
            + " names."
            + (meant == null ? "" : " Did you mean [" + meant + "]?")
            + " This JVM has "
            + known
            + "; others must be on the class path of every client and worker.");
    this.name = name;
    this.known = List.copyOf(known);
  }

  /** The name that nobody has. */
  public String name() {
    return name;
  }

  /** The names there are in that JVM. */
  public List<String> known() {
    return known;
  }
}
