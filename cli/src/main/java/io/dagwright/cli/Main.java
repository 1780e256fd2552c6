package io.dagwright.cli;

import io.dagwright.error.DagwrightException;
import io.dagwright.error.InvalidConfigurationException;
import io.dagwright.error.SchedulerLostException;
import io.dagwright.error.UnknownSerializerException;
import java.util.Objects;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.IVersionProvider;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParseResult;
import picocli.CommandLine.ScopeType;
import picocli.CommandLine.Spec;

/** The {@code dagwright} command. Without a subcommand it prints its help. */
@Command(
    name = "dagwright",
    description = "Runs task graphs on one thread, a thread pool, or a cluster.",
    mixinStandardHelpOptions = true,
    versionProvider = Main.Version.class,
    scope = ScopeType.INHERIT,
    subcommands = {
      DemoCommand.class,
      LocalCommand.class,
      SchedulerCommand.class,
      WorkerCommand.class,
      SubmitCommand.class,
      StatusCommand.class,
      WhyCommand.class,
      StoryCommand.class,
      MetricsCommand.class,
      SerializersCommand.class,
      ClassDataCommand.class,
      CommandLine.HelpCommand.class
    },
    exitCodeListHeading = "%nExit codes:%n",
    exitCodeList = {
      " 0:all is well",
      " 1:a task failed, the program that was submitted did, or nobody knows the task asked for",
      " 2:the command was not understood, or a setting cannot be used",
      " 3:no scheduler answered, or it was lost",
      " 4:the demo's answer was wrong",
      " 5:input could not be read",
      "130, 143:it was told to end, by Ctrl-C or by SIGTERM",
      "70:a fault in Dagwright itself; -v shows where"
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  dagwright demo --kill-a-worker",
      "  dagwright local --workers 4",
      "  dagwright status",
      "  dagwright help submit"
    })
public final class Main implements Callable<Integer> {

  @Spec private CommandSpec spec;

  @Option(
      names = {"-v", "--verbose"},
      description = "Show what goes on inside, and where errors come from.",
      scope = ScopeType.INHERIT)
  private boolean verbose;

  /** Runs the command and exits with its exit code. */
  public static void main(String[] args) {
    System.exit(commandLine().execute(args));
  }

  /** The command, not yet run. */
  static CommandLine commandLine() {
    Main main = new Main();
    CommandLine line = new CommandLine(main);
    line.setExecutionStrategy(main::execute);
    line.setExecutionExceptionHandler((failure, command, parsed) -> main.report(failure, command));
    line.setParameterExceptionHandler(Main::reportUsage);
    line.setCaseInsensitiveEnumValuesAllowed(true);
    line.setUsageHelpAutoWidth(true);
    return line;
  }

  private int execute(ParseResult parsed) {
    boolean quiet =
        parsed.hasSubcommand() && parsed.subcommand().commandSpec().name().equals("demo");
    LogLevels.set(verbose, quiet);
    return new CommandLine.RunLast().execute(parsed);
  }

  private int report(Exception failure, CommandLine command) {
    if (verbose) {
      command.getErr().println(Failures.stack(failure));
    }
    command.getErr().println("dagwright: " + Failures.sentence(failure));
    command.getErr().flush();
    return exitCode(failure);
  }

  private static int exitCode(Exception failure) {
    if (failure instanceof CommandFailure command) {
      return command.exitCode();
    }
    if (failure instanceof SchedulerLostException) {
      return ExitCode.NO_SCHEDULER;
    }
    if (failure instanceof InvalidConfigurationException
        || failure instanceof UnknownSerializerException) {
      return ExitCode.USAGE;
    }
    return failure instanceof DagwrightException ? ExitCode.FAILED : ExitCode.INTERNAL;
  }

  /** One sentence, and where to read on; picocli would print all of the help. */
  private static int reportUsage(CommandLine.ParameterException failure, String[] arguments) {
    CommandLine command = failure.getCommandLine();
    command.getErr().println("dagwright: " + failure.getMessage());
    if (!CommandLine.UnmatchedArgumentException.printSuggestions(failure, command.getErr())) {
      command.getErr().println("Try '" + command.getCommandSpec().qualifiedName() + " --help'.");
    }
    command.getErr().flush();
    return ExitCode.USAGE;
  }

  @Override
  public Integer call() {
    spec.commandLine().usage(spec.commandLine().getOut());
    return ExitCode.OK;
  }

  /** The version in the jar's manifest; class files outside a jar have none. */
  static final class Version implements IVersionProvider {
    @Override
    public String[] getVersion() {
      String version = Main.class.getPackage().getImplementationVersion();
      return new String[] {"Dagwright " + Objects.requireNonNullElse(version, "(not packaged)")};
    }
  }
}
