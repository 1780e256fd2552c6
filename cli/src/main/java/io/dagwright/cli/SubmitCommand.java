package io.dagwright.cli;

import io.dagwright.Client;
import io.dagwright.Schedulers;
import io.dagwright.error.DagwrightException;
import java.io.IOException;
import java.lang.reflect.InvocationTargetException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.jar.Attributes;
import java.util.jar.JarFile;
import java.util.jar.Manifest;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code dagwright submit}. */
@Command(
    name = "submit",
    description = {
      "Runs the main method of a jar in this process, with a scheduler's cluster as the place where"
          + " lazy.compute() computes.",
      "The workers must have the same jar: start them with 'dagwright worker --class-path JAR'. Code"
          + " is not sent to them yet."
    },
    footer = {
      "  dagwright submit job.jar",
      "  dagwright submit --scheduler 127.0.0.1:7400 job.jar --class com.acme.Job -- input.csv 10"
    })
final class SubmitCommand implements Callable<Integer> {

  @Mixin private Connection connection;

  @Option(
      names = "--class",
      paramLabel = "NAME",
      description = "The class with the main method. Default: the one the jar's manifest names.")
  private @Nullable String mainClass;

  @Parameters(index = "0", paramLabel = "JAR", description = "The program.")
  private Path jar;

  @Parameters(index = "1..*", paramLabel = "ARGUMENT", description = "Its arguments.")
  private List<String> arguments = List.of();

  @Override
  public Integer call() {
    if (!Files.isRegularFile(jar) || !Files.isReadable(jar)) {
      throw new CommandFailure(
          ExitCode.UNREADABLE_INPUT, "There is no file [" + jar + "] that can be read.");
    }
    String name = mainClass == null ? mainClassOf(jar) : mainClass;
    ClassLoader loader = WorkerCommand.loader(List.of(jar));
    Class<?> program;
    try {
      program = Class.forName(name, true, loader);
    } catch (ClassNotFoundException e) {
      throw new CommandFailure(
          ExitCode.USAGE, "There is no class [" + name + "] in [" + jar + "].", e);
    }
    try (Client client = connection.open()) {
      Schedulers.setDefault(client);
      run(program, loader);
    }
    return ExitCode.OK;
  }

  private static String mainClassOf(Path jar) {
    try (JarFile file = new JarFile(jar.toFile())) {
      Manifest manifest = file.getManifest();
      String name =
          manifest == null
              ? null
              : manifest.getMainAttributes().getValue(Attributes.Name.MAIN_CLASS);
      if (name == null) {
        throw new CommandFailure(
            ExitCode.USAGE,
            "The manifest of [" + jar + "] names no main class; give one with --class.");
      }
      return name;
    } catch (IOException e) {
      throw new CommandFailure(
          ExitCode.UNREADABLE_INPUT, "[" + jar + "] is not a jar: " + e.getMessage() + ".", e);
    }
  }

  private void run(Class<?> program, ClassLoader loader) {
    Thread thread = Thread.currentThread();
    ClassLoader before = thread.getContextClassLoader();
    thread.setContextClassLoader(loader);
    try {
      program
          .getMethod("main", String[].class)
          .invoke(null, (Object) arguments.toArray(String[]::new));
    } catch (NoSuchMethodException | IllegalAccessException | NullPointerException e) {
      throw new CommandFailure(
          ExitCode.USAGE,
          "Class [" + program.getName() + "] has no public static void main(String[]).",
          e);
    } catch (InvocationTargetException e) {
      Throwable thrown = e.getCause();
      throw thrown instanceof DagwrightException known
          ? known
          : new CommandFailure(ExitCode.FAILED, "The program failed: " + thrown + ".", thrown);
    } finally {
      thread.setContextClassLoader(before);
    }
  }
}
