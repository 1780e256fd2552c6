package io.dagwright.examples;

import static org.assertj.core.api.Assertions.assertThat;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import com.typesafe.config.ConfigResolveOptions;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import javax.tools.Diagnostic;
import javax.tools.DiagnosticCollector;
import javax.tools.FileObject;
import javax.tools.ForwardingJavaFileManager;
import javax.tools.JavaCompiler;
import javax.tools.JavaFileManager;
import javax.tools.JavaFileObject;
import javax.tools.SimpleJavaFileObject;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.Test;

/**
 * What the README and the pages under {@code docs} show is what the compiler and the settings say.
 */
class DocumentationTest {

  /** Fewer would mean that they are not found any more, not that there are none. */
  private static final int BLOCKS_MIN = 12;

  /** What the readers of a page are taken to have imported. */
  private static final String USUAL_IMPORTS =
      "import io.dagwright.*; import io.dagwright.error.*; import io.dagwright.graph.*;"
          + " import java.time.*; import java.util.*; ";

  private static final Pattern OPENING = Pattern.compile("^ {0,3}```java\\s*$");
  private static final Pattern CLOSING = Pattern.compile("^ {0,3}```\\s*$");
  private static final Pattern IMPORT = Pattern.compile("^import (static )?[\\w.]+(\\.\\*)?;$");

  /** A block that begins with a type, after comments, is a whole source file. */
  private static final Pattern TYPE =
      Pattern.compile(
          "(?:\\s|//.*\\n)*(?:public |final |sealed |abstract )*"
              + "(?:class|record|interface|enum) (\\w+)");

  private static final Path TOP = findTop();

  /**
   * A block of Java on a page.
   *
   * @param page from the top directory
   * @param firstLine number of the block's first line on its page
   */
  private record Block(String page, int firstLine, List<String> lines) {

    /** A source file that has the block's lines where the page has them, counted from the first. */
    Source source(int number) {
      StringBuilder imports = new StringBuilder(USUAL_IMPORTS);
      StringBuilder body = new StringBuilder();
      for (String line : lines) {
        if (IMPORT.matcher(line.strip()).matches()) {
          imports.append(line.strip()).append(' ');
        } else {
          body.append(line);
        }
        body.append('\n');
      }
      String unit = "package page" + number + "; " + imports;
      Matcher type = TYPE.matcher(body);
      return type.lookingAt()
          ? new Source(this, "page" + number + "/" + type.group(1), unit + body)
          : new Source(
              this,
              "page" + number + "/Block",
              unit + "class Block { static void block() throws Exception { " + body + "} }\n");
    }
  }

  /** A source file in memory. */
  private static final class Source extends SimpleJavaFileObject {

    private final Block block;
    private final String text;

    Source(Block block, String name, String text) {
      super(URI.create("memory:///" + name + ".java"), Kind.SOURCE);
      this.block = block;
      this.text = text;
    }

    @Override
    public CharSequence getCharContent(boolean ignoreEncodingErrors) {
      return text;
    }
  }

  /** Class files that nobody will look at. */
  private static final class Discarding extends ForwardingJavaFileManager<JavaFileManager> {

    Discarding(JavaFileManager manager) {
      super(manager);
    }

    @Override
    public JavaFileObject getJavaFileForOutput(
        Location location, String className, JavaFileObject.Kind kind, FileObject sibling) {
      URI uri = URI.create("memory:///" + className.replace('.', '/') + kind.extension);
      return new SimpleJavaFileObject(uri, kind) {
        @Override
        public java.io.OutputStream openOutputStream() {
          return java.io.OutputStream.nullOutputStream();
        }
      };
    }
  }

  @Test
  void everyBlockOfJavaCompiles() throws IOException {
    List<Source> sources = new ArrayList<>();
    for (Block block : blocks()) {
      sources.add(block.source(sources.size()));
    }

    List<String> errors = compile(sources);

    assertThat(errors).isEmpty();
    assertThat(sources).hasSizeGreaterThanOrEqualTo(BLOCKS_MIN);
    assertThat(sources).anyMatch(source -> source.block.page().equals("README.md"));
  }

  @Test
  void brokenBlockIsReportedWithItsPageAndLine() throws IOException {
    Block statements = new Block("a.md", 10, List.of("int x = 1;", "int y = nowhere;"));
    Block type = new Block("b.md", 20, List.of("import java.io.File;", "", "record B(Fil x) {}"));

    List<String> errors = compile(List.of(statements.source(0), type.source(1)));

    assertThat(errors).hasSize(2);
    assertThat(errors.get(0)).startsWith("a.md:11: ").contains("nowhere");
    assertThat(errors.get(1)).startsWith("b.md:22: ").contains("Fil");
  }

  @Test
  void everySettingIsInTheTableWithItsDefault() throws IOException {
    String page = Files.readString(TOP.resolve("docs/operating.md"));
    Config settings =
        ConfigFactory.parseFile(TOP.resolve("runtime/src/main/resources/reference.conf").toFile())
            .resolve(ConfigResolveOptions.noSystem())
            .getConfig("dagwright");

    List<String> missing =
        settings.entrySet().stream()
            .filter(setting -> !setting.getKey().startsWith("control-dispatcher."))
            .map(setting -> row(setting.getKey(), setting.getValue().unwrapped()))
            .filter(row -> !page.contains(row))
            .sorted()
            .toList();

    assertThat(missing).as("rows that docs/operating.md lacks").isEmpty();
  }

  private static String row(String path, Object value) {
    String text = value.equals("") ? "\"\"" : value.toString();
    return "| `dagwright.%s` | `%s` |".formatted(path, text);
  }

  /** Compiles them all; what is wrong, each with page and line. */
  private static List<String> compile(List<Source> sources) throws IOException {
    JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
    assertThat(compiler).as("a compiler; run the tests with a JDK, not a JRE").isNotNull();
    DiagnosticCollector<JavaFileObject> found = new DiagnosticCollector<>();
    try (JavaFileManager files =
        new Discarding(compiler.getStandardFileManager(found, Locale.ROOT, null))) {
      List<String> options =
          List.of(
              "--release", "17", "-proc:none", "-classpath", System.getProperty("java.class.path"));
      compiler.getTask(null, files, found, options, null, sources).call();
    }
    return found.getDiagnostics().stream()
        .filter(each -> each.getKind() == Diagnostic.Kind.ERROR)
        .map(each -> describe(each, sources))
        .sorted()
        .toList();
  }

  private static String describe(Diagnostic<? extends JavaFileObject> error, List<Source> sources) {
    Map<URI, Block> blocks = new HashMap<>();
    sources.forEach(source -> blocks.put(source.toUri(), source.block));
    Block block = error.getSource() == null ? null : blocks.get(error.getSource().toUri());
    String message = error.getMessage(Locale.ROOT);
    return block == null
        ? message
        : block.page() + ":" + (block.firstLine() + error.getLineNumber() - 1) + ": " + message;
  }

  private static List<Block> blocks() throws IOException {
    List<Path> pages = new ArrayList<>(List.of(TOP.resolve("README.md")));
    try (Stream<Path> files = Files.walk(TOP.resolve("docs"))) {
      files.filter(file -> file.toString().endsWith(".md")).sorted().forEach(pages::add);
    }
    List<Block> blocks = new ArrayList<>();
    for (Path page : pages) {
      String name = TOP.relativize(page).toString().replace('\\', '/');
      addBlocks(name, Files.readAllLines(page), blocks);
    }
    return blocks;
  }

  private static void addBlocks(String page, List<String> lines, List<Block> blocks) {
    for (int i = 0; i < lines.size(); i++) {
      if (!OPENING.matcher(lines.get(i)).matches()) {
        continue;
      }
      int first = i + 1;
      int end = first;
      while (end < lines.size() && !CLOSING.matcher(lines.get(end)).matches()) {
        end++;
      }
      assertThat(end).as("%s:%d: a block that is not closed", page, i + 1).isLessThan(lines.size());
      blocks.add(new Block(page, first + 1, List.copyOf(lines.subList(first, end))));
      i = end;
    }
  }

  private static Path findTop() {
    Path path = Path.of("").toAbsolutePath();
    while (!Files.exists(path.resolve("bom/pom.xml"))) {
      path = path.getParent();
      assertThat(path).as("the directory with bom/pom.xml").isNotNull();
    }
    return path;
  }
}
