package io.dagwright.jvms;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.dagwright.Node;
import io.dagwright.NodeOptions;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A real JShell as a client: its tasks give on a bare worker what they give in the shell. */
@Tag("jvms")
@Timeout(300)
class ShellIT {

  private static final List<String> START =
      List.of(
          "import io.dagwright.*;",
          "var client = Client.connect(System.getProperty(\"scheduler\"));",
          "void show(String name, Object value) { System.out.println(name + \" \" + value); }");

  private static final List<String> SNIPPETS =
      List.of(
          "int k = 5;",
          "int f(int x) { return x * k; }",
          "show(\"variable\", client.compute(Lazy.delayed(() -> f(2))))",
          "k = 6",
          "show(\"assigned\", client.compute(Lazy.delayed(() -> f(2))))",
          "int f(int x) { return x * k + 1; }",
          "show(\"redefined\", client.compute(Lazy.delayed(() -> f(2))))",
          "record Point(int x, String name) {}",
          "var names = new ArrayList<String>(List.of(\"a\"));",
          "var same = names;",
          "var point = new Point(3, \"q\");",
          "show(\"shared\", client.compute(Lazy.delayed(() -> { names.add(\"b\"); return same; })))",
          "show(\"kept\", names)",
          "show(\"record\", client.compute(Lazy.delayed(() -> new Point(point.x() + k, \"z\"))))",
          "Fn1<Integer, Integer> fact = null;",
          "fact = n -> n <= 1 ? 1 : n * fact.call(n - 1);",
          "show(\"recursive\", client.compute(Lazy.delayed(5, fact)))",
          "class A { static int n = 3; int sum() { return n + k; } }",
          "A.n = 10;",
          "show(\"field\", client.compute(Lazy.delayed(() -> new A().sum())))",
          "class A { static int n = 4; int sum() { return n * k; } }",
          "show(\"class\", client.compute(Lazy.delayed(() -> new A().sum())))",
          "enum Sign { PLUS { int of(int x) { return x * k; } }; abstract int of(int x); }",
          "show(\"enum\", client.compute(Lazy.delayed(() -> Sign.PLUS.of(7))))",
          "List<Integer> loop() {"
              + " var all = new ArrayList<Integer>();"
              + " for (int i = 0; i < 3; i++) {"
              + " k++; all.add(client.compute(Lazy.delayed(i, it -> it * 100 + k))); }"
              + " return all; }",
          "show(\"loop\", loop())",
          // The two sides wait for each other's file, as they are in two JVMs.
          "int slow(int x) throws Exception {"
              + " new java.io.File(System.getProperty(\"java.io.tmpdir\"), \"%1$s-runs\").createNewFile();"
              + " while (!new java.io.File(System.getProperty(\"java.io.tmpdir\"), \"%1$s-go\").exists())"
              + " { Thread.sleep(10); }"
              + " return f(x); }",
          "var first = client.submit(Lazy.delayed(() -> slow(2)));",
          "while (!new java.io.File(System.getProperty(\"java.io.tmpdir\"), \"%1$s-runs\").exists())"
              + " { Thread.sleep(10); }",
          "int f(int x) { return -x * k; }",
          "k = 100",
          "show(\"second\", client.compute(Lazy.delayed(() -> f(2))))",
          "new java.io.File(System.getProperty(\"java.io.tmpdir\"), \"%1$s-go\").createNewFile()",
          "show(\"first\", first.join())",
          "var lock = new Thread();",
          "try { client.compute(Lazy.delayed(() -> lock.getName())); }"
              + " catch (Exception e) { show(\"refused\", e.getMessage().lines().findFirst().get()); }",
          "show(\"done\", true)");

  @Test
  void tasksOfTheShellGiveWhatTheShellGives() throws InterruptedException {
    check(Jvm.HOME, Jvm.HOME);
  }

  @Test
  void tasksOfTheShellOfJdk25Do() throws InterruptedException {
    Optional<Path> jdk = Jdk.find25();
    assumeTrue(jdk.isPresent());

    check(jdk.get(), jdk.get());
  }

  @Test
  void shellOfJdk25ThatCompilesFor17NeedsNoNewerWorker() throws InterruptedException {
    Optional<Path> jdk = Jdk.find25();
    assumeTrue(jdk.isPresent());

    check(jdk.get(), Jvm.HOME, "-C--release", "-C17");
  }

  private static void check(Path shellHome, Path workerHome, String... options)
      throws InterruptedException {
    try (Node scheduler = Node.start(NodeOptions.SCHEDULER.withProfile("laptop"));
        Jvm worker = Jvm.startBareWorker(workerHome, "bare", scheduler.address());
        Jvm shell = shell(shellHome, scheduler.address(), options)) {
      String marks = "dagwright-shell-" + shell.pid();
      START.forEach(shell::say);
      SNIPPETS.forEach(snippet -> shell.say(snippet.formatted(marks)));
      shell.awaitLine("done true");

      assertThat(worker.isAlive()).isTrue();
      assertThat(shell.awaitLine("variable ")).isEqualTo("10");
      assertThat(shell.awaitLine("assigned ")).isEqualTo("12");
      assertThat(shell.awaitLine("redefined ")).isEqualTo("13");
      assertThat(shell.awaitLine("shared ")).isEqualTo("[a, b]");
      assertThat(shell.awaitLine("kept ")).isEqualTo("[a]"); // What is sent is a copy.
      assertThat(shell.awaitLine("record ")).isEqualTo("Point[x=9, name=z]");
      assertThat(shell.awaitLine("recursive ")).isEqualTo("120");
      assertThat(shell.awaitLine("field ")).isEqualTo("16");
      // JShell changes the class where it is, and its field stays as it was.
      assertThat(shell.awaitLine("class ")).isEqualTo("60");
      assertThat(shell.awaitLine("enum ")).isEqualTo("42");
      assertThat(shell.awaitLine("loop ")).isEqualTo("[7, 108, 209]");
      assertThat(shell.awaitLine("second ")).isEqualTo("-200");
      assertThat(shell.awaitLine("first ")).isEqualTo("19");
      assertThat(shell.awaitLine("refused "))
          .isEqualTo("the shell's variable 'lock' cannot be sent to a worker.");
    }
  }

  private static Jvm shell(Path home, String scheduler, String... options) {
    List<String> command = new ArrayList<>();
    command.add(home.resolve("bin/jshell").toString());
    command.addAll(List.of("-s", "--class-path", Jvm.bareClassPath()));
    command.addAll(List.of("-R-Dscheduler=" + scheduler, "-R-Xmx256m"));
    if (Jdk.version(home) >= 24) {
      command.add("-R" + Jdk.UNSAFE_ALLOWED);
    }
    command.addAll(List.of(options));
    command.add("-");
    return Jvm.startCommand(command);
  }
}
