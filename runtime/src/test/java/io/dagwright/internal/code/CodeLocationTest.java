package io.dagwright.internal.code;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.URL;
import java.net.URLConnection;
import java.net.URLStreamHandler;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CodeLocationTest {

  private static final String RESOURCE = "a/b/C.class";

  @TempDir Path directory;

  /** A URL as a loader would make it, whether or not this JVM could open it. */
  private static CodeLocation at(String url) throws IOException {
    URLStreamHandler handler =
        new URLStreamHandler() {
          @Override
          protected URLConnection openConnection(URL opened) throws IOException {
            throw new IOException("not to be opened");
          }

          @Override
          protected void parseURL(URL parsed, String spec, int start, int limit) {
            String path = spec.substring(spec.indexOf(':') + 1);
            setURL(parsed, spec.substring(0, spec.indexOf(':')), "", -1, "", "", path, null, null);
          }
        };
    return CodeLocation.of(new URL(null, url, handler), RESOURCE);
  }

  private static CodeLocation jar(String root, String entry) {
    return new CodeLocation(CodeLocation.Kind.JAR, root, entry);
  }

  private static CodeLocation loose(String root) {
    return new CodeLocation(CodeLocation.Kind.LOOSE, root, "");
  }

  @Test
  void jarsAreToldFromLooseClasses() throws IOException {
    assertThat(at("file:/x/classes/a/b/C.class")).isEqualTo(loose("file:/x/classes/"));
    assertThat(at("jar:file:/x/my%20lib.jar!/a/b/C.class")).isEqualTo(jar("/x/my lib.jar", ""));
    assertThat(at("jar:file:/x/lib.jar!/META-INF/versions/11/a/b/C.class"))
        .isEqualTo(jar("/x/lib.jar", ""));
    assertThat(at("jshell:/a/b/C.class")).isEqualTo(loose("jshell:/"));
    assertThat(at("jrt:/java.sql/a/b/C.class").kind()).isEqualTo(CodeLocation.Kind.JDK);
    assertThat(at("jrt:/com.acme/a/b/C.class").kind()).isEqualTo(CodeLocation.Kind.LOOSE);
  }

  @Test
  void jarsInExecutableJarsAreJarsAndTheirOwnClassesAreLoose() throws IOException {
    assertThat(at("jar:nested:/x/app.jar/!BOOT-INF/lib/lib.jar!/a/b/C.class"))
        .isEqualTo(jar("/x/app.jar", "BOOT-INF/lib/lib.jar"));
    assertThat(at("jar:file:/x/app.jar!/BOOT-INF/lib/lib.jar!/a/b/C.class"))
        .isEqualTo(jar("/x/app.jar", "BOOT-INF/lib/lib.jar"));
    assertThat(at("jar:nested:/x/app.jar/!BOOT-INF/classes/!/a/b/C.class"))
        .isEqualTo(loose("jar:nested:/x/app.jar/!BOOT-INF/classes/!/"));
    assertThat(at("jar:file:/x/app.jar!/BOOT-INF/classes!/a/b/C.class"))
        .isEqualTo(loose("jar:file:/x/app.jar!/BOOT-INF/classes!/"));
  }

  @Test
  void classesTellWhereTheyAre() {
    assertThat(CodeLocation.of(String.class).kind()).isEqualTo(CodeLocation.Kind.JDK);
    assertThat(CodeLocation.of(java.sql.Connection.class).kind()).isEqualTo(CodeLocation.Kind.JDK);
    assertThat(CodeLocation.of(CodeLocation.class).kind()).isEqualTo(CodeLocation.Kind.LOOSE);
    assertThat(CodeLocation.of(Test.class).kind()).isEqualTo(CodeLocation.Kind.JAR);
  }

  @Test
  void innerJarIsReadThroughTheOuterOne() throws IOException {
    byte[] inner = zip("a/b/words.txt", "words".getBytes(StandardCharsets.UTF_8));
    Path outer = directory.resolve("app.jar");
    Files.write(outer, zip("BOOT-INF/lib/lib.jar", inner));
    CodeLocation location = jar(outer.toString(), "BOOT-INF/lib/lib.jar");

    CodeJar described = new JarIndex().jar(location);

    assertThat(described.name()).isEqualTo("lib.jar");
    assertThat(described.sizeBytes()).isEqualTo(inner.length);
    assertThat(described.hash()).isEqualTo(CodeHash.of(inner));
    assertThat(described.contents()).containsExactly("a/b");
    try (InputStream in = location.open()) {
      assertThat(in.readAllBytes()).isEqualTo(inner);
    }
  }

  private static byte[] zip(String name, byte[] content) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (ZipOutputStream zip = new ZipOutputStream(bytes)) {
      zip.putNextEntry(new ZipEntry(name));
      zip.write(content);
    }
    return bytes.toByteArray();
  }

  @Test
  void jarIsReadAgainOnlyIfItChanged() throws IOException {
    Programs programs = new Programs(directory);
    Path empty = Files.createDirectory(directory.resolve("empty"));
    Path file = programs.jar("lib.jar", empty, Map.of("a/one.txt", "1"));
    CodeLocation location = CodeLocation.ofJar(file);
    JarIndex index = new JarIndex();
    CodeJar first = index.jar(location);
    assertThat(index.jar(location)).isSameAs(first);

    programs.jar("lib.jar", empty, Map.of("a/one.txt", "1", "b/two.txt", "2"));

    assertThat(index.jar(location).contents()).containsExactly("a", "b");
    assertThat(index.jar(location).hash()).isNotEqualTo(first.hash());
  }
}
