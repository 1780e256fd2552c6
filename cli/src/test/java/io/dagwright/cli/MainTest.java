package io.dagwright.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;

class MainTest {

  private final StringWriter out = new StringWriter();
  private final CommandLine command =
      new CommandLine(new Main()).setOut(new PrintWriter(out, true));

  @Test
  void withoutArgumentsItPrintsItsHelp() {
    int exitCode = command.execute();

    assertThat(exitCode).isZero();
    assertThat(out.toString()).startsWith("Usage: dagwright");
  }

  @Test
  void versionNamesTheProgram() {
    int exitCode = command.execute("--version");

    assertThat(exitCode).isZero();
    assertThat(out.toString()).startsWith("Dagwright ");
  }
}
