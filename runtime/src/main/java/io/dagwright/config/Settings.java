package io.dagwright.config;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigException;
import com.typesafe.config.ConfigFactory;
import com.typesafe.config.ConfigObject;
import com.typesafe.config.ConfigParseOptions;
import com.typesafe.config.ConfigResolveOptions;
import com.typesafe.config.ConfigUtil;
import com.typesafe.config.ConfigValue;
import com.typesafe.config.ConfigValueType;
import io.dagwright.error.InvalidConfigurationException;
import io.dagwright.graph.Spelling;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.stream.Stream;

/**
 * Everything under {@code dagwright} in a configuration, checked. What is wrong is named by its
 * path. Immutable.
 */
public final class Settings {

  private final Config config;

  private Settings(Config config) {
    this.config = config;
  }

  /**
   * The settings of an actor system Dagwright starts: what the application says, over the profile,
   * over the defaults.
   *
   * @param profile {@code default}, {@code laptop} or {@code fast}; if empty, what {@code
   *     dagwright.profile} says
   * @param overrides wins over everything
   */
  public static Settings load(String profile, Config overrides) {
    ClassLoader loader = Settings.class.getClassLoader();
    try {
      Config properties = ConfigFactory.defaultOverrides(loader).withOnlyPath("dagwright");
      Config said =
          overrides
              .withFallback(properties)
              .withFallback(
                  ConfigFactory.defaultApplication(
                          ConfigParseOptions.defaults().setClassLoader(loader))
                      .withOnlyPath("dagwright"));
      Config reference = ConfigFactory.defaultReferenceUnresolved(loader);
      String chosen =
          profile.isEmpty()
              ? said.withFallback(reference).resolve().getString("dagwright.profile")
              : profile;
      Config all =
          said.withFallback(profile(chosen, loader))
              .withFallback(reference)
              .resolve(ConfigResolveOptions.defaults());
      Set<String> known = paths(reference.resolve());
      known.addAll(paths(properties)); // Some that others read begin with our name.
      requireKnown(paths(all), known);
      return new Settings(all);
    } catch (ConfigException e) {
      throw new InvalidConfigurationException("dagwright", String.valueOf(e.getMessage()), e);
    }
  }

  /** A setting nobody reads is a slip, which would otherwise only be noticed by what it lacks. */
  private static void requireKnown(Set<String> said, Set<String> known) {
    for (String path : said) {
      if (!known.contains(path) && !path.startsWith("dagwright.serializers.bindings.")) {
        String closest = Spelling.closest(path, known);
        throw new InvalidConfigurationException(
            path,
            "there is no such setting"
                + (closest == null
                    ? "; reference.conf has them all"
                    : ". Did you mean [" + closest + "]?"),
            null);
      }
    }
  }

  private static Set<String> paths(Config config) {
    Set<String> paths = new TreeSet<>();
    if (config.root().get("dagwright") instanceof ConfigObject ours) {
      addPaths("dagwright.", ours, paths);
    }
    return paths;
  }

  private static void addPaths(String prefix, ConfigObject object, Set<String> paths) {
    object.forEach(
        (name, value) -> {
          String path = prefix + name;
          if (value instanceof ConfigObject inner) {
            addPaths(path + ".", inner, paths);
          } else {
            paths.add(path);
          }
        });
  }

  private static Config profile(String name, ClassLoader loader) {
    String resource = "dagwright-" + name + ".conf";
    if (loader.getResource(resource) == null) {
      throw new InvalidConfigurationException(
          "dagwright.profile",
          "there is no profile [" + name + "]; use default, laptop or fast",
          null);
    }
    return ConfigFactory.parseResources(
        loader,
        resource,
        ConfigParseOptions.defaults().setClassLoader(loader).setAllowMissing(false));
  }

  /** Settings by their paths, such as {@code dagwright.port}, for {@link #load}. */
  public static Config overrides(Map<String, ?> byPath) {
    try {
      return ConfigFactory.parseMap(byPath, "settings given in code");
    } catch (ConfigException e) {
      throw new InvalidConfigurationException("dagwright", String.valueOf(e.getMessage()), e);
    }
  }

  /** The settings inside a configuration that is complete already, such as a host's. */
  public static Settings of(Config config) {
    return new Settings(config);
  }

  /** The whole configuration, Pekko's part included. */
  public Config config() {
    return config;
  }

  public String host() {
    return read("dagwright.host", config::getString);
  }

  public int port() {
    return port("dagwright.port");
  }

  public int dataPort() {
    return port("dagwright.data-port");
  }

  private int port(String path) {
    int port = atLeast(0, path);
    if (port > 65_535) {
      throw new InvalidConfigurationException(path, "a port is at most 65535, not " + port, null);
    }
    return port;
  }

  public String clusterToken() {
    return read("dagwright.cluster-token", config::getString);
  }

  /** Schedulers to join, each {@code host:port}. */
  public List<String> seeds() {
    List<String> seeds = new ArrayList<>(read("dagwright.seeds", config::getStringList));
    String more = read("dagwright.seeds-from-environment", config::getString);
    more.lines()
        .flatMap(line -> Stream.of(line.split(",", -1)))
        .filter(seed -> !seed.isBlank())
        .map(String::trim)
        .forEach(seeds::add);
    return seeds;
  }

  /** The name of a serializer, and which setting or variable it is from. */
  public record SerializerName(String name, String source) {}

  /** The serializer where nobody says otherwise. */
  public SerializerName serializer() {
    return read("dagwright.serializer", path -> serializerName(config.getValue(path), path));
  }

  /** Serializers by the binary names of classes. */
  public Map<String, SerializerName> serializerBindings() {
    String path = "dagwright.serializers.bindings";
    Map<String, SerializerName> bindings = new TreeMap<>();
    for (Map.Entry<String, ConfigValue> entry : read(path, config::getConfig).entrySet()) {
      String type = String.join(".", ConfigUtil.splitPath(entry.getKey()));
      bindings.put(type, serializerName(entry.getValue(), path + '.' + entry.getKey()));
    }
    return bindings;
  }

  private static SerializerName serializerName(ConfigValue value, String path) {
    if (value.valueType() != ConfigValueType.STRING) {
      throw new InvalidConfigurationException(
          path, "it must be the name of a serializer, not " + value.render(), null);
    }
    return new SerializerName(
        String.valueOf(value.unwrapped()),
        "setting [" + path + "] (from " + value.origin().description() + ")");
  }

  public int allowedFailures() {
    return atLeast(0, "dagwright.scheduler.allowed-failures");
  }

  /** How many steps of tasks the scheduler remembers; 0 or a power of two. */
  public int storySteps() {
    String path = "dagwright.scheduler.story-steps";
    int steps = atLeast(0, path);
    if (Integer.bitCount(steps) > 1) {
      throw new InvalidConfigurationException(
          path, "it must be 0 or a power of two, not " + steps, null);
    }
    return steps;
  }

  public long reportDelayNanos() {
    return nanos("dagwright.worker.report-delay");
  }

  public int blockedMax() {
    return atLeast(0, "dagwright.worker.blocked-max");
  }

  /** How long closing what tasks made once per worker may take. */
  public Duration closeWithin() {
    return Duration.ofNanos(nanos("dagwright.worker.close-within"));
  }

  /** From which size, in bytes, values that functions captured go once per host. */
  public long captureBytes() {
    return bytes("dagwright.client.share-captured");
  }

  public Duration clientSilence() {
    return Duration.ofNanos(nanos("dagwright.scheduler.client-silence"));
  }

  public Duration schedulerSilence() {
    return Duration.ofNanos(nanos("dagwright.client.scheduler-silence"));
  }

  public Duration connectTimeout() {
    return Duration.ofNanos(nanos("dagwright.client.connect-timeout"));
  }

  /** How long JVMs of the parallel backend {@code local-jvm} stay when no loop uses them. */
  public Duration localJvmIdle() {
    return Duration.ofNanos(nanos("dagwright.parallel.local-jvm-idle"));
  }

  /** Where files are that processes of this host share; empty to find a place. */
  public String sharedDirectory() {
    return read("dagwright.shared.directory", config::getString);
  }

  /** Arguments of so many bytes go to JVMs of this host through files; more than any if off. */
  public long sharedBytes() {
    long bytes = read("dagwright.shared.file-bytes", config::getBytes);
    return bytes <= 0 ? Long.MAX_VALUE : bytes;
  }

  /** How long a shared file stays for those who were told of it but have not opened it. */
  public Duration sharedGrace() {
    return Duration.ofNanos(nanos("dagwright.shared.grace"));
  }

  /** A whole number that must not be smaller than that. */
  public int atLeast(int least, String path) {
    int value = read(path, config::getInt);
    if (value < least) {
      throw new InvalidConfigurationException(
          path, "it must be at least " + least + ", not " + value, null);
    }
    return value;
  }

  /** A duration longer than zero, in nanoseconds. */
  public long nanos(String path) {
    Duration value = read(path, config::getDuration);
    if (value.isNegative() || value.isZero()) {
      throw new InvalidConfigurationException(path, "it must be longer than 0", null);
    }
    return value.toNanos();
  }

  /** A duration; zero means that there is none. */
  public long nanosOrNone(String path) {
    Duration value = read(path, config::getDuration);
    if (value.isNegative()) {
      throw new InvalidConfigurationException(path, "it must be 0 or longer", null);
    }
    return value.toNanos();
  }

  /** A number above zero. */
  public double positive(String path) {
    double value = read(path, config::getDouble);
    if (!(value > 0)) {
      throw new InvalidConfigurationException(path, "it must be above 0, not " + value, null);
    }
    return value;
  }

  /** A part of a whole: above 0, and at most 1. */
  public double share(String path) {
    double value = positive(path);
    if (value > 1) {
      throw new InvalidConfigurationException(path, "it must be at most 1, not " + value, null);
    }
    return value;
  }

  /** One of these words. */
  public String oneOf(String path, List<String> words) {
    String value = read(path, config::getString);
    if (!words.contains(value)) {
      throw new InvalidConfigurationException(
          path, "it must be one of " + words + ", not [" + value + "]", null);
    }
    return value;
  }

  public String text(String path) {
    return read(path, config::getString);
  }

  /** A size in bytes. */
  public long bytes(String path) {
    return read(path, config::getBytes);
  }

  private static <T> T read(String path, Function<String, T> reader) {
    try {
      return reader.apply(path);
    } catch (ConfigException e) {
      throw new InvalidConfigurationException(path, String.valueOf(e.getMessage()), e);
    }
  }
}
