package io.dagwright.jvms;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/**
 * Drops packets between addresses of this machine, without a word to either side, as a cut cable
 * does. It needs root and nft, and has a table of rules of its own, which is gone after closing.
 * One at a time.
 */
public final class Firewall implements AutoCloseable {

  private static final String TABLE = "dagwright_tests";

  private Firewall() {}

  /** Why there can be none here, loudly; empty if there can. */
  public static Optional<String> whyImpossible() {
    Optional<String> why;
    try {
      run(List.of("delete", "table", "ip", TABLE)); // Of a test that was killed.
      why = run(List.of("list", "tables"));
    } catch (IOException e) {
      why = Optional.of(String.valueOf(e.getMessage()));
    }
    why.ifPresent(
        reason ->
            System.err.println(
                "*** SKIPPED: tests that cut connections. They need root and nft (package nftables): "
                    + reason
                    + " ***"));
    return why;
  }

  /** From now on nothing passes between two addresses. */
  public static Firewall between(String one, String other) throws IOException {
    return start(List.of(drop(one, other), drop(other, one)));
  }

  /** From now on nothing passes from one address to another; the way back is open. */
  public static Firewall oneWay(String from, String to) throws IOException {
    return start(List.of(drop(from, to)));
  }

  private static String drop(String from, String to) {
    return "add rule ip " + TABLE + " all_input ip saddr " + from + " ip daddr " + to + " drop";
  }

  private static Firewall start(List<String> rules) throws IOException {
    List<String> commands = new ArrayList<>();
    commands.add("add table ip " + TABLE);
    commands.add("add chain ip " + TABLE + " all_input { type filter hook input priority 0 ; }");
    commands.addAll(rules);
    Optional<String> problem = run(List.of(String.join("; ", commands)));
    if (problem.isPresent()) {
      throw new IOException("nft: " + problem.get());
    }
    return new Firewall();
  }

  /** Runs nft, and gives what it complains about. */
  private static Optional<String> run(List<String> arguments) throws IOException {
    List<String> command = new ArrayList<>(List.of("nft"));
    command.addAll(arguments);
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    try {
      if (!process.waitFor(10, TimeUnit.SECONDS)) {
        return Optional.of("it does not end");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return Optional.of("interrupted");
    }
    return process.exitValue() == 0 ? Optional.empty() : Optional.of(said.strip());
  }

  /** Everything passes again. */
  @Override
  public void close() {
    try {
      run(List.of("delete", "table", "ip", TABLE));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
