package io.dagwright.cli;

import io.dagwright.Lazy;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** A user's program: writes its answer into the file it is given, or fails if it is told to. */
public final class SubmittedProgram {

  private SubmittedProgram() {}

  public static void main(String[] arguments) throws IOException {
    int factor = Integer.parseInt(arguments[1]);
    int answer =
        Lazy.delayed(factor, SubmittedProgram::times).named("times").map(n -> n + 2).compute();
    Files.writeString(Path.of(arguments[0]), Integer.toString(answer));
  }

  private static int times(int factor) {
    if (factor < 0) {
      throw new IllegalArgumentException("negative: " + factor);
    }
    return 4 * factor;
  }
}
