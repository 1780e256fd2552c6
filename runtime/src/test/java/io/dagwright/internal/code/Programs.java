package io.dagwright.internal.code;

import io.dagwright.graph.TaskFunction;
import java.io.IOException;
import java.io.OutputStream;
import java.io.StringWriter;
import java.net.MalformedURLException;
import java.net.URI;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;
import java.util.jar.JarOutputStream;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import javax.tools.JavaCompiler;
import javax.tools.JavaFileObject;
import javax.tools.SimpleJavaFileObject;
import javax.tools.ToolProvider;

/** Programs that are compiled while a test runs, so that the worker does not have them. */
public final class Programs {

  private static final Pattern PACKAGE = Pattern.compile("package ([\\w.]+);");
  private static final Pattern TYPE = Pattern.compile("(?:class|interface|record|enum) (\\w+)");
  private static final ClassLoader OWN = Programs.class.getClassLoader();

  private final Path root;
  private int count;

  public Programs(Path root) {
    this.root = root;
  }

  /** What every worker has: the classes and libraries these tests run with. */
  public static Predicate<CodeLocation> provided() {
    Set<CodeLocation> locations = new HashSet<>(ClassPathJars.of(OWN, JarIndex.ofThisJvm()));
    locations.add(CodeLocation.of(EpochLoader.class));
    locations.add(CodeLocation.of(Programs.class));
    return locations::contains;
  }

  Path directory() {
    return root.resolve("classes-" + count++);
  }

  /** Compiles against this test's class path and {@code classPath}; returns the directory. */
  Path compile(List<Path> classPath, String... sources) throws IOException {
    Path directory = Files.createDirectories(directory());
    String path =
        Stream.concat(
                Stream.of(System.getProperty("java.class.path")),
                classPath.stream().map(Path::toString))
            .collect(Collectors.joining(System.getProperty("path.separator")));
    JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
    StringWriter messages = new StringWriter();
    List<Source> units = Stream.of(sources).map(Source::new).toList();
    boolean isCompiled =
        compiler
            .getTask(
                messages,
                null,
                null,
                List.of("-d", directory.toString(), "-classpath", path, "-proc:none", "-g"),
                null,
                units)
            .call();
    if (!isCompiled) {
      throw new IllegalArgumentException(messages.toString());
    }
    return directory;
  }

  public Path compile(String... sources) throws IOException {
    return compile(List.of(), sources);
  }

  /** Packs a directory of classes and more files into a jar. */
  Path jar(String name, Path classes, Map<String, String> files) throws IOException {
    Path jar = root.resolve(name);
    try (OutputStream out = Files.newOutputStream(jar);
        JarOutputStream entries = new JarOutputStream(out)) {
      for (Map.Entry<String, String> file : files.entrySet()) {
        put(entries, file.getKey(), file.getValue().getBytes(StandardCharsets.UTF_8));
      }
      for (Path file : filesIn(classes)) {
        String entry = classes.relativize(file).toString().replace('\\', '/');
        put(entries, entry, Files.readAllBytes(file));
      }
    }
    return jar;
  }

  private static void put(JarOutputStream jar, String name, byte[] content) throws IOException {
    ZipEntry entry = new ZipEntry(name);
    entry.setTime(0);
    jar.putNextEntry(entry);
    jar.write(content);
    jar.closeEntry();
  }

  static List<Path> filesIn(Path directory) throws IOException {
    try (Stream<Path> files = Files.walk(directory)) {
      return files.filter(Files::isRegularFile).sorted().toList();
    }
  }

  /** A client's or a worker's class path, on top of this test's. */
  public static ClassLoader loader(Path... path) {
    return new URLClassLoader(urls(path), OWN);
  }

  private static URL[] urls(Path... path) {
    List<URL> urls = new ArrayList<>();
    for (Path step : path) {
      try {
        urls.add(step.toUri().toURL());
      } catch (MalformedURLException e) {
        throw new IllegalArgumentException(e);
      }
    }
    return urls.toArray(URL[]::new);
  }

  /** Calls {@code static TaskFunction task()} of a class. */
  public static TaskFunction task(ClassLoader loader, String className)
      throws ReflectiveOperationException {
    return (TaskFunction)
        Class.forName(className, true, loader).getDeclaredMethod("task").invoke(null);
  }

  private static final class Source extends SimpleJavaFileObject {

    private final String text;

    Source(String text) {
      super(URI.create("memory:///" + path(text) + ".java"), JavaFileObject.Kind.SOURCE);
      this.text = text;
    }

    @Override
    public CharSequence getCharContent(boolean ignoreEncodingErrors) {
      return text;
    }

    private static String path(String text) {
      Matcher type = TYPE.matcher(text);
      Matcher inPackage = PACKAGE.matcher(text);
      if (!type.find()) {
        throw new IllegalArgumentException(text);
      }
      return (inPackage.find() ? inPackage.group(1).replace('.', '/') + "/" : "") + type.group(1);
    }
  }
}
