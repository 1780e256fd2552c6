package io.dagwright.jvms;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.Properties;
import java.util.stream.Stream;

/** The JDKs of this machine. */
public final class Jdk {

  /** Keeps JDK 24 and later from warning of what Pekko 1.x uses. */
  public static final String UNSAFE_ALLOWED = "--sun-misc-unsafe-memory-access=allow";

  private Jdk() {}

  /** The Java version of the JDK at {@code home}, such as 17; 0 if there is none. */
  public static int version(Path home) {
    Properties about = new Properties();
    if (!Files.isExecutable(home.resolve("bin/java"))
        || !Files.isReadable(home.resolve("release"))) {
      return 0;
    }
    try (InputStream in = Files.newInputStream(home.resolve("release"))) {
      about.load(in);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    String version = about.getProperty("JAVA_VERSION", "0").replace("\"", "");
    return Runtime.Version.parse(version).feature();
  }

  /**
   * The home of a JDK 25: that of {@code DAGWRIGHT_JDK25}, or one beside the JDK in use, as {@code
   * bin/test-jdk25} finds it. If there is none, it says so loudly.
   */
  public static Optional<Path> find25() {
    String said = System.getenv("DAGWRIGHT_JDK25");
    Optional<Path> found;
    if (said != null) {
      found = Optional.of(Path.of(said));
    } else {
      try (Stream<Path> beside = Files.list(Jvm.HOME.resolveSibling(""))) {
        found = beside.filter(home -> version(home) == 25).sorted().findFirst();
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
    if (found.isEmpty()) {
      System.err.println(
          "*** SKIPPED: tests with JDK 25. None found; set DAGWRIGHT_JDK25 to the home of one. ***");
    }
    return found;
  }
}
