package io.dagwright.cli;

import com.typesafe.config.ConfigException;
import com.typesafe.config.ConfigFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** The options of commands that start a node. */
final class NodeSettings {

  private static final String PORT = "dagwright.port";
  private static final String USUAL_PORT = "7400";

  @Option(
      names = "--host",
      paramLabel = "HOST",
      description =
          "Where to listen. For now only this machine's own addresses (127.0.0.1 and such) are"
              + " allowed, because nothing is encrypted yet. Default: the environment's"
              + " DAGWRIGHT_HOST, or 127.0.0.1.")
  private @Nullable String host;

  @Option(
      names = "--port",
      paramLabel = "PORT",
      description =
          "Port of control messages; 0 picks a free one. Default: what dagwright.port says, or else"
              + " 7400; of a worker any free one.")
  private @Nullable Integer port;

  @Option(
      names = "--data-port",
      paramLabel = "PORT",
      description = "Port of results. Default: any free one.")
  private @Nullable Integer dataPort;

  @Option(
      names = "--profile",
      paramLabel = "NAME",
      description = "default, laptop or fast. Default: what dagwright.profile says.")
  private String profile = "";

  @Option(
      names = "--config",
      paramLabel = "FILE",
      description =
          "A file of settings, or one of ours by name: laptop, default, fast, three-schedulers,"
              + " kubernetes.")
  private @Nullable String config;

  @Option(
      names = "--set",
      paramLabel = "PATH=VALUE",
      description = "A setting, such as dagwright.scheduler.worker-silence=30s.")
  private Map<String, String> settings = new LinkedHashMap<>();

  String profile() {
    return profile;
  }

  /** A scheduler's by path: it listens where others look for one, unless somebody says a port. */
  Map<String, String> forScheduler() {
    Map<String, String> all = all();
    if (!all.containsKey(PORT) && !isPortConfigured()) {
      all.put(PORT, USUAL_PORT);
    }
    return all;
  }

  /** A worker's by path. What a file that is shared with the scheduler says of ports is not its. */
  Map<String, String> forWorker() {
    Map<String, String> all = all();
    all.putIfAbsent(PORT, "0");
    return all;
  }

  private static boolean isPortConfigured() {
    try {
      return ConfigFactory.load().getInt(PORT) != 0;
    } catch (ConfigException e) {
      return true; // The start will say what is wrong with it.
    }
  }

  private Map<String, String> all() {
    useConfig();
    Map<String, String> all = new LinkedHashMap<>(settings);
    if (host != null) {
      all.put("dagwright.host", host);
    }
    if (port != null) {
      all.put(PORT, port.toString());
    }
    if (dataPort != null) {
      all.put("dagwright.data-port", dataPort.toString());
    }
    return all;
  }

  /** Names the file the way the configuration library looks for it. */
  private void useConfig() {
    if (config == null) {
      return;
    }
    Path file = Path.of(config);
    String resource = "dagwright-cluster/" + config + ".conf";
    if (Files.isReadable(file) && !Files.isDirectory(file)) {
      System.setProperty("config.file", file.toAbsolutePath().toString());
    } else if (NodeSettings.class.getClassLoader().getResource(resource) != null) {
      System.setProperty("config.resource", resource);
    } else {
      throw new CommandFailure(
          ExitCode.UNREADABLE_INPUT,
          "There is no settings file ["
              + config
              + "] that can be read, and none of ours has that name: laptop, default, fast,"
              + " three-schedulers, kubernetes.");
    }
    ConfigFactory.invalidateCaches();
  }

  /** Amounts of resources, as GPU=1,MEMORY=16. */
  static Map<String, Double> resources(List<String> given) {
    Map<String, Double> resources = new LinkedHashMap<>();
    for (String each : given) {
      int equals = each.indexOf('=');
      try {
        double amount = Double.parseDouble(each.substring(equals + 1));
        if (!(amount >= 0)) {
          throw new IllegalArgumentException("an amount is 0 or more");
        }
        resources.put(each.substring(0, equals), amount);
      } catch (RuntimeException e) {
        throw new CommandFailure(
            ExitCode.USAGE, "[" + each + "] is not a resource and its amount, such as GPU=1.", e);
      }
    }
    return resources;
  }
}
