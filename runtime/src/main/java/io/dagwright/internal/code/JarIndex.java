package io.dagwright.internal.code;

import io.dagwright.error.CodeUnavailableException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * What is known of jar files, each read once for as long as its size and time of change stay the
 * same. Thread-safe; it holds strings and numbers of as many jars as it was asked about.
 */
public final class JarIndex {

  /** Facts about files, which are the same for all sessions; these have nothing else in common. */
  private static final JarIndex OF_THIS_JVM = new JarIndex();

  private final Map<CodeLocation, Slot> slots = new ConcurrentHashMap<>();

  /** The one to use, so that no jar is read again for another session. */
  public static JarIndex ofThisJvm() {
    return OF_THIS_JVM;
  }

  /**
   * Describes a jar.
   *
   * @throws CodeUnavailableException if the file cannot be read
   */
  CodeJar jar(CodeLocation location) {
    return slot(location).jar(location);
  }

  /** Binary names of classes the jar needs from elsewhere; costs reading every class in it. */
  Set<String> references(CodeLocation location) {
    return slot(location).references(location);
  }

  /** The URLs that the manifest of a jar file adds behind it; none if it cannot be read. */
  List<String> classPath(CodeLocation location) {
    return slot(location).classPath(location);
  }

  private Slot slot(CodeLocation location) {
    try {
      Stamp stamp =
          new Stamp(
              Files.size(location.file()), Files.getLastModifiedTime(location.file()).toMillis());
      return slots.compute(
          location,
          (key, slot) -> slot != null && slot.stamp.equals(stamp) ? slot : new Slot(stamp));
    } catch (IOException e) {
      throw unreadable(location, e);
    }
  }

  private static CodeUnavailableException unreadable(CodeLocation location, IOException cause) {
    return new CodeUnavailableException(
        "Jar ["
            + location
            + "], of which a task needs classes, cannot be read: "
            + cause.getMessage()
            + ". Put it back where it was when this JVM started.",
        cause);
  }

  private record Stamp(long sizeBytes, long changedMillis) {}

  private static final class Slot {

    private final Stamp stamp;
    private @Nullable CodeJar jar;
    private @Nullable Set<String> references;
    private @Nullable List<String> classPath;

    Slot(Stamp stamp) {
      this.stamp = stamp;
    }

    synchronized CodeJar jar(CodeLocation location) {
      if (jar == null) {
        try (InputStream in = location.open()) {
          CodeHash hash = CodeHash.of(in);
          jar =
              new CodeJar(
                  location.name(), location.sizeBytes(), hash, JarContents.places(location));
        } catch (IOException e) {
          throw unreadable(location, e);
        }
      }
      return jar;
    }

    synchronized List<String> classPath(CodeLocation location) {
      if (classPath == null) {
        classPath = List.copyOf(JarContents.classPath(location));
      }
      return classPath;
    }

    synchronized Set<String> references(CodeLocation location) {
      if (references == null) {
        try {
          references = JarContents.references(location);
        } catch (IOException e) {
          throw unreadable(location, e);
        }
      }
      return references;
    }
  }
}
