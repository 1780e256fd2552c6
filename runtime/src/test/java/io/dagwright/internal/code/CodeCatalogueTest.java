package io.dagwright.internal.code;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.dagwright.error.CodeUnavailableException;
import io.dagwright.error.InvalidGraphException;
import java.io.IOException;
import java.lang.reflect.Proxy;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@Tag("slow")
class CodeCatalogueTest {

  @TempDir Path directory;

  private Programs programs;
  private final CodeCatalogue catalogue = new CodeCatalogue(Programs.provided(), new JarIndex());

  @BeforeEach
  void start() {
    programs = new Programs(directory);
  }

  private Class<?> type(String name, String... sources) throws Exception {
    return Class.forName(name, false, Programs.loader(programs.compile(sources)));
  }

  private static String version(int number) {
    return "package app; public class Version { int number = " + number + "; }";
  }

  @Test
  void classesOfTheJdkAndOfTheRuntimeNeedNothing() {
    EpochUnit covered =
        catalogue.cover(
            List.of(ArrayList.class, int[].class, EpochLoader.class, CodeCatalogueTest.class));

    assertThat(covered).isEqualTo(new EpochUnit(0, CodeUnit.EMPTY));
  }

  @Test
  void knownClassesCostNoWalk() throws Exception {
    Class<?> version = type("app.Version", version(1));
    EpochUnit first = catalogue.cover(List.of(version));
    for (Path file : Programs.filesIn(directory)) {
      Files.delete(file);
    }

    assertThat(catalogue.cover(List.of(version))).isSameAs(first);
    assertThat(catalogue.cover(List.of(version.arrayType(), String.class))).isSameAs(first);
  }

  @Test
  void sameClassOfAnotherLoaderStaysInTheEpoch() throws Exception {
    EpochUnit first = catalogue.cover(List.of(type("app.Version", version(1))));

    EpochUnit second = catalogue.cover(List.of(type("app.Version", version(1))));

    assertThat(second).isEqualTo(first);
  }

  @Test
  void classThatFitsBothEpochsFollowsTheOtherOne() throws Exception {
    Class<?> old = type("app.Version", version(1));
    Class<?> other = type("app.Other", "package app; public class Other {}");
    catalogue.cover(List.of(old, other));
    Class<?> fresh = type("app.Version", version(2));

    assertThat(catalogue.cover(List.of(fresh)).epoch()).isEqualTo(1);
    assertThat(catalogue.cover(List.of(other)).epoch()).isEqualTo(1);
    assertThat(catalogue.cover(List.of(other, old)).epoch()).isZero();
    assertThat(catalogue.cover(List.of(other, fresh)).epoch()).isEqualTo(1);
    EpochUnit both = catalogue.cover(List.of(old, other));
    assertThat(catalogue.cover(List.of(other, old))).isSameAs(both);
  }

  @Test
  void versionsThatCannotGoTogetherAreRefused() throws Exception {
    Class<?> old = type("app.Version", version(1));
    Class<?> fresh = type("app.Version", version(2));

    assertThatThrownBy(() -> catalogue.cover(List.of(old, fresh)))
        .isInstanceOf(InvalidGraphException.class)
        .hasMessageContaining("[app.Version]");
    assertThat(catalogue.cover(List.of(old)).epoch()).isZero();
    assertThat(catalogue.cover(List.of(fresh)).epoch()).isEqualTo(1);
  }

  @Test
  void unitIsTheSameInAnotherSession() throws Exception {
    String[] sources = {version(1), "package app; class User { Version version; }"};
    Path classes = programs.compile(sources);
    CodeUnit first =
        catalogue.cover(List.of(Class.forName("app.User", false, Programs.loader(classes)))).unit();
    CodeCatalogue other = new CodeCatalogue(Programs.provided(), new JarIndex());

    CodeUnit second =
        other.cover(List.of(Class.forName("app.User", false, Programs.loader(classes)))).unit();

    assertThat(second.id()).isEqualTo(first.id());
    assertThat(second.classes()).containsOnlyKeys("app.User", "app.Version");
  }

  @Test
  void typesInSignaturesCount() throws Exception {
    Class<?> type =
        type(
            "app.Types",
            "package app; public sealed interface Types permits Types.One { record One(InRecord"
                + " part) implements Types { public java.util.List<InGeneric> list() { return null; } public void call(InMethod[] many) {} } @Marked java.util.List<InGeneric> list();"
                + " void call(InMethod[] many); }",
            "package app; class InRecord {}",
            "package app; class InGeneric {}",
            "package app; class InMethod {}",
            "package app; @interface Marked {}");

    assertThat(catalogue.cover(List.of(type)).unit().classes())
        .containsOnlyKeys(
            "app.InGeneric",
            "app.InMethod",
            "app.InRecord",
            "app.Marked",
            "app.Types",
            "app.Types$One");
  }

  @Test
  void proxyCountsAsItsInterfaces() throws Exception {
    Class<?> type = type("app.Face", "package app; public interface Face {}");
    Object proxy =
        Proxy.newProxyInstance(
            type.getClassLoader(), new Class<?>[] {type}, (self, method, arguments) -> null);

    assertThat(catalogue.cover(List.of(proxy.getClass())).unit().classes())
        .containsOnlyKeys("app.Face");
  }

  @Test
  void classThatCannotBeFoundIsToldOfAndLeftOut() throws Exception {
    Path classes =
        programs.compile(
            "package app; public class User { Gone gone; }", "package app; class Gone {}");
    Files.delete(classes.resolve("app/Gone.class"));

    Map<String, String> missed = new HashMap<>();
    ClassWalk walk =
        new ClassWalk(
            Programs.provided(),
            new JarIndex(),
            new ClassWalk.Listener() {
              @Override
              public void foundClass(CodeHash hash, byte[] classFile) {}

              @Override
              public void foundJar(CodeHash hash, CodeLocation location) {}

              @Override
              public void missed(String name, String neededBy) {
                missed.put(name, neededBy);
              }
            });

    Reached reached = walk.from(Class.forName("app.User", false, Programs.loader(classes)));

    assertThat(reached.classes()).containsOnlyKeys("app.User");
    assertThat(missed).isEqualTo(Map.of("app.Gone", "app.User"));
  }

  @Test
  void blobsAreTheBytesBehindTheHashes() throws Exception {
    Path library = programs.compile("package library; public class Library {}");
    Path jar = programs.jar("library.jar", library, Map.of());
    Path loose =
        programs.compile(
            List.of(library), "package app; public class User extends" + " library.Library {}");
    ClassLoader client = Programs.loader(loose, jar);
    CodeUnit unit = catalogue.cover(List.of(Class.forName("app.User", false, client))).unit();

    assertThat(catalogue.blob(Objects.requireNonNull(unit.classes().get("app.User"))))
        .isEqualTo(Files.readAllBytes(loose.resolve("app/User.class")));
    assertThat(catalogue.blob(unit.jars().get(0).hash())).isEqualTo(Files.readAllBytes(jar));
    assertThatThrownBy(() -> catalogue.blob(CodeHash.of(new byte[0])))
        .isInstanceOf(CodeUnavailableException.class);
    damage(jar);
    assertThatThrownBy(() -> catalogue.blob(unit.jars().get(0).hash()))
        .isInstanceOf(CodeUnavailableException.class)
        .hasMessageContaining("library.jar");
  }

  private static void damage(Path file) throws IOException {
    byte[] content = Files.readAllBytes(file);
    content[content.length / 2] ^= 1;
    Files.write(file, content);
  }
}
