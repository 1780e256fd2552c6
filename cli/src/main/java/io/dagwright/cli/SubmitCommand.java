package io.dagwright.cli;

import io.dagwright.Client;
import io.dagwright.Schedulers;
import io.dagwright.error.DagwrightException;
import java.io.IOException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.jar.Attributes;
import java.util.jar.JarFile;
import java.util.jar.Manifest;
import java.util.regex.Pattern;
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
      "The classes of tasks go to the workers with them, as far as the workers do not have them."
    },
    footer = {
      "  dagwright submit job.jar",
      "  dagwright submit --scheduler 127.0.0.1:7400 job.jar --class com.acme.Job -- input.csv 10"
    })
final class SubmitCommand implements Callable<Integer> {

  private static final Pattern REFLECTION = Pattern.compile("^(java|jdk\\.internal)\\.");

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
      program = Class.forName(name, false, loader);
    } catch (ClassNotFoundException e) {
      throw new CommandFailure(
          ExitCode.USAGE, "There is no class [" + name + "] in [" + jar + "].", e);
    }
    try (Client client = connection.open()) {
      // Ended by a signal, or by the program: the scheduler would keep the session for a while.
      Thread hook = new Thread(client::close, "dagwright-close");
      Runtime.getRuntime().addShutdownHook(hook);
      Schedulers.setDefault(client);
      run(program, loader);
      Runtime.getRuntime().removeShutdownHook(hook);
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
      Method main = program.getMethod("main", String[].class);
      if (!Modifier.isStatic(main.getModifiers())) {
        throw new NoSuchMethodException("main is not static");
      }
      main.setAccessible(true); // The class need not be public.
      main.invoke(null, (Object) arguments.toArray(String[]::new));
    } catch (NoSuchMethodException | IllegalAccessException e) {
      throw new CommandFailure(
          ExitCode.USAGE,
          "Class [" + program.getName() + "] has no public static void main(String[]).",
          e);
    } catch (InvocationTargetException | LinkageError e) {
      Throwable cause = e.getCause(); // Its own exception, or that of a static initializer.
      throw failed(cause == null ? e : cause);
    } finally {
      thread.setContextClassLoader(before);
    }
  }

  private static RuntimeException failed(Throwable thrown) {
    if (thrown instanceof DagwrightException known) {
      return known;
    }
    for (Throwable at = thrown; at != null; at = at.getCause()) {
      at.setStackTrace(framesOfTheProgram(at.getStackTrace()));
    }
    return new CommandFailure(
        ExitCode.FAILED, "The program failed: " + Failures.stack(thrown).strip(), thrown);
  }

  /** Without those of this command, which called it. */
  private static StackTraceElement[] framesOfTheProgram(StackTraceElement[] frames) {
    int end = 0;
    while (end < frames.length
        && !frames[end].getClassName().equals(SubmitCommand.class.getName())) {
      end++;
    }
    if (end == frames.length) {
      return frames; // Another thread's.
    }
    while (end > 0 && REFLECTION.matcher(frames[end - 1].getClassName()).find()) {
      end--;
    }
    return Arrays.copyOf(frames, end);
  }
}
