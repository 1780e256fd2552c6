package io.dagwright.jvms;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import javax.tools.ToolProvider;

/** Compiles programs that are no part of these tests. */
final class Sources {

  private final Path directory;
  private int count;

  Sources(Path directory) {
    this.directory = directory;
  }

  /** Compiles one file, for the Java version of these tests; returns the directory of classes. */
  Path compile(String file, String source, Path... classPath) throws IOException {
    return compile(List.of(), file, source, classPath);
  }

  Path compile(List<String> options, String file, String source, Path... classPath)
      throws IOException {
    Path root = directory.resolve("program-" + count++);
    Path path = root.resolve(file);
    Files.createDirectories(path.getParent());
    Files.writeString(path, source);
    String places =
        Stream.concat(Stream.of(Jvm.bareClassPath()), Stream.of(classPath).map(Path::toString))
            .collect(Collectors.joining(File.pathSeparator));
    Path classes = Files.createDirectories(root.resolve("classes"));
    List<String> arguments = new ArrayList<>(options);
    arguments.addAll(List.of("-proc:none", "-cp", places, "-d", classes.toString()));
    arguments.add(path.toString());
    int code =
        ToolProvider.getSystemJavaCompiler()
            .run(null, System.err, System.err, arguments.toArray(String[]::new));
    if (code != 0) {
      throw new IllegalArgumentException("does not compile: " + source);
    }
    return classes;
  }
}
