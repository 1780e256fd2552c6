package io.dagwright.cli;

import io.dagwright.Serializers;
import java.io.PrintWriter;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** {@code dagwright serializers}. */
@Command(
    name = "serializers",
    description = "Shows which serializer writes each kind of message and value, as settings say.",
    footer = {"  dagwright serializers", "  DAGWRIGHT_SERIALIZER=java dagwright serializers"})
final class SerializersCommand implements Callable<Integer> {

  @Spec private CommandSpec spec;
  @Mixin private Output output;

  @Override
  public Integer call() {
    List<Serializers.Row> rows = Serializers.table();
    PrintWriter out = spec.commandLine().getOut();
    if (output.isJson()) {
      out.println(Output.json(rows));
    } else {
      int width = rows.stream().mapToInt(row -> row.what().length()).max().orElse(0);
      String line = "%-" + width + "s  %-7s  %s%n";
      out.printf(line, "WHAT", "MODE", "SERIALIZER");
      rows.forEach(row -> out.printf(line, row.what(), row.mode(), row.serializer()));
      out.printf("%nThis process has: %s%n", String.join(", ", Serializers.names()));
    }
    out.flush();
    return ExitCode.OK;
  }
}
