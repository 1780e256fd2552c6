package io.dagwright.cli;

import io.dagwright.Client;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.util.Map;
import picocli.CommandLine.Option;

/** The options of commands that talk to a scheduler. */
final class Connection {

  private static final int PROBE_MILLIS = 3000;

  @Option(
      names = {"-s", "--scheduler"},
      paramLabel = "HOST:PORT",
      defaultValue = "${env:DAGWRIGHT_SCHEDULER:-127.0.0.1:7400}",
      description =
          "The scheduler's address. Default: the environment's DAGWRIGHT_SCHEDULER, or else"
              + " 127.0.0.1:7400.")
  private String scheduler = "";

  @Option(
      names = "--timeout",
      paramLabel = "SECONDS",
      defaultValue = "20",
      description = "How long to wait for it to answer. Default: ${DEFAULT-VALUE}.")
  private int seconds;

  String scheduler() {
    return scheduler;
  }

  /** Connects, or fails within a moment if nothing listens there. */
  Client open() {
    probe();
    return Client.connect(scheduler, Map.of("dagwright.client.connect-timeout", seconds + "s"));
  }

  private void probe() {
    int colon = scheduler.lastIndexOf(':');
    InetSocketAddress address;
    try {
      address =
          new InetSocketAddress(
              scheduler.substring(0, colon), Integer.parseInt(scheduler.substring(colon + 1)));
    } catch (RuntimeException e) {
      throw new CommandFailure(
          ExitCode.USAGE, "[" + scheduler + "] is not HOST:PORT, such as 127.0.0.1:7400.", e);
    }
    if (address.isUnresolved()) {
      throw new CommandFailure(
          ExitCode.NO_SCHEDULER, "There is no host called [" + address.getHostString() + "].");
    }
    try (Socket socket = new Socket()) {
      socket.connect(address, PROBE_MILLIS);
    } catch (IOException e) {
      throw new CommandFailure(
          ExitCode.NO_SCHEDULER,
          "Nothing answers at ["
              + scheduler
              + "]: "
              + e.getMessage()
              + ". Start a scheduler there with 'dagwright scheduler', or give its address with"
              + " --scheduler.",
          e);
    }
  }
}
