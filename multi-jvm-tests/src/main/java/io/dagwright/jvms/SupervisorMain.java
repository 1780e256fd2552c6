package io.dagwright.jvms;

import io.dagwright.NodeOptions;
import io.dagwright.WorkerSupervisor;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * A supervisor as a process of its own: {@code SEED PROCESSES SLOTS [-flag ...] [path=value ...]}.
 * It says {@code started} and {@code given up}, lets its workers leave when it is told {@code
 * leave}, and ends with its input.
 */
public final class SupervisorMain {

  private SupervisorMain() {}

  public static void main(String[] arguments) throws IOException {
    List<String> flags = new ArrayList<>(List.of("-XX:TieredStopAtLevel=1"));
    Map<String, String> settings = new HashMap<>();
    for (int i = 3; i < arguments.length; i++) {
      int equals = arguments[i].indexOf('=');
      if (arguments[i].startsWith("-")) {
        flags.add(arguments[i]);
      } else {
        settings.put(arguments[i].substring(0, equals), arguments[i].substring(equals + 1));
      }
    }
    WorkerSupervisor supervisor =
        WorkerSupervisor.start(
            NodeOptions.WORKER
                .withProfile("laptop")
                .withSeeds(arguments[0])
                .withWorkers(Integer.parseInt(arguments[1]), Integer.parseInt(arguments[2]))
                .withName("watched")
                .withSettings(settings),
            flags,
            List.of());
    supervisor.whenAllGivenUp().thenRun(() -> System.out.println("given up"));
    System.out.println("started");
    BufferedReader orders =
        new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    if ("leave".equals(orders.readLine())) {
      supervisor.leave();
      System.out.println("left");
    }
    Runtime.getRuntime().halt(0);
  }
}
