package io.dagwright;

import static com.tngtech.archunit.base.DescribedPredicate.describe;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noFields;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static java.util.stream.Collectors.toCollection;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.Dependency;
import com.tngtech.archunit.core.domain.JavaAccess;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaCodeUnit;
import com.tngtech.archunit.core.domain.JavaField;
import com.tngtech.archunit.core.domain.JavaMember;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.core.domain.JavaType;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Arrays;
import java.util.Collections;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/**
 * Which package may import which, and what the pure ones may not touch.
 *
 * <p>Packages are named by what follows {@code io.dagwright.}; the front door itself is {@code ""}.
 * A subpackage belongs to the nearest package above it that is in the table.
 */
class ArchitectureTest {

  private static final String ROOT = "io.dagwright";

  /** For each package, the packages of ours that it may import. */
  private static final Map<String, Set<String>> MAY_IMPORT = new TreeMap<>();

  static {
    // Say things.
    allow("error");
    allow("graph", "error");
    allow("spi", "error", "graph");
    allow("protocol", "error", "graph");
    allow("internal.wire", "error", "graph");

    // Decide things; these do not know one another.
    allow("internal.taskstate", "error", "graph", "internal.wire");
    allow("internal.scheduler", "error", "graph", "internal.wire");
    allow("internal.worker", "error", "graph", "internal.wire");
    allow("internal.loop");
    allow("internal.membership");

    // Do things.
    allow("internal.share");
    String[] basis = {"error", "graph", "spi", "internal.wire"};
    allow("internal.local", "error", "graph", "internal.wire");
    allow("internal.telemetry", basis);
    allow("internal.code", plus(basis, "internal.telemetry"));
    allow("internal.serialization", plus(basis, "internal.share", "internal.telemetry"));
    String[] bytes = plus(basis, "internal.telemetry", "internal.serialization");
    allow("internal.store", plus(bytes, "internal.share"));
    allow("internal.cache", plus(bytes, "internal.code", "internal.share"));
    allow("internal.transfer", plus(bytes, "internal.code", "internal.share", "internal.store"));
    allow("internal.executor", bytes);
    allow(
        "internal.supervisor",
        "error",
        "internal.executor",
        "internal.share",
        "internal.transfer",
        "internal.wire");
    String[] parts =
        plus(
            bytes,
            "protocol",
            "internal.code",
            "internal.executor",
            "internal.local",
            "internal.scheduler",
            "internal.store",
            "internal.taskstate",
            "internal.transfer",
            "internal.worker");
    allow("internal.actor", parts);

    // Put them together. Of the packages below it, `config` may import the settings alone; see
    // there.
    allow("config", "error", "graph");
    allow(
        "internal.node",
        plus(parts, "config", "internal.actor", "internal.membership", "internal.supervisor"));
    String[] face = {"config", "error", "graph", "protocol", "spi"};
    allow(
        "",
        plus(
            face,
            "internal.cache",
            "internal.executor",
            "internal.local",
            "internal.loop",
            "internal.node",
            "internal.serialization",
            "internal.share",
            "internal.supervisor",
            "internal.wire"));
  }

  /** The packages that are functions of their arguments. */
  private static final Set<String> PURE =
      Set.of(
          "graph",
          "internal.wire",
          "internal.taskstate",
          "internal.scheduler",
          "internal.worker",
          "internal.loop",
          "internal.membership");

  /** What the pure packages may use of the JDK and of libraries, besides single classes. */
  private static final Set<String> PURE_LIBRARIES =
      Set.of(
          "java.lang",
          "java.lang.annotation",
          "java.lang.invoke",
          "java.lang.runtime",
          "java.time",
          "java.util",
          "java.util.function",
          "java.util.stream",
          "org.jspecify.annotations",
          "com.google.errorprone.annotations");

  private static final Set<String> PURE_CLASSES =
      Set.of(
          "java.io.Serializable",
          "java.util.concurrent.Callable",
          "java.util.concurrent.CompletionStage"); // An interface: what graph.GraphRun promises.

  /** What a pure package may not call, and what it does instead. */
  private static final Map<String, String> IMPURE =
      Map.ofEntries(
          Map.entry("java.lang.System.nanoTime", "take nowNanos as an argument"),
          Map.entry("java.lang.System.currentTimeMillis", "take the time as an argument"),
          Map.entry("java.lang.System.getenv", "take a setting as an argument"),
          Map.entry("java.lang.System.getProperty", "take a setting as an argument"),
          Map.entry("java.lang.System.identityHashCode", "order by id"),
          Map.entry("java.lang.Math.random", "take a seed as an argument"),
          Map.entry("java.util.Random.<init>()", "take a seed as an argument"),
          Map.entry("java.util.SplittableRandom.<init>()", "take a seed as an argument"),
          Map.entry("java.util.UUID.randomUUID", "take the id as an argument"),
          Map.entry("java.time.Clock.systemUTC", "take the time as an argument"),
          Map.entry("java.time.Clock.systemDefaultZone", "take the time as an argument"));

  /** For each library, the packages that may use it; all others may not. */
  private static final Map<String, Set<String>> USERS =
      Map.of(
          "org.apache.pekko",
          Set.of("", "protocol", "internal.actor", "internal.node", "internal.serialization"),
          "com.esotericsoftware",
          Set.of("internal.serialization"),
          "com.fasterxml.jackson",
          Set.of("internal.serialization"),
          "com.typesafe.config",
          Set.of("config", "internal.node"),
          "io.micrometer",
          Set.of(""));

  private static final JavaClasses CLASSES = importClasses();

  @Test
  void everyPackageIsInTheTable() {
    Set<String> unknown =
        classes().stream()
            .map(JavaClass::getPackageName)
            .filter(name -> layerOf(name).isEmpty())
            .collect(toCollection(TreeSet::new));

    assertThat(unknown).as("packages that MAY_IMPORT says nothing about").isEmpty();
  }

  @Test
  void packagesHaveNoCycles() {
    slices()
        .matching(ROOT + ".(**)")
        .should()
        .beFreeOfCycles()
        .allowEmptyShould(true)
        .check(classes());
  }

  @Test
  void packagesImportOnlyWhatIsBelowThem() {
    assertNone(
        "packages may import only what ArchitectureTest.MAY_IMPORT grants them",
        dependencies()
            .filter(dependency -> isOurs(dependency.getTargetClass()))
            .filter(dependency -> !mayImport(dependency))
            .map(Dependency::getDescription));
  }

  @Test
  void purePackagesUseValuesOnly() {
    assertNone(
        "a pure package uses values: no I/O, no concurrency, no library",
        dependencies()
            .filter(dependency -> isPure(dependency.getOriginClass()))
            .filter(dependency -> !isValue(dependency.getTargetClass().getBaseComponentType()))
            .map(Dependency::getDescription));
  }

  @Test
  void purePackagesHaveNoClockNoChanceAndNoThread() {
    assertNone(
        "time, chance and ids come in as arguments, and there is one thread",
        classes().stream()
            .filter(ArchitectureTest::isPure)
            .flatMap(type -> type.getAccessesFromSelf().stream())
            .flatMap(access -> impurity(access).stream()));
  }

  @Test
  void librariesStayWhereTheyBelong() {
    assertNone(
        "a library is used only where ArchitectureTest.USERS says",
        dependencies().filter(ArchitectureTest::isMisplaced).map(Dependency::getDescription));
  }

  @Test
  void protocolUsesOnlyActorRefOfPekko() {
    noClasses()
        .that()
        .resideInAPackage(ROOT + ".protocol..")
        .should()
        .dependOnClassesThat(
            describe(
                "are in Pekko and not ActorRef",
                type ->
                    type.getPackageName().startsWith("org.apache.pekko")
                        && !type.getName().equals("org.apache.pekko.actor.typed.ActorRef")))
        .allowEmptyShould(true)
        .check(classes());
  }

  @Test
  void publicSignaturesShowNothingInternal() {
    assertNone(
        "public signatures outside `internal` show nothing of it",
        classes().stream()
            .filter(type -> !isInternal(type) && isVisible(type))
            // Its settings are for `internal.node`; users hold configuration, never a Settings.
            .filter(type -> !type.getPackageName().equals(ROOT + ".config"))
            .flatMap(ArchitectureTest::leaks));
  }

  @Test
  void noFieldIsPublicAndMutable() {
    noFields()
        .that(areWritten())
        .should()
        .bePublic()
        .andShould()
        .notBeFinal()
        .allowEmptyShould(true)
        .check(classes());
  }

  @Test
  void noStaticFieldIsMutable() {
    noFields()
        .that(areWritten())
        .should()
        .beStatic()
        .andShould()
        .notBeFinal()
        .allowEmptyShould(true)
        .check(classes());
  }

  /** All classes of this module, of which there must be some, or no rule means anything. */
  private static JavaClasses classes() {
    assertThat(CLASSES).as("classes in " + ROOT).isNotEmpty();
    return CLASSES;
  }

  /** Reads this module's directory of classes; a search of the whole class path takes seconds. */
  private static JavaClasses importClasses() {
    ClassLoader loader = ArchitectureTest.class.getClassLoader();
    try {
      return new ClassFileImporter()
          .withImportOption(location -> !location.contains("/test-classes/"))
          .importUrls(Collections.list(loader.getResources(ROOT.replace('.', '/'))));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static void assertNone(String rule, Stream<String> violations) {
    Set<String> sorted = violations.collect(toCollection(TreeSet::new));
    assertThat(sorted).as(rule).isEmpty();
  }

  private static void allow(String from, String... to) {
    MAY_IMPORT.put(from, Set.of(to));
  }

  private static String[] plus(String[] some, String... more) {
    return Stream.concat(Arrays.stream(some), Arrays.stream(more)).toArray(String[]::new);
  }

  /** The entry of the table that a package belongs to. */
  private static Optional<String> layerOf(String packageName) {
    if (packageName.equals(ROOT)) {
      return Optional.of("");
    }
    String name = packageName.substring(ROOT.length() + 1);
    while (!MAY_IMPORT.containsKey(name)) {
      int dot = name.lastIndexOf('.');
      if (dot < 0) {
        return Optional.empty();
      }
      name = name.substring(0, dot);
    }
    return Optional.of(name);
  }

  private static Stream<Dependency> dependencies() {
    return classes().stream().flatMap(type -> type.getDirectDependenciesFromSelf().stream());
  }

  private static boolean isOurs(JavaClass type) {
    String name = type.getBaseComponentType().getPackageName();
    return name.equals(ROOT) || name.startsWith(ROOT + ".");
  }

  private static boolean isIn(Set<String> layers, JavaClass type) {
    return layerOf(type.getPackageName()).filter(layers::contains).isPresent();
  }

  private static boolean isPure(JavaClass type) {
    return isIn(PURE, type);
  }

  private static boolean mayImport(Dependency dependency) {
    JavaClass target = dependency.getTargetClass().getBaseComponentType();
    String from = layerOf(dependency.getOriginClass().getPackageName()).orElseThrow();
    String to = layerOf(target.getPackageName()).orElseThrow();
    boolean readsSettings =
        from.equals("config") && !to.isEmpty() && outermost(target).endsWith("Settings");
    return from.equals(to) || readsSettings || MAY_IMPORT.getOrDefault(from, Set.of()).contains(to);
  }

  private static String outermost(JavaClass type) {
    return type.getEnclosingClass().map(ArchitectureTest::outermost).orElse(type.getSimpleName());
  }

  private static boolean isMisplaced(Dependency dependency) {
    String target = dependency.getTargetClass().getBaseComponentType().getName();
    return USERS.entrySet().stream()
        .filter(entry -> target.startsWith(entry.getKey() + "."))
        .anyMatch(entry -> !isIn(entry.getValue(), dependency.getOriginClass()));
  }

  private static boolean isValue(JavaClass type) {
    return type.isPrimitive()
        || isOurs(type)
        || PURE_LIBRARIES.contains(type.getPackageName())
        || PURE_CLASSES.contains(type.getName());
  }

  private static Optional<String> impurity(JavaAccess<?> access) {
    String owner = access.getTargetOwner().getName();
    String name = owner + "." + access.getTarget().getName();
    String instead = IMPURE.getOrDefault(name, "");
    if (access.getTarget().getFullName().endsWith("()")) {
      instead = IMPURE.getOrDefault(name + "()", instead);
    }
    if (owner.startsWith("java.time.") && access.getTarget().getName().equals("now")) {
      instead = "take the time as an argument";
    }
    if (owner.equals("java.lang.Thread") || owner.equals("java.lang.ThreadLocal")) {
      instead = "return an instruction; the shell has the threads";
    }
    return instead.isEmpty()
        ? Optional.empty()
        : Optional.of(access.getDescription() + ": " + instead);
  }

  private static boolean isInternal(JavaClass type) {
    return (type.getPackageName() + ".").startsWith(ROOT + ".internal.");
  }

  private static boolean isVisible(JavaClass type) {
    return isVisible(type.getModifiers())
        && type.getEnclosingClass().map(ArchitectureTest::isVisible).orElse(true);
  }

  private static boolean isVisible(Set<JavaModifier> modifiers) {
    return (modifiers.contains(JavaModifier.PUBLIC) || modifiers.contains(JavaModifier.PROTECTED))
        && !modifiers.contains(JavaModifier.SYNTHETIC);
  }

  private static Stream<String> leaks(JavaClass type) {
    Stream<JavaType> parents =
        Stream.concat(type.getSuperclass().stream(), type.getInterfaces().stream());
    Stream<String> byType =
        parents
            .flatMap(parent -> parent.getAllInvolvedRawTypes().stream())
            .filter(ArchitectureTest::isInternal)
            .map(leaked -> type.getName() + " is a " + leaked.getName());
    Stream<String> byMember =
        type.getMembers().stream()
            .filter(member -> isVisible(member.getModifiers()))
            .flatMap(
                member ->
                    signature(member)
                        .filter(ArchitectureTest::isInternal)
                        .map(leaked -> member.getFullName() + " shows " + leaked.getName()));
    return Stream.concat(byType, byMember);
  }

  private static Stream<JavaClass> signature(JavaMember member) {
    if (member instanceof JavaField field) {
      return field.getType().getAllInvolvedRawTypes().stream();
    }
    JavaCodeUnit code = (JavaCodeUnit) member;
    Stream<JavaClass> types =
        Stream.concat(Stream.of(code.getReturnType()), code.getParameterTypes().stream())
            .flatMap(type -> type.getAllInvolvedRawTypes().stream());
    return Stream.concat(types, code.getExceptionTypes().stream());
  }

  private static DescribedPredicate<JavaField> areWritten() {
    return describe(
        "are written by hand", field -> !field.getModifiers().contains(JavaModifier.SYNTHETIC));
  }
}
