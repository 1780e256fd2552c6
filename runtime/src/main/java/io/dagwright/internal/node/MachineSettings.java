package io.dagwright.internal.node;

import io.dagwright.config.Settings;
import io.dagwright.error.InvalidConfigurationException;
import io.dagwright.internal.code.CodeAcceptance;
import io.dagwright.internal.code.CodeSettings;
import io.dagwright.internal.scheduler.ReplicaSettings;
import io.dagwright.internal.scheduler.SchedulerSettings;
import io.dagwright.internal.serialization.Choice;
import io.dagwright.internal.serialization.SerializerRegistry;
import io.dagwright.internal.store.MemorySettings;
import io.dagwright.internal.supervisor.SupervisorSettings;
import io.dagwright.internal.transfer.TransferSettings;
import io.dagwright.internal.worker.WorkerSettings;
import java.nio.file.Path;
import java.time.Duration;
import java.util.SortedMap;
import java.util.TreeMap;

/** What machines and codecs need of the configuration. */
final class MachineSettings {

  private MachineSettings() {}

  static SchedulerSettings scheduler(Settings settings) {
    String at = "dagwright.scheduler.";
    return new SchedulerSettings(
        settings.positive(at + "saturation"),
        settings.nanos(at + "window"),
        settings.atLeast(1, at + "window-runs"),
        settings.atLeast(0, at + "ahead-depth"),
        settings.nanos(at + "unknown-duration"),
        settings.positive(at + "bandwidth"),
        settings.nanos(at + "fetch-latency"),
        settings.nanos(at + "worker-silence"),
        settings.nanos(at + "stall-after"),
        settings.nanos(at + "paused-after"),
        replicas(settings));
  }

  private static ReplicaSettings replicas(Settings settings) {
    String at = "dagwright.scheduler.replicas.";
    return new ReplicaSettings(
        settings.nanosOrNone(at + "review-every"),
        settings.atLeast(0, at + "hot-fetches"),
        settings.bytes(at + "hot-bytes"),
        settings.atLeast(1, at + "hot-copies"),
        settings.nanos(at + "retire-within"),
        settings.nanos(at + "ask-again-after"),
        settings.positive(at + "balance-gap"));
  }

  /** A worker's, with so many slots; 0 means what the settings say. */
  static WorkerSettings worker(Settings settings, int slots) {
    String at = "dagwright.worker.";
    int said = slots == 0 ? settings.atLeast(0, at + "slots") : slots;
    return new WorkerSettings(
        said == 0 ? Runtime.getRuntime().availableProcessors() : said,
        settings.nanos(at + "ahead"),
        settings.atLeast(0, at + "ahead-runs"),
        settings.bytes(at + "keep-bytes"),
        settings.share(at + "memory.pause"),
        settings.share(at + "memory.resume"));
  }

  /** How much of this JVM's heap results may take. */
  static MemorySettings memory(Settings settings) {
    String at = "dagwright.worker.memory.";
    double target = settings.share(at + "target");
    double spill = settings.share(at + "spill");
    double pause = settings.share(at + "pause");
    requireInOrder(at + "target", target, at + "spill", spill);
    requireInOrder(at + "spill", spill, at + "pause", pause);
    requireInOrder(at + "resume", settings.share(at + "resume"), at + "pause", pause);
    String directory = settings.text(at + "spill-directory");
    return new MemorySettings(
        Runtime.getRuntime().maxMemory(),
        target,
        spill,
        pause,
        Path.of(directory.isEmpty() ? System.getProperty("java.io.tmpdir") : directory));
  }

  private static void requireInOrder(String path, double less, String other, double more) {
    if (less > more) {
      throw new InvalidConfigurationException(
          path, less + " is more than " + other + ", " + more, null);
    }
  }

  /** How worker processes are watched. */
  static SupervisorSettings supervisor(Settings settings) {
    String at = "dagwright.worker.processes.";
    String memory = "dagwright.worker.memory.";
    return new SupervisorSettings(
        new SupervisorSettings.Restart(
            Duration.ofNanos(settings.nanos(at + "first-pause")),
            Duration.ofNanos(settings.nanos(at + "longest-pause")),
            Duration.ofNanos(settings.nanos(at + "healthy-after")),
            settings.atLeast(1, at + "crash-loop-ends"),
            Duration.ofNanos(settings.nanos(at + "crash-loop-within"))),
        new SupervisorSettings.Memory(
            settings.bytes(memory + "limit"),
            settings.share(memory + "heap"),
            settings.share(memory + "terminate")),
        settings.closeWithin());
  }

  /** Limits of the data plane. */
  static TransferSettings transfer(Settings settings) {
    String at = "dagwright.transfer.";
    return new TransferSettings(
        settings.clusterToken(),
        settings.bytes(at + "send-bytes"),
        settings.bytes(at + "receive-bytes"),
        settings.atLeast(1, at + "encoding-threads"),
        Duration.ofNanos(settings.nanos(at + "stall-timeout")),
        Duration.ofNanos(settings.nanos(at + "silence")),
        Duration.ofNanos(settings.nanos(at + "busy-after")),
        settings.bytes(at + "same-host.bytes"),
        settings.text(at + "same-host.directory"));
  }

  static CodeSettings code(Settings settings) {
    String accept = settings.oneOf("dagwright.code.accept", CodeAcceptance.names());
    return new CodeSettings(
        CodeAcceptance.of(accept), Duration.ofNanos(settings.nanos("dagwright.code.ask-timeout")));
  }

  /**
   * Which serializer writes what.
   *
   * @throws io.dagwright.error.UnknownSerializerException if one is named that is not here
   */
  static Choice serializers(Settings settings) {
    SerializerRegistry known = SerializerRegistry.ofThisJvm();
    Settings.SerializerName all = settings.serializer();
    SortedMap<String, String> bindings = new TreeMap<>();
    settings
        .serializerBindings()
        .forEach((type, bound) -> bindings.put(type, known.require(bound.name(), bound.source())));
    return new Choice(known.require(all.name(), all.source()), bindings);
  }
}
