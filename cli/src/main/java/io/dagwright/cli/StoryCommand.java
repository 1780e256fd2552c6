package io.dagwright.cli;

import io.dagwright.Client;
import io.dagwright.protocol.TaskStory;
import java.io.PrintWriter;
import java.time.Instant;
import java.time.LocalTime;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code dagwright story}. */
@Command(
    name = "story",
    description = "Tells what happened to a task: when, on which worker, and why.",
    footer = {
      "  dagwright story train-3",
      "  dagwright story --scheduler 127.0.0.1:7400 train-3 --output json"
    })
final class StoryCommand implements Callable<Integer> {

  private static final DateTimeFormatter TIME = DateTimeFormatter.ofPattern("HH:mm:ss.SSS");

  @Spec private CommandSpec spec;
  @Mixin private Connection connection;
  @Mixin private Output output;

  @Parameters(paramLabel = "KEY", description = "The task's key, as messages name it.")
  private String key;

  @Override
  public Integer call() {
    try (Client client = connection.open()) {
      TaskStory story = client.story(key);
      PrintWriter out = spec.commandLine().getOut();
      if (output.isJson()) {
        out.println(Output.json(story));
      } else {
        print(story, out);
      }
      out.flush();
    }
    return ExitCode.OK;
  }

  private static void print(TaskStory story, PrintWriter out) {
    if (!story.isKept()) {
      out.println("The scheduler keeps no stories: dagwright.scheduler.story-steps is 0.");
      return;
    }
    for (TaskStory.Step step : story.steps()) {
      LocalTime at =
          LocalTime.ofInstant(Instant.ofEpochMilli(step.atMillis()), ZoneId.systemDefault());
      out.println(
          TIME.format(at)
              + "  "
              + step.words()
              + (step.worker().isEmpty() ? "" : " [" + step.worker() + "]")
              + (step.bytes() == 0 ? "" : ", " + Output.size(step.bytes()))
              + (step.why().isEmpty() ? "" : ": " + step.why()));
    }
    if (story.steps().isEmpty()) {
      out.println("Nothing is remembered of a task [" + story.key() + "].");
    }
    if (story.dropped() > 0) {
      out.println(
          Output.count(story.dropped(), "older step")
              + " of all tasks "
              + (story.dropped() == 1 ? "is" : "are")
              + " forgotten; dagwright.scheduler.story-steps says how many are kept.");
    }
  }
}
