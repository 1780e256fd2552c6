package io.dagwright.cli;

import io.dagwright.Client;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code dagwright why}. */
@Command(
    name = "why",
    description = {
      "Says in one sentence why a task does not run,",
      "or why a worker is paused or slow, or how it ended."
    },
    footer = {
      "  dagwright why train-3",
      "  dagwright why worker-0",
      "  dagwright why --scheduler 127.0.0.1:7400 train-3 --output json"
    })
final class WhyCommand implements Callable<Integer> {

  @Spec private CommandSpec spec;
  @Mixin private Connection connection;
  @Mixin private Output output;

  @Parameters(
      paramLabel = "KEY",
      description = "The task's key, as messages name it, or the worker's name.")
  private String key;

  @Override
  public Integer call() {
    try (Client client = connection.open()) {
      String why = client.why(key);
      Map<String, Object> json = new LinkedHashMap<>();
      json.put("key", key);
      json.put("why", why);
      String text = output.isJson() ? Output.json(json) : why;
      spec.commandLine().getOut().println(text);
      spec.commandLine().getOut().flush();
      return why.startsWith("No live graph has a task [") ? ExitCode.FAILED : ExitCode.OK;
    }
  }
}
