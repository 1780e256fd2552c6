package io.dagwright;

import static java.util.stream.Collectors.toCollection;
import static java.util.stream.Collectors.toMap;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import javax.xml.parsers.DocumentBuilderFactory;
import javax.xml.parsers.ParserConfigurationException;
import org.junit.jupiter.api.Test;
import org.w3c.dom.Element;
import org.w3c.dom.Node;
import org.w3c.dom.NodeList;
import org.xml.sax.SAXException;

/** Small rules about the sources and poms of all modules, which no compiler knows. */
class TidyTest {

  private static final Path TOP = findTop();

  /**
   * What main code does not do. ArchitectureTest has more for the pure packages.
   *
   * @param where the start of the paths it holds for, from the top; empty for all
   * @param except the starts of paths it does not hold for
   */
  private record Ban(Pattern call, String instead, String where, Set<String> except) {
    Ban(String call, String instead) {
      this(call, instead, "");
    }

    Ban(String call, String instead, String where, String... except) {
      this(Pattern.compile(call), instead, where, Set.of(except));
    }

    boolean holdsFor(String path) {
      return path.startsWith(where) && except.stream().noneMatch(path::startsWith);
    }
  }

  private static final String RUNTIME = "runtime/src/main/java/io/dagwright/";

  private static final List<Ban> BANS =
      List.of(
          new Ban(
              "\\bThread\\.sleep\\(",
              "use a timer of the actor or a scheduled executor",
              "",
              "examples/",
              "bench/",
              "multi-jvm-tests/"),
          new Ban(
              "\\bSystem\\.(out|err)\\b",
              "log, or return the text",
              RUNTIME,
              RUNTIME + "TerminalProgress.java"),
          new Ban("\\.printStackTrace\\(\\)", "hand the exception to the logger"),
          new Ban("\\bjava\\.util\\.logging\\b", "use SLF4J"),
          new Ban("\\bSystem\\.getLogger\\(", "use SLF4J"),
          new Ban(
              "\\bSystem\\.exit\\(",
              "shut down through the node",
              RUNTIME,
              RUNTIME + "internal/node/"),
          new Ban("\\bSystem\\.getenv\\(", "substitute it in reference.conf", RUNTIME),
          new Ban(
              "\\b(System\\.setProperty|Boolean\\.getBoolean|Integer\\.getInteger|Long\\.getLong)\\(",
              "read a setting",
              RUNTIME),
          new Ban("\\.parallelStream\\(", "use an executor with a name and a bound", RUNTIME),
          new Ban(
              "\\bForkJoinPool\\.commonPool\\(",
              "use an executor with a name and a bound",
              RUNTIME),
          new Ban(
              "\\bExecutors\\.newCachedThreadPool\\(",
              "use an executor with a name and a bound",
              RUNTIME),
          new Ban(
              "\\bnew ObjectInputStream\\(",
              "use the codec; Java's deserialization runs what it reads",
              RUNTIME,
              RUNTIME + "internal/serialization/"),
          new Ban("\\bfinalize\\(\\)", "use a Cleaner"),
          new Ban("^import (static )?[\\w.]+\\.\\*;", "import each name"));

  @Test
  void mainCodeCallsNothingThatHasABetterReplacement() {
    List<String> violations = new ArrayList<>();
    for (Path source : mainSources()) {
      String path = nameOf(source);
      List<String> lines = withoutCommentsAndStrings(read(source)).lines().toList();
      for (Ban ban : BANS) {
        IntStream.range(0, lines.size())
            .filter(line -> ban.holdsFor(path) && ban.call().matcher(lines.get(line)).find())
            .forEach(
                line ->
                    violations.add(
                        "%s:%d: %s -- %s"
                            .formatted(path, line + 1, lines.get(line).strip(), ban.instead())));
      }
    }

    assertThat(violations).isEmpty();
  }

  @Test
  void noTodoIsLeftBehind() {
    Pattern todo = Pattern.compile("\\b(TODO|FIXME|XXX)\\b(?!\\(#\\d+\\))");

    List<String> violations =
        mainSources().stream()
            .filter(source -> todo.matcher(read(source)).find())
            .map(TidyTest::nameOf)
            .toList();

    assertThat(violations).as("a TODO names its issue, as TODO(#12)").isEmpty();
  }

  @Test
  void everyPackageIsNullMarked() {
    Set<Path> packages =
        mainSources().stream().map(Path::getParent).collect(toCollection(TreeSet::new));

    List<String> violations =
        packages.stream().filter(path -> !isNullMarked(path)).map(TidyTest::nameOf).toList();

    assertThat(packages).isNotEmpty();
    assertThat(violations).as("packages without a @NullMarked package-info.java").isEmpty();
  }

  @Test
  void versionsAreInTheTopPomOnly() {
    List<String> violations = new ArrayList<>();
    for (String module : modules()) {
      if (module.equals("bom")) {
        continue; // It has no parent.
      }
      for (Element version : all(pom(module), "version")) {
        boolean isOwn = Set.of("parent", "project").contains(version.getParentNode().getNodeName());
        if (!isOwn && !version.getTextContent().startsWith("${")) {
          violations.add(module + "/pom.xml: " + version.getTextContent());
        }
      }
      for (Element properties : all(pom(module), "properties")) {
        children(properties)
            .map(Element::getTagName)
            .filter(name -> name.endsWith("version"))
            .forEach(name -> violations.add(module + "/pom.xml: " + name));
      }
    }

    assertThat(violations).isEmpty();
  }

  @Test
  void everyPluginHasAVersion() {
    Set<String> used =
        Stream.concat(Stream.of(""), modules().stream())
            .flatMap(module -> all(pom(module), "plugin").stream())
            .map(plugin -> child(plugin, "artifactId"))
            .collect(toCollection(TreeSet::new));

    // Those that Maven's own life cycle uses although no pom mentions them.
    Stream.of("clean", "resources", "compiler", "surefire", "jar", "install", "deploy", "site")
        .forEach(name -> used.add("maven-" + name + "-plugin"));
    assertThat(managedPlugins().keySet()).containsAll(used);
  }

  @Test
  void pomsNameNoRepository() {
    List<String> violations =
        Stream.concat(Stream.of(""), modules().stream())
            .filter(
                module ->
                    !all(pom(module), "repositories").isEmpty()
                        || !all(pom(module), "pluginRepositories").isEmpty())
            .toList();

    assertThat(violations).isEmpty();
  }

  @Test
  void bomNamesEveryPublishedModule() {
    Set<String> published =
        modules().stream()
            .filter(module -> !module.equals("bom"))
            .filter(module -> all(pom(module), "maven.deploy.skip").isEmpty())
            .map(module -> "dagwright-" + module)
            .collect(toCollection(TreeSet::new));

    Set<String> named =
        all(pom("bom"), "dependency").stream()
            .map(dependency -> child(dependency, "artifactId"))
            .collect(toCollection(TreeSet::new));

    assertThat(named).isEqualTo(published);
  }

  @Test
  void bomHasTheVersionsOfTheTopPom() {
    Map<String, String> plugins = versionsOf(all(pom("bom"), "plugin"));

    assertThat(managedPlugins()).containsAllEntriesOf(plugins);
    assertThat(child(pom("bom"), "version")).isEqualTo(child(pom(""), "version"));
  }

  @Test
  void commentsAndStringsAreNotCode() {
    String source =
        """
        a(); // b()
        /* c()
           d() */ e("f()", 'g', "\\"h()");
        \"""
        i()
        \""";
        j();
        """;

    String code = withoutCommentsAndStrings(source);

    assertThat(code.lines().map(String::strip))
        .containsExactly("a();", "", "e(, , );", "", "", ";", "j();");
  }

  /** The directory of the parent pom, from wherever in it the tests are run. */
  private static Path findTop() {
    Path path = Path.of("").toAbsolutePath();
    while (!Files.exists(path.resolve("bom/pom.xml"))) {
      path = path.getParent();
      assertThat(path).as("the directory with bom/pom.xml").isNotNull();
    }
    return path;
  }

  private static List<String> modules() {
    return all(pom(""), "module").stream().map(Element::getTextContent).toList();
  }

  /** The artifact ids of the plugins in the top pom's management, with their versions. */
  private static Map<String, String> managedPlugins() {
    return versionsOf(all(all(pom(""), "pluginManagement").get(0), "plugin"));
  }

  private static Map<String, String> versionsOf(List<Element> plugins) {
    return plugins.stream()
        .filter(plugin -> !child(plugin, "version").isEmpty())
        .collect(toMap(plugin -> child(plugin, "artifactId"), plugin -> child(plugin, "version")));
  }

  private static List<Path> mainSources() {
    List<Path> sources =
        modules().stream()
            .map(module -> TOP.resolve(module).resolve("src/main/java"))
            .filter(Files::isDirectory)
            .flatMap(TidyTest::javaFiles)
            .sorted()
            .toList();
    assertThat(sources).isNotEmpty();
    return sources;
  }

  private static Stream<Path> javaFiles(Path directory) {
    try (Stream<Path> files = Files.walk(directory)) {
      return files.filter(file -> file.toString().endsWith(".java")).toList().stream();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static boolean isNullMarked(Path directory) {
    Path info = directory.resolve("package-info.java");
    return Files.exists(info) && read(info).contains("@NullMarked\n");
  }

  private static String nameOf(Path file) {
    return TOP.relativize(file).toString().replace('\\', '/');
  }

  private static String read(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The code alone, on the same lines. */
  private static String withoutCommentsAndStrings(String source) {
    Pattern notCode =
        Pattern.compile(
            "//[^\n]*"
                + "|/\\*(?s:.*?)\\*/"
                + "|\"\"\"(?s:.*?)\"\"\""
                + "|\"(?:[^\"\\\\\n]|\\\\.)*+\""
                + "|'(?:[^'\\\\\n]|\\\\.)*+'");
    return notCode
        .matcher(source)
        .replaceAll(match -> "\n".repeat((int) match.group().lines().count() - 1));
  }

  private static Element pom(String module) {
    Path file = TOP.resolve(module).resolve("pom.xml");
    try {
      return DocumentBuilderFactory.newInstance()
          .newDocumentBuilder()
          .parse(file.toFile())
          .getDocumentElement();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (ParserConfigurationException | SAXException e) {
      throw new IllegalStateException("Cannot read " + file, e);
    }
  }

  private static List<Element> all(Element root, String name) {
    NodeList nodes = root.getElementsByTagName(name);
    return IntStream.range(0, nodes.getLength()).mapToObj(i -> (Element) nodes.item(i)).toList();
  }

  private static Stream<Element> children(Element parent) {
    NodeList nodes = parent.getChildNodes();
    return IntStream.range(0, nodes.getLength())
        .mapToObj(nodes::item)
        .filter(node -> node.getNodeType() == Node.ELEMENT_NODE)
        .map(Element.class::cast);
  }

  private static String child(Element parent, String name) {
    return children(parent)
        .filter(element -> element.getTagName().equals(name))
        .map(Element::getTextContent)
        .findFirst()
        .orElse("");
  }
}
