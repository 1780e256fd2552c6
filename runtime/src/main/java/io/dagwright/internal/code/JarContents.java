package io.dagwright.internal.code;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.jar.Attributes;
import java.util.jar.JarFile;
import java.util.jar.Manifest;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;
import java.util.zip.ZipInputStream;

/** Reads a jar's directory, or its directory and all its class files. */
final class JarContents {

  private interface Visitor {
    /** Called once per file; its content may be left unread. */
    void visit(String name, Content content) throws IOException;
  }

  private interface Content {
    byte[] read() throws IOException;
  }

  private JarContents() {}

  /** As {@link CodeJar#contents} has it. */
  static SortedSet<String> places(CodeLocation jar) throws IOException {
    SortedSet<String> places = new TreeSet<>();
    forEachFile(jar, (name, content) -> places.add(CodeJar.place(name)));
    return places;
  }

  /** Binary names of classes that the jar's classes name and the jar does not have. */
  static Set<String> references(CodeLocation jar) throws IOException {
    Set<String> own = new HashSet<>();
    Set<String> named = new TreeSet<>();
    forEachFile(
        jar,
        (name, content) -> {
          if (name.endsWith(".class")) {
            own.add(name.substring(0, name.length() - ".class".length()).replace('/', '.'));
            named.addAll(ClassReferences.of(content.read()));
          }
        });
    named.removeAll(own);
    named.removeIf(name -> name.startsWith("java."));
    return Collections.unmodifiableSet(named);
  }

  /** The URLs in the {@code Class-Path} of a jar's manifest. */
  static List<String> classPath(CodeLocation jar) {
    List<String> urls = new ArrayList<>();
    try (ZipFile file = new ZipFile(jar.root())) {
      ZipEntry entry = file.getEntry(JarFile.MANIFEST_NAME);
      if (entry != null) {
        try (InputStream in = file.getInputStream(entry)) {
          String path = new Manifest(in).getMainAttributes().getValue(Attributes.Name.CLASS_PATH);
          URI base = jar.file().toUri();
          for (String step : path == null ? new String[0] : path.strip().split("\\s+", -1)) {
            urls.add(base.resolve(step).toString());
          }
        }
      }
    } catch (IOException | IllegalArgumentException e) {
      urls.clear(); // Then the JVM cannot use that jar either.
    }
    return urls;
  }

  private static void forEachFile(CodeLocation jar, Visitor visitor) throws IOException {
    if (!jar.entry().isEmpty()) {
      forEachFileOfStream(jar, visitor);
      return;
    }
    try (ZipFile file = new ZipFile(jar.root())) {
      for (ZipEntry entry : Collections.list(file.entries())) {
        if (!entry.isDirectory()) {
          visitor.visit(entry.getName(), () -> read(file, entry));
        }
      }
    }
  }

  private static byte[] read(ZipFile file, ZipEntry entry) throws IOException {
    try (InputStream in = file.getInputStream(entry)) {
      return in.readAllBytes();
    }
  }

  private static void forEachFileOfStream(CodeLocation jar, Visitor visitor) throws IOException {
    try (ZipInputStream in = new ZipInputStream(new BufferedInputStream(jar.open()))) {
      for (ZipEntry entry = in.getNextEntry(); entry != null; entry = in.getNextEntry()) {
        if (!entry.isDirectory()) {
          visitor.visit(entry.getName(), in::readAllBytes);
        }
      }
    }
  }
}
