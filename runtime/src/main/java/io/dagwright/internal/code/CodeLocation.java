package io.dagwright.internal.code;

import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.URL;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Set;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;
import org.jspecify.annotations.Nullable;

/**
 * Where a class file is: in the JDK, in a jar, or loose, which is anywhere else.
 *
 * @param kind which of the three
 * @param root the path of the jar file; for loose classes the URL of the directory above their
 *     packages, which need not be one of a file system; empty for the JDK
 * @param entry for a jar in a jar the name of the inner one, otherwise empty
 */
public record CodeLocation(Kind kind, String root, String entry) {

  /** How classes at a location travel. */
  public enum Kind {
    /** Never: every worker has them. */
    JDK,
    /** One by one. */
    LOOSE,
    /** All of the jar at once. */
    JAR
  }

  private static final Set<String> FIXED = Set.of("file", "jar", "jrt", MemoryUrl.PROTOCOL);
  private static final CodeLocation JDK = new CodeLocation(Kind.JDK, "", "");

  /** The location of a class; loose with an empty root if its loader does not tell. */
  public static CodeLocation of(Class<?> type) {
    String resource = resource(type.getName());
    ClassLoader loader = type.getClassLoader();
    if (loader == null) {
      return JDK;
    }
    URL url = loader.getResource(resource);
    return url == null ? new CodeLocation(Kind.LOOSE, "", "") : of(url, resource);
  }

  /** The location of a jar file. */
  static CodeLocation ofJar(Path file) {
    return new CodeLocation(Kind.JAR, file.toAbsolutePath().normalize().toString(), "");
  }

  /** The location that a loader means when it answers {@code url} for {@code resource}. */
  static CodeLocation of(URL url, String resource) {
    String text = url.toString();
    if (text.startsWith("jrt:/java.") || text.startsWith("jrt:/jdk.")) {
      return JDK;
    }
    CodeLocation jar = jarOf(text);
    return jar != null ? jar : new CodeLocation(Kind.LOOSE, rootOf(text, resource), "");
  }

  /**
   * Whether the bytes behind a URL of a class file may change while the class stays: JShell answers
   * what was redefined last. Files do change, but the JVM goes on with what it read.
   */
  static boolean isRedefinable(URL url) {
    String protocol = url.getProtocol();
    return !FIXED.contains(protocol) && !protocol.startsWith("sourcelauncher");
  }

  /** Whether a URL of a class file is JShell's, whose classes do not initialize their fields. */
  static boolean isOfShell(URL url) {
    return url.getProtocol().equals("jshell");
  }

  /** The name of a class file for a loader, from the binary name of the class. */
  static String resource(String className) {
    return className.replace('.', '/') + ".class";
  }

  /** The file name of the jar. */
  String name() {
    String path = entry.isEmpty() ? root.replace('\\', '/') : entry;
    return path.substring(path.lastIndexOf('/') + 1);
  }

  Path file() {
    return Path.of(root);
  }

  /** The length of the jar in bytes. */
  long sizeBytes() throws IOException {
    if (entry.isEmpty()) {
      return Files.size(file());
    }
    try (ZipFile outer = new ZipFile(root)) {
      return inner(outer).getSize();
    }
  }

  /** Opens the jar; closing the stream closes the outer jar too. */
  InputStream open() throws IOException {
    if (entry.isEmpty()) {
      return Files.newInputStream(file());
    }
    ZipFile outer = new ZipFile(root);
    try {
      return new InnerJar(outer, outer.getInputStream(inner(outer)));
    } catch (IOException e) {
      outer.close();
      throw e;
    }
  }

  private ZipEntry inner(ZipFile outer) throws IOException {
    ZipEntry inner = outer.getEntry(entry);
    if (inner == null) {
      throw new NoSuchFileException(root, entry, "the jar no longer has this entry");
    }
    return inner;
  }

  @Override
  public String toString() {
    return kind == Kind.JDK ? "the JDK" : entry.isEmpty() ? root : root + "!/" + entry;
  }

  /**
   * The jar of {@code jar:file:/a.jar!/b/C.class} and of the two forms that executable jars of
   * Spring use; null for another URL.
   */
  static @Nullable CodeLocation jarOf(String url) {
    if (!url.startsWith("jar:")) {
      return null;
    }
    String text = url.substring("jar:".length());
    boolean isNested = text.startsWith("nested:");
    if (!isNested && !text.startsWith("file:")) {
      return null;
    }
    int end = text.indexOf(isNested ? "/!" : "!/");
    if (end < 0) {
      return null;
    }
    String outer = text.substring(text.indexOf(':') + 1, end);
    String rest = text.substring(end + 2);
    int innerEnd = isNested ? rest.indexOf("!/") : rest.lastIndexOf("!/");
    String inner = innerEnd < 0 ? "" : decoded(rest.substring(0, innerEnd));
    if ((isNested && innerEnd < 0) || (!inner.isEmpty() && !inner.endsWith(".jar"))) {
      return null;
    }
    CodeLocation file = ofJar(Path.of(decoded(outer)));
    return new CodeLocation(Kind.JAR, file.root, inner);
  }

  private static String decoded(String path) {
    try {
      boolean isDrive = path.matches("/[A-Za-z]:.*");
      String decoded = path.startsWith("/") ? URI.create("file:" + path).getPath() : path;
      return isDrive ? decoded.substring(1) : decoded;
    } catch (IllegalArgumentException e) {
      return path; // Some loaders do not encode what they put in URLs.
    }
  }

  /** What is left without as many steps as the resource has. */
  private static String rootOf(String text, String resource) {
    int end = text.length();
    for (long steps = resource.chars().filter(c -> c == '/').count() + 1; steps > 0; steps--) {
      end = text.lastIndexOf('/', end - 1);
    }
    return text.substring(0, end + 1);
  }

  private static final class InnerJar extends FilterInputStream {

    private final ZipFile outer;

    InnerJar(ZipFile outer, InputStream in) {
      super(in);
      this.outer = outer;
    }

    @Override
    public void close() throws IOException {
      outer.close();
    }
  }
}
