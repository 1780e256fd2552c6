package io.dagwright.jvms;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.dagwright.Client;
import io.dagwright.Lazy;
import io.dagwright.Node;
import io.dagwright.NodeOptions;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Clients that are started in the ways users start programs; the worker has nothing of them. */
@Tag("jvms")
@Timeout(300)
class ProgramsIT {

  private static final String SOURCE =
      """
      import io.dagwright.Client;
      import io.dagwright.Lazy;
      import java.util.List;

      public class Etl {
        record Row(String name, Kind kind) {}

        enum Kind { SHORT { int weigh(int n) { return n; } }; abstract int weigh(int n); }

        static int weigh(Row row) {
          return row.kind().weigh(row.name().length());
        }

        public static void main(String[] arguments) {
          try (Client client = Client.connect(arguments[0])) {
            Lazy<List<Row>> rows =
                Lazy.delayed(
                    List.of("ab", "c"),
                    names -> names.stream().map(name -> new Row(name, Kind.SHORT)).toList());
            System.out.println("rows " + client.compute(rows));
            System.out.println(
                "weight " + client.compute(rows.map(it -> it.stream().mapToInt(Etl::weigh).sum())));
          }
        }
      }
      """;

  private static Node scheduler;
  private static Jvm worker;

  @TempDir private Path directory;

  @BeforeAll
  static void start() {
    scheduler = Node.start(NodeOptions.SCHEDULER.withProfile("laptop"));
    worker = Jvm.startBareWorker("bare", scheduler.address());
  }

  @AfterAll
  static void stop() {
    worker.close();
    scheduler.close();
  }

  @Test
  void sourceFileIsAProgram() throws Exception {
    runSourceFile(Jvm.HOME);
  }

  @Test
  void sourceFileIsAProgramOnJdk25() throws Exception {
    Optional<Path> jdk = Jdk.find25();
    assumeTrue(jdk.isPresent());

    runSourceFile(jdk.get(), "--source", "17");
  }

  private void runSourceFile(Path home, String... options) throws Exception {
    Path file = Files.writeString(directory.resolve("Etl.java"), SOURCE);
    List<String> arguments = new ArrayList<>(List.of("-cp", Jvm.bareClassPath()));
    arguments.addAll(List.of(options));
    arguments.addAll(List.of(file.toString(), scheduler.address()));
    try (Jvm program = Jvm.startJava(home, arguments)) {
      assertThat(program.awaitLine("rows "))
          .isEqualTo("[Row[name=ab, kind=SHORT], Row[name=c, kind=SHORT]]");
      assertThat(program.awaitLine("weight ")).isEqualTo("3");
      assertThat(program.awaitExit()).isZero();
    }
  }

  @Test
  void programForALaterJavaThanTheWorkersIsToldWhatToDo() throws Exception {
    Optional<Path> jdk = Jdk.find25();
    assumeTrue(jdk.isPresent() && Runtime.version().feature() < 25);
    String source =
        """
        import io.dagwright.*;

        public class Late {
          public static void main(String[] arguments) {
            try (Client client = Client.connect(arguments[0])) {
              client.compute(Lazy.delayed(() -> 1));
            } catch (io.dagwright.error.TaskFailedException e) {
              System.out.println("failure " + e.getCause());
            }
          }
        }
        """;
    Path file = Files.writeString(directory.resolve("Late.java"), source);

    try (Jvm program =
        Jvm.startJava(
            jdk.get(), List.of("-cp", Jvm.bareClassPath(), file.toString(), scheduler.address()))) {
      assertThat(program.awaitLine("failure "))
          .isEqualTo(
              "io.dagwright.error.NewerJavaNeededException: Class [Late] was compiled for Java [25],"
                  + " but this worker runs on Java [17]. Start the workers on Java 25, or compile"
                  + " with --release 17.");
    }
  }

  @Test
  void workerOfJdk25RunsProgramsFor17() throws Exception {
    Optional<Path> jdk = Jdk.find25();
    assumeTrue(jdk.isPresent());
    record Answer(int version, String text) {}

    try (Node other = Node.start(NodeOptions.SCHEDULER.withProfile("laptop"));
        Jvm newer = Jvm.startBareWorker(jdk.get(), "newer", other.address());
        Client client = other.client()) {
      Answer answer =
          client.compute(
              Lazy.delayed("a", text -> new Answer(Runtime.version().feature(), text + text)));

      assertThat(answer).isEqualTo(new Answer(25, "aa"));
      assertThat(newer.isAlive()).isTrue();
    }
  }

  @Test
  void executableJarOfSpringBootBringsItsClassesAndTheJarsInIt() throws Exception {
    Sources sources = new Sources(directory);
    Path library =
        sources.compile(
            "words/Words.java",
            """
            package words;

            public class Words {
              public static String join(String... words) throws java.io.IOException {
                try (var in = Words.class.getResourceAsStream("separator.txt")) {
                  return String.join(new String(in.readAllBytes()), words);
                }
              }
            }
            """);
    Files.writeString(library.resolve("words/separator.txt"), "-");
    Path program =
        sources.compile(
            "etl/Main.java",
            """
            package etl;

            import io.dagwright.Client;
            import io.dagwright.Lazy;
            import words.Words;

            public class Main {
              record Pair(String joined, String from) {}

              public static void main(String[] arguments) {
                try (Client client = Client.connect(arguments[0])) {
                  System.out.println(
                      client.compute(
                          Lazy.delayed(
                              () ->
                                  new Pair(
                                      Words.join("a", "b"),
                                      String.valueOf(System.getProperty("loader.here"))))));
                }
              }
            }
            """,
            library);
    Path jar = executableJar(program, library);

    try (Jvm client =
        Jvm.startJava(
            Jvm.HOME,
            List.of("-Dloader.here=client", "-jar", jar.toString(), scheduler.address()))) {
      assertThat(client.awaitLine("Pair")).isEqualTo("[joined=a-b, from=null]");
      assertThat(client.awaitExit()).isZero();
    }
  }

  /** As Spring Boot's Maven plugin packs it. */
  private Path executableJar(Path program, Path library) throws IOException {
    Map<String, Path> nested = new TreeMap<>();
    nested.put("words.jar", Jars.pack(directory.resolve("words.jar"), library));
    String loader =
        Stream.of(System.getProperty("java.class.path").split(File.pathSeparator, -1))
            .filter(place -> place.contains("spring-boot-loader"))
            .findFirst()
            .orElseThrow();
    for (String place : Jvm.bareClassPath().split(File.pathSeparator, -1)) {
      Path path = Path.of(place);
      String name = nested.size() + "-" + path.getFileName();
      if (Files.isDirectory(path)) {
        nested.put(name + ".jar", Jars.pack(directory.resolve(name + ".jar"), path));
      } else if (Files.exists(path)) {
        nested.put(name, path);
      }
    }
    return Jars.packExecutable(
        directory.resolve("etl.jar"), Path.of(loader), "etl.Main", program, nested);
  }
}
