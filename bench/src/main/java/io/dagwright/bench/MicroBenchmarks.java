package io.dagwright.bench;

import java.io.IOException;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** Runs the JMH benchmarks in this jar. */
@Command(
    name = "jmh",
    description = {
      "Runs micro benchmarks: machine steps, cycle check, ordering. What follows -- goes to JMH,",
      "for example: bench jmh Machines -- -p tasks=100000 -prof gc"
    },
    mixinStandardHelpOptions = true)
final class MicroBenchmarks implements Callable<Integer> {

  @Parameters(
      paramLabel = "PATTERN",
      description = "Those whose names match (default: all); then options of JMH's own.")
  private @Nullable List<String> arguments;

  @Override
  public Integer call() throws IOException {
    List<String> given = arguments == null ? List.of() : arguments;
    org.openjdk.jmh.Main.main(given.toArray(new String[0]));
    return 0;
  }
}
