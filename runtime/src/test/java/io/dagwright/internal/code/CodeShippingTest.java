package io.dagwright.internal.code;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.dagwright.error.NewerJavaNeededException;
import io.dagwright.graph.TaskFunction;
import java.io.IOException;
import java.lang.ref.WeakReference;
import java.net.MalformedURLException;
import java.net.URL;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Programs of a client run on a worker that has none of their classes, or other ones. */
@Tag("slow")
class CodeShippingTest {

  private static final ClassLoader BARE = CodeShippingTest.class.getClassLoader();

  @TempDir Path directory;

  private Programs programs;
  private BlobCache cache;
  private TestSession session;

  @BeforeEach
  void start() {
    programs = new Programs(directory);
    cache = new BlobCache(directory.resolve("cache"), 1 << 20);
    session = new TestSession(cache, BARE);
  }

  private static String taskThat(String className, String returns) {
    return """
        package app;
        public class %s {
          public static io.dagwright.graph.TaskFunction task() {
            return (argument, inputs) -> %s;
          }
        }
        """
        .formatted(className, returns);
  }

  private static final String[] ETL = {
    taskThat("Etl", "Helper.describe(20)"),
    """
    package app;
    class Helper {
      static String describe(int x) {
        return Deep.describe(x) + new Helper().new Inner().end();
      }
      class Inner {
        String end() { return "!"; }
      }
    }
    """,
    """
    package app;
    class Deep {
      static String describe(int x) {
        record Pair(int left, Op op) {}
        return new Pair(x, Op.TWICE) + "=" + Op.TWICE.apply(x);
      }
    }
    """,
    """
    package app;
    enum Op {
      TWICE { int apply(int x) { return 2 * x; } };
      abstract int apply(int x);
    }
    """
  };

  @Test
  void lambdaBringsEverythingItReaches() throws Exception {
    ClassLoader client = Programs.loader(programs.compile(ETL));

    EpochUnit covered = session.cover(Programs.task(client, "app.Etl"));

    assertThat(covered.unit().classes().keySet())
        .containsExactly(
            "app.Deep",
            "app.Deep$1Pair",
            "app.Etl",
            "app.Helper",
            "app.Helper$Inner",
            "app.Op",
            "app.Op$1");
    assertThat(covered.unit().jars()).isEmpty();
    assertThat(session.run(Programs.task(client, "app.Etl")))
        .isEqualTo("Pair[left=20, op=TWICE]=40!");
  }

  @Test
  void packagesThatAreTheUnitsOwnAreNotLeftToAWorkerThatHasTheSame() throws Exception {
    Path classes = programs.compile(ETL);
    ClassLoader worker = Programs.loader(classes);
    ClassLoader client = Programs.loader(classes);
    TestSession same = new TestSession(cache, worker);
    Set<String> own = new HashSet<>();
    CodeCatalogue catalogue =
        new CodeCatalogue(Programs.provided(), JarIndex.ofThisJvm(), () -> Set.copyOf(own));
    Class<?> task = Programs.task(client, "app.Etl").getClass();

    CodeUnit unit = catalogue.cover(List.of(task)).unit();
    assertThat(same.loader(unit).definesNothing()).isTrue();
    own.add("app");
    CodeUnit forced = catalogue.cover(List.of(task)).unit();
    EpochLoader loader =
        new EpochLoader("own", worker, forced, Programs.provided(), cache, catalogue::blob);

    assertThat(same.loader(unit).append(forced)).isEqualTo(EpochLoader.Appended.CONFLICT);
    assertThat(loader.loadClass("app.Helper").getClassLoader()).isSameAs(loader);
    assertThat(CodeUnit.fromBytes(forced.toBytes(), forced.id()).ownPackages())
        .containsExactly("app");
  }

  @Test
  void missingClassesCanBePutBeforeTheyAreWanted() throws Exception {
    ClassLoader client = Programs.loader(programs.compile(ETL));
    TaskFunction task = Programs.task(client, "app.Etl");
    EpochLoader loader = session.loader(session.cover(task).unit());

    assertThat(loader.missing()).hasSize(7);
    loader.missing().forEach(hash -> cache.putClass(hash, session.catalogue.blob(hash)));

    assertThat(session.run(task, loader)).isEqualTo("Pair[left=20, op=TWICE]=40!");
    assertThat(loader.missing()).isEmpty();
    assertThat(session.fetched).isEmpty();
  }

  private ClassLoader clientWithJars() throws IOException {
    Path base =
        programs.compile(
            "package base; public class Base { public static int one() { return 1; } }");
    Path library =
        programs.compile(
            List.of(base),
            "package library; public class Library { public int two() { return base.Base.one() + 1;"
                + " } }");
    Path loose = programs.compile(List.of(library), taskThat("App", "new library.Library().two()"));
    Path unused = programs.compile("package unused; public class Unused {}");
    return Programs.loader(
        loose,
        programs.jar("unused.jar", unused, Map.of()),
        programs.jar("library.jar", library, Map.of("library/words.txt", "words")),
        programs.jar("base.jar", base, Map.of()));
  }

  @Test
  void classInAJarBringsItsJarAndTheJarThatNeeds() throws Exception {
    ClassLoader client = clientWithJars();
    TaskFunction task = Programs.task(client, "app.App");

    CodeUnit unit = session.cover(task).unit();

    assertThat(unit.classes()).containsOnlyKeys("app.App");
    assertThat(unit.jars()).extracting(CodeJar::name).containsExactly("library.jar", "base.jar");
    assertThat(unit.jars().get(0).contents()).containsExactly("library");
    EpochLoader loader = session.loader(unit);
    assertThat(session.run(task, loader)).isEqualTo(2);
    assertThat(session.fetched).hasSize(3);
    assertThat(new String(resource(loader, "library/words.txt"), StandardCharsets.UTF_8))
        .isEqualTo("words");
    Class<?> library = loader.loadClass("library.Library");
    assertThat(library.getProtectionDomain().getCodeSource().getLocation().toString())
        .endsWith(unit.jars().get(0).hash() + ".jar");
  }

  private static byte[] resource(ClassLoader loader, String name) throws IOException {
    try (var in = Objects.requireNonNull(loader.getResource(name)).openStream();
        var same = Objects.requireNonNull(loader.getResourceAsStream(name))) {
      byte[] content = in.readAllBytes();
      assertThat(same.readAllBytes()).isEqualTo(content);
      return content;
    }
  }

  @Test
  void jarsAreListedWithoutBeingNeeded() throws Exception {
    List<CodeLocation> jars = jarsOf(clientWithJars());

    assertThat(jars)
        .extracting(CodeLocation::name)
        .containsExactly("unused.jar", "library.jar", "base.jar");
    assertThat(JarContents.places(jars.get(0))).containsExactly("unused");
  }

  /** The jars of a client's class path that workers do not have anyway. */
  private static List<CodeLocation> jarsOf(ClassLoader client) {
    return ClassPathJars.of(client, new JarIndex()).stream()
        .filter(Programs.provided().negate())
        .toList();
  }

  @Test
  void jarNamedByAManifestIsFoundBehindTheOneThatNamesIt() throws Exception {
    Path base = programs.compile("package base; public class Base {}");
    Path library = programs.compile("package library; public class Library {}");
    programs.jar("base.jar", base, Map.of());
    Path jar =
        programs.jar(
            "library.jar",
            library,
            Map.of("META-INF/MANIFEST.MF", "Manifest-Version: 1.0\nClass-Path: base.jar\n"));

    assertThat(jarsOf(Programs.loader(jar)))
        .extracting(CodeLocation::name)
        .containsExactly("library.jar", "base.jar");
  }

  @Test
  void secondSessionFetchesNothing() throws Exception {
    TaskFunction task = Programs.task(clientWithJars(), "app.App");
    session.run(task);
    TestSession second = new TestSession(cache, BARE);

    assertThat(second.run(task)).isEqualTo(2);

    assertThat(session.fetched).hasSize(3);
    assertThat(second.fetched).isEmpty();
  }

  @Test
  void jarStaysForTheNextProcess() throws Exception {
    TaskFunction task = Programs.task(clientWithJars(), "app.App");
    session.run(task);
    BlobCache later = new BlobCache(directory.resolve("cache"), 1 << 20);
    TestSession second = new TestSession(later, BARE);

    assertThat(second.run(task)).isEqualTo(2);

    assertThat(second.fetched).hasSize(1); // The loose class.
  }

  @Test
  void staleClassLosesAndAnEqualOneIsTheParents() throws Exception {
    String answer = "package fresh; public class Answer { public static int get() { return %d; } }";
    String stable = "package stable; public class Stable { public static int get() { return 1; } }";
    Path now =
        programs.compile(
            answer.formatted(42),
            stable,
            taskThat("Sum", "fresh.Answer.get() + stable.Stable.get()"));
    Path then = programs.compile(answer.formatted(-1), stable);
    ClassLoader worker = Programs.loader(then);
    TestSession mixed = new TestSession(cache, worker);
    TaskFunction task = Programs.task(Programs.loader(now), "app.Sum");

    EpochLoader loader = mixed.loader(mixed.cover(task).unit());

    assertThat(mixed.run(task, loader)).isEqualTo(43);
    assertThat(loader.loadClass("fresh.Answer").getClassLoader()).isSameAs(loader);
    assertThat(loader.loadClass("stable.Stable")).isSameAs(worker.loadClass("stable.Stable"));
  }

  @Test
  void staleClassIsNotUsedThroughAnEqualOne() throws Exception {
    String answer = "package fresh; public class Answer { public static int get() { return %d; } }";
    String caller =
        "package stable; public class Caller { public static int get() { return"
            + " fresh.Answer.get(); } }";
    Path now =
        programs.compile(answer.formatted(42), caller, taskThat("Call", "stable.Caller.get()"));
    Path then = programs.compile(answer.formatted(-1), caller);
    TestSession mixed = new TestSession(cache, Programs.loader(then));

    assertThat(mixed.run(Programs.task(Programs.loader(now), "app.Call"))).isEqualTo(42);
  }

  @Test
  void workerWithTheSameClassPathFetchesNothing() throws Exception {
    ClassLoader client = clientWithJars();
    TestSession same = new TestSession(cache, client);
    TaskFunction task = Programs.task(client, "app.App");
    EpochLoader loader = same.loader(same.cover(task).unit());

    assertThat(same.run(task, loader)).isEqualTo(2);

    assertThat(same.fetched).isEmpty();
    assertThat(loader.loadClass("library.Library").getClassLoader()).isSameAs(client);
  }

  @Test
  void packageIsNotTornBetweenAJarOfTheWorkerAndLooseClasses() throws Exception {
    Path library = programs.compile("package app; class Inside { static int get() { return 5; } }");
    Path jar = programs.jar("library.jar", library, Map.of());
    Path loose = programs.compile(List.of(library), taskThat("Beside", "Inside.get()"));
    TestSession same = new TestSession(cache, Programs.loader(jar));

    assertThat(same.run(Programs.task(Programs.loader(loose, jar), "app.Beside"))).isEqualTo(5);
  }

  @Test
  void staleJarLoses() throws Exception {
    TaskFunction task = Programs.task(clientWithJars(), "app.App");
    Path old =
        programs.compile(
            "package library; public class Library { public int two() { return -2; } }");
    Path jar = programs.jar("old-library.jar", old, Map.of());

    TestSession mixed = new TestSession(cache, Programs.loader(jar));

    assertThat(mixed.run(task)).isEqualTo(2);
  }

  @Test
  void redefinitionMakesANewEpochAndBothAnswerRight() throws Exception {
    TaskFunction[] tasks = new TaskFunction[2];
    EpochUnit[] units = new EpochUnit[2];
    for (int i = 0; i < 2; i++) {
      String answer = "package app; class Answer { static int get() { return " + (i + 1) + "; } }";
      ClassLoader client =
          Programs.loader(programs.compile(taskThat("Ask", "Answer.get()"), answer));
      tasks[i] = Programs.task(client, "app.Ask");
      units[i] = session.cover(tasks[i]);
    }

    EpochLoader first = session.loader(units[0].unit());
    EpochLoader second = session.loader(units[1].unit());

    assertThat(units).extracting(EpochUnit::epoch).containsExactly(0, 1);
    assertThat(session.run(tasks[0], first)).isEqualTo(1);
    assertThat(session.run(tasks[1], second)).isEqualTo(2);
    assertThat(session.run(tasks[0], first)).isEqualTo(1);
    assertThat(session.cover(tasks[0])).isEqualTo(units[0]);
    assertThat(session.cover(tasks[1])).isEqualTo(units[1]);
    assertThat(first.append(units[1].unit())).isEqualTo(EpochLoader.Appended.CONFLICT);
  }

  @Test
  void classRedefinedWhereItIsMakesANewEpochForThoseThatNameIt() throws Exception {
    String answer = "package app; class Answer { static int get() { return %d; } }";
    String[] other = {taskThat("Ask", "Answer.get()"), taskThat("Alone", "7")};
    MemoryLoader client =
        new MemoryLoader(programs.compile(other[0], other[1], answer.formatted(1)));
    TaskFunction ask = Programs.task(client, "app.Ask");
    TaskFunction alone = Programs.task(client, "app.Alone");
    EpochUnit before = session.cover(ask, alone);

    client.redefine(programs.compile(other[0], other[1], answer.formatted(2)));

    EpochUnit after = session.cover(ask);
    assertThat(after.epoch()).isEqualTo(1);
    assertThat(session.cover(ask)).isEqualTo(after);
    assertThat(session.cover(ask, alone).epoch()).isEqualTo(1);
    assertThat(session.run(ask, session.loader(before.unit()))).isEqualTo(1);
    assertThat(session.run(ask, session.loader(after.unit()))).isEqualTo(2);
  }

  @Test
  void serviceInAShippedJarIsFound() throws Exception {
    Path library =
        programs.compile(
            "package library; public interface Service { String name(); }",
            "package library; public class First implements Service {"
                + " public String name() { return \"first\"; } }",
            "package library; public class Services { public static String names() {"
                + " return java.util.ServiceLoader.load(Service.class,"
                + " Services.class.getClassLoader()).findFirst().get().name(); } }");
    Path jar =
        programs.jar(
            "services.jar",
            library,
            Map.of("META-INF/services/library.Service", "library.First\n"));
    Path loose = programs.compile(List.of(library), taskThat("Names", "library.Services.names()"));

    assertThat(session.run(Programs.task(Programs.loader(loose, jar), "app.Names")))
        .isEqualTo("first");
  }

  @Test
  void classesThatAreInNoFileAreShipped() throws Exception {
    MemoryLoader client = new MemoryLoader(programs.compile(ETL));

    assertThat(session.run(Programs.task(client, "app.Etl")))
        .isEqualTo("Pair[left=20, op=TWICE]=40!");
  }

  @Test
  void workerCanShipOnWhatItGot() throws Exception {
    TaskFunction task = Programs.task(clientWithJars(), "app.App");
    CodeUnit unit = session.cover(task).unit();
    EpochLoader loader = session.loader(unit);
    TestSession nested = new TestSession(cache, BARE);

    TaskFunction there = Programs.task(loader, "app.App");
    CodeUnit again = nested.cover(there).unit();

    assertThat(again.classes()).isEqualTo(unit.classes());
    assertThat(again.jars())
        .extracting(CodeJar::hash)
        .containsExactlyInAnyOrderElementsOf(unit.jars().stream().map(CodeJar::hash).toList());
    assertThat(nested.run(there)).isEqualTo(2);
    assertThat(nested.fetched).isEmpty();
  }

  @Test
  void classFileOfANewerJavaIsRefusedByName() throws Exception {
    Path classes = programs.compile(taskThat("Next", "1"));
    Path file = classes.resolve("app/Next.class");
    byte[] content = Files.readAllBytes(file);
    content[7] = (byte) (44 + Runtime.version().feature() + 1);
    CodeHash hash = CodeHash.of(content);
    cache.putClass(hash, content);
    EpochLoader loader = session.loader(new CodeUnit(Map.of("app.Next", hash), List.of()));

    assertThatThrownBy(() -> loader.loadClass("app.Next"))
        .isInstanceOfSatisfying(
            NewerJavaNeededException.class,
            e -> {
              assertThat(e.className()).isEqualTo("app.Next");
              assertThat(e.needed()).isEqualTo(Runtime.version().feature() + 1);
              assertThat(e.present()).isEqualTo(Runtime.version().feature());
            });
  }

  @Test
  void codeIsAppendedUnlessItWouldChangeWhatIsThere() throws Exception {
    ClassLoader client =
        Programs.loader(programs.compile(taskThat("One", "1"), taskThat("Two", "2")));
    TaskFunction one = Programs.task(client, "app.One");
    TaskFunction two = Programs.task(client, "app.Two");
    EpochLoader loader = session.loader(session.cover(one).unit());
    assertThat(session.run(one, loader)).isEqualTo(1);
    CodeUnit both = session.cover(two).unit();

    assertThat(loader.append(both)).isEqualTo(EpochLoader.Appended.ADDED);
    assertThat(loader.append(both)).isEqualTo(EpochLoader.Appended.UNCHANGED);

    assertThat(session.run(two, loader)).isEqualTo(2);
    assertThat(both.classes()).containsOnlyKeys("app.One", "app.Two");
  }

  @Test
  void nameThatWasTheParentsCannotBecomeTheUnits() throws Exception {
    String answer = "package fresh; public class Answer { public static int get() { return %d; } }";
    Path then = programs.compile(answer.formatted(-1));
    Path now = programs.compile(answer.formatted(42), taskThat("Get", "fresh.Answer.get()"));
    TestSession mixed = new TestSession(cache, Programs.loader(then));
    EpochLoader loader = mixed.loader(CodeUnit.EMPTY);
    assertThat(loader.loadClass("fresh.Answer").getClassLoader()).isNotSameAs(loader);
    CodeUnit unit = mixed.cover(Programs.task(Programs.loader(now), "app.Get")).unit();

    assertThat(loader.append(unit)).isEqualTo(EpochLoader.Appended.CONFLICT);
    assertThat(loader.unit()).isEqualTo(CodeUnit.EMPTY);
  }

  @Test
  void classThatOnlyItsNameAsksForIsFetchedOnceWithWhatItNeeds() throws Exception {
    String byName =
        "Class.forName(\"app.\" + \"%s\".toUpperCase()).getMethod(\"get\").invoke(null)";
    Path classes =
        programs.compile(
            taskThat("Ask", byName.formatted("late")),
            "package app; public class LATE { public static int get() { return new MORE().n; } }",
            "package app; class MORE { int n = 42; }");
    TaskFunction ask = Programs.task(Programs.loader(classes), "app.Ask");
    EpochUnit covered = session.cover(ask);
    EpochLoader loader = session.loader(covered.unit());

    assertThat(covered.unit().classes()).containsOnlyKeys("app.Ask");
    assertThat(session.run(ask, loader)).isEqualTo(42);
    assertThat(session.run(ask, loader)).isEqualTo(42);
    assertThat(session.asked).containsExactly("app.LATE");
    assertThat(session.cover(ask).unit().classes())
        .containsOnlyKeys("app.Ask", "app.LATE", "app.MORE");
    assertThat(loader.append(session.cover(ask).unit())).isEqualTo(EpochLoader.Appended.UNCHANGED);
  }

  @Test
  void classThatNobodyHasIsAskedForOnceAndSaidToBeNowhere() throws Exception {
    Path classes =
        programs.compile(taskThat("Ask", "Class.forName(\"app.\" + \"gone\".toUpperCase())"));
    TaskFunction ask = Programs.task(Programs.loader(classes), "app.Ask");
    EpochLoader loader = session.loader(session.cover(ask).unit());

    for (int i = 0; i < 2; i++) {
      assertThatThrownBy(() -> session.run(ask, loader))
          .isInstanceOf(ClassNotFoundException.class)
          .hasMessageContaining("app.GONE: neither this worker nor the program");
    }
    assertThat(session.asked).containsExactly("app.GONE");
  }

  @Test
  void epochsLeaveNoLoadersBehind() throws Exception {
    Path library = programs.compile("package library; public class Library {}");
    Path jar = programs.jar("library.jar", library, Map.of());
    String source =
        """
        package app;
        public class Epoch {
          record Row(int value) {}
          public static io.dagwright.graph.TaskFunction task() {
            Row row = new Row(VERSION);
            return (argument, inputs) -> new library.Library() == null ? 0 : row.value();
          }
        }
        """;
    List<WeakReference<ClassLoader>> loaders = new ArrayList<>();
    for (int i = 0; i < 200; i++) {
      Path classes =
          i < 20
              ? programs.compile(List.of(library), source.replace("VERSION", Integer.toString(i)))
              : directory.resolve("classes-" + (1 + i % 20));
      ClassLoader client = Programs.loader(classes, jar);
      TaskFunction task = Programs.task(client, "app.Epoch");
      EpochLoader loader = session.loader(session.cover(task).unit());
      assertThat(session.run(task, loader)).isEqualTo(i % 20);
      loaders.add(new WeakReference<>(client));
      loaders.add(new WeakReference<>(loader));
      loader.close();
    }

    long alive = loaders.size();
    for (int i = 0; i < 20 && alive > 2; i++) {
      System.gc();
      alive = loaders.stream().filter(reference -> reference.get() != null).count();
    }

    assertThat(alive).isLessThanOrEqualTo(2);
    assertThat(session.catalogue.cover(List.of()).epoch()).isGreaterThanOrEqualTo(19);
  }

  @Test
  @Timeout(value = 60, unit = TimeUnit.SECONDS)
  void manyThreadsLoadAtOnceAndEachClassIsDefinedOnce() throws Exception {
    int count = 60;
    String[] sources = new String[count + 1];
    StringBuilder sum = new StringBuilder("0");
    for (int i = 0; i < count; i++) {
      String parent = i % 10 == 0 ? "Object" : "C" + (i - 1);
      sources[i] =
          "package app; public class C%d extends %s { public static int n = %d; }"
              .formatted(i, parent, i);
      sum.append(" + C").append(i).append(".n");
    }
    sources[count] = taskThat("All", sum.toString());
    TaskFunction task = Programs.task(Programs.loader(programs.compile(sources)), "app.All");
    EpochLoader loader = session.loader(session.cover(task).unit());
    Set<Class<?>> classes = Collections.newSetFromMap(new IdentityHashMap<>());
    List<Thread> threads = new ArrayList<>();
    List<Throwable> failures = Collections.synchronizedList(new ArrayList<>());
    for (int t = 0; t < 8; t++) {
      int step = new int[] {1, 7, 11, 13, 17, 19, 23, 59}[t];
      Thread thread =
          new Thread(
              () -> {
                try {
                  for (int i = 0; i < count; i++) {
                    Class<?> type = Class.forName("app.C" + i * step % count, true, loader);
                    synchronized (classes) {
                      classes.add(type);
                    }
                  }
                  assertThat(session.run(task, loader)).isEqualTo(count * (count - 1) / 2);
                } catch (Throwable e) {
                  failures.add(e);
                }
              });
      threads.add(thread);
      thread.start();
    }
    for (Thread thread : threads) {
      thread.join();
    }

    assertThat(failures).isEmpty();
    assertThat(classes).hasSize(count);
    assertThat(session.fetched).hasSize(count + 1).doesNotHaveDuplicates();
    assertThat(new TreeSet<>(loader.unit().classes().keySet())).hasSize(count + 1);
  }

  /** Classes that are bytes in memory and URLs that only their loader understands. */
  private static final class MemoryLoader extends ClassLoader {

    private final Map<String, byte[]> files = new HashMap<>();

    MemoryLoader(Path classes) throws IOException {
      super(BARE);
      redefine(classes);
    }

    /** From now on these are the class files, as after a redefinition by a debugger. */
    void redefine(Path classes) throws IOException {
      for (Path file : Programs.filesIn(classes)) {
        files.put(classes.relativize(file).toString().replace('\\', '/'), Files.readAllBytes(file));
      }
    }

    @Override
    protected Class<?> findClass(String name) throws ClassNotFoundException {
      byte[] file = files.get(CodeLocation.resource(name));
      if (file == null) {
        throw new ClassNotFoundException(name);
      }
      return defineClass(name, file, 0, file.length);
    }

    @Override
    protected @Nullable URL findResource(String name) {
      byte[] file = files.get(name);
      try {
        return file == null
            ? null
            : new URL("memory", "", -1, "/" + name, new MemoryUrl.Handler(() -> file));
      } catch (MalformedURLException e) {
        throw new IllegalStateException(e);
      }
    }
  }
}
