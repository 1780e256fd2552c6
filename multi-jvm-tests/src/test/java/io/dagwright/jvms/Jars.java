package io.dagwright.jvms;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.stream.Stream;
import java.util.zip.CRC32;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;
import java.util.zip.ZipOutputStream;

/** Packs jars. */
final class Jars {

  private Jars() {}

  /** A jar of all files in a directory. */
  static Path pack(Path jar, Path directory) throws IOException {
    try (ZipOutputStream out = new ZipOutputStream(Files.newOutputStream(jar))) {
      addFiles(out, "", directory);
    }
    return jar;
  }

  /**
   * An executable jar as Spring Boot makes them: its launcher, the program's classes, and libraries
   * as jars that are not compressed.
   */
  static Path packExecutable(
      Path jar, Path launcher, String main, Path classes, Map<String, Path> libraries)
      throws IOException {
    String manifest =
        "Manifest-Version: 1.0\r\n"
            + "Main-Class: org.springframework.boot.loader.launch.JarLauncher\r\n"
            + "Start-Class: "
            + main
            + "\r\nSpring-Boot-Classes: BOOT-INF/classes/\r\nSpring-Boot-Lib: BOOT-INF/lib/\r\n";
    try (ZipOutputStream out = new ZipOutputStream(Files.newOutputStream(jar));
        ZipFile loader = new ZipFile(launcher.toFile())) {
      add(out, "META-INF/MANIFEST.MF", manifest.getBytes(StandardCharsets.UTF_8));
      for (ZipEntry entry : loader.stream().toList()) {
        if (entry.getName().endsWith(".class")) {
          add(out, entry.getName(), loader.getInputStream(entry).readAllBytes());
        }
      }
      out.putNextEntry(new ZipEntry("BOOT-INF/classes/"));
      addFiles(out, "BOOT-INF/classes/", classes);
      out.putNextEntry(new ZipEntry("BOOT-INF/lib/"));
      for (Map.Entry<String, Path> library : libraries.entrySet()) {
        addStored(out, "BOOT-INF/lib/" + library.getKey(), Files.readAllBytes(library.getValue()));
      }
    }
    return jar;
  }

  private static void addFiles(ZipOutputStream out, String prefix, Path directory)
      throws IOException {
    try (Stream<Path> files = Files.walk(directory)) {
      for (Path file : files.filter(Files::isRegularFile).sorted().toList()) {
        String name = directory.relativize(file).toString().replace('\\', '/');
        add(out, prefix + name, Files.readAllBytes(file));
      }
    }
  }

  private static void add(ZipOutputStream out, String name, byte[] content) throws IOException {
    out.putNextEntry(new ZipEntry(name));
    out.write(content);
    out.closeEntry();
  }

  private static void addStored(ZipOutputStream out, String name, byte[] content)
      throws IOException {
    CRC32 crc = new CRC32();
    crc.update(content);
    ZipEntry entry = new ZipEntry(name);
    entry.setMethod(ZipEntry.STORED);
    entry.setSize(content.length);
    entry.setCrc(crc.getValue());
    out.putNextEntry(entry);
    out.write(content);
    out.closeEntry();
  }
}
