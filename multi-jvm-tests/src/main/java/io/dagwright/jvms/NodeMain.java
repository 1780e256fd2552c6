package io.dagwright.jvms;

import io.dagwright.Node;
import io.dagwright.NodeOptions;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;

/**
 * A node as a process of its own: {@code ROLES [NAME [SEED]] [path=value ...]}, where the roles are
 * {@code scheduler}, {@code worker} or {@code both}. It says {@code node ADDRESS} once it listens,
 * leaves when it is told {@code leave}, and ends with its input.
 */
public final class NodeMain {

  private NodeMain() {}

  public static void main(String[] arguments) throws IOException {
    NodeOptions options = options(arguments);
    Node node = Node.start(options);
    System.out.println("node " + node.address());
    BufferedReader orders =
        new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    String order = orders.readLine();
    if ("leave".equals(order)) {
      node.leave();
      System.out.println("left");
      System.exit(0);
    }
    Runtime.getRuntime().halt(1);
  }

  private static NodeOptions options(String[] arguments) {
    Map<String, String> settings = new HashMap<>();
    NodeOptions options =
        arguments[0].equals("worker") ? NodeOptions.WORKER : NodeOptions.SCHEDULER;
    options = options.withWorkers(arguments[0].equals("scheduler") ? 0 : 1, 1);
    int given = 0;
    for (int i = 1; i < arguments.length; i++) {
      int equals = arguments[i].indexOf('=');
      if (equals > 0) {
        settings.put(arguments[i].substring(0, equals), arguments[i].substring(equals + 1));
      } else if (given++ == 0) {
        options = options.withName(arguments[i]);
      } else {
        options = options.withSeeds(arguments[i]);
      }
    }
    String profile = settings.getOrDefault("dagwright.profile", "laptop");
    return options.withProfile(profile).withSettings(settings);
  }
}
