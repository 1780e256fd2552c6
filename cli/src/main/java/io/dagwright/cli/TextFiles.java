package io.dagwright.cli;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.nio.file.PathMatcher;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;
import java.util.stream.Stream;

/** Finds the files the demo reads. */
final class TextFiles {

  private static final Pattern WILD = Pattern.compile("[*?{\\[]");
  private static final int LOOKED_AT = 4096;

  private TextFiles() {}

  /** The files that arguments name: files, directories with all in them, or patterns. */
  static List<Path> named(List<String> arguments) {
    Set<Path> found = new TreeSet<>();
    for (String argument : arguments) {
      List<Path> files = expand(argument);
      if (files.isEmpty()) {
        throw new CommandFailure(
            ExitCode.UNREADABLE_INPUT,
            WILD.matcher(argument).find() || Files.exists(Path.of(argument))
                ? "There is no text file for [" + argument + "]."
                : "There is no file [" + argument + "].");
      }
      found.addAll(files);
    }
    return List.copyOf(found);
  }

  private static List<Path> expand(String argument) {
    Path path;
    try {
      path = Path.of(argument);
    } catch (InvalidPathException e) {
      return matching(argument); // Windows does not allow patterns in paths.
    }
    if (Files.isDirectory(path)) {
      return textUnder(path);
    }
    if (Files.exists(path)) {
      if (!Files.isReadable(path)) {
        throw new CommandFailure(ExitCode.UNREADABLE_INPUT, "File [" + path + "] may not be read.");
      }
      return List.of(path.toAbsolutePath());
    }
    return matching(argument);
  }

  private static List<Path> matching(String pattern) {
    Matcher wild = WILD.matcher(pattern);
    if (!wild.find()) {
      return List.of();
    }
    int slash =
        Math.max(
            pattern.lastIndexOf('/', wild.start()),
            pattern.lastIndexOf(FileSystems.getDefault().getSeparator(), wild.start()));
    Path base = Path.of(slash < 0 ? "" : pattern.substring(0, slash + 1)).toAbsolutePath();
    PathMatcher matcher;
    try {
      matcher = FileSystems.getDefault().getPathMatcher("glob:" + pattern.substring(slash + 1));
    } catch (PatternSyntaxException e) {
      throw new CommandFailure(
          ExitCode.UNREADABLE_INPUT,
          "[" + pattern + "] is not a pattern: " + e.getDescription() + ".",
          e);
    }
    if (!Files.isDirectory(base)) {
      return List.of();
    }
    return textUnder(base).stream().filter(file -> matcher.matches(base.relativize(file))).toList();
  }

  /** All text files under a directory, in the order of their names. */
  static List<Path> textUnder(Path directory) {
    try (Stream<Path> all = Files.walk(directory)) {
      List<Path> files = new ArrayList<>();
      all.filter(Files::isRegularFile)
          .filter(Files::isReadable)
          .filter(TextFiles::isText)
          .map(Path::toAbsolutePath)
          .sorted()
          .forEach(files::add);
      return files;
    } catch (IOException | UncheckedIOException e) { // Some of it may be found to be closed later.
      throw new CommandFailure(
          ExitCode.UNREADABLE_INPUT,
          "Directory [" + directory + "] cannot be read: " + e.getMessage() + ".",
          e);
    }
  }

  /** Whether its beginning has no zero byte, which text never has and other files soon do. */
  private static boolean isText(Path file) {
    try (InputStream in = Files.newInputStream(file)) {
      byte[] beginning = in.readNBytes(LOOKED_AT);
      for (byte each : beginning) {
        if (each == 0) {
          return false;
        }
      }
      return beginning.length > 0;
    } catch (IOException e) {
      return false;
    }
  }
}
