package io.dagwright;

import io.dagwright.error.UnknownBackendException;
import io.dagwright.graph.Spelling;
import io.dagwright.internal.node.NodeSystem;
import io.dagwright.spi.ParallelBackend;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.ServiceLoader;
import org.jspecify.annotations.Nullable;

/** Finds backends by name: our own, then those installed as services. */
final class Backends {

  static final String SEQUENTIAL = "sequential";
  static final String THREADS = "threads";
  static final String CLUSTER = "cluster";
  static final String LOCAL_JVM = "local-jvm";

  private static final Map<String, ParallelBackend> OURS = ours();

  private Backends() {}

  private static Map<String, ParallelBackend> ours() {
    Map<String, ParallelBackend> ours = new LinkedHashMap<>();
    for (ParallelBackend backend :
        List.of(
            new SequentialBackend(),
            new ThreadsBackend(),
            new LocalJvmBackend(LocalJvms.SHARED, List.of()),
            new ClusterBackend(null))) {
      ours.put(backend.name(), backend);
    }
    return ours;
  }

  /**
   * The backend of a loop.
   *
   * @param own what the loop says itself
   * @param config the same, and what scopes around it say
   * @throws UnknownBackendException if there is none of that name
   * @throws IllegalArgumentException if it says itself what excludes each other
   */
  static ParallelBackend of(ParallelConfig own, ParallelConfig config, LoopFrame frame) {
    ParallelBackend backend = of(config.backend(), config.hint(), frame);
    if (!config.isSharedMemory()) {
      return backend;
    }
    boolean isRefused = own.backend() != null && !backend.sharesMemory();
    if (isRefused || own.hint() == ParallelConfig.Hint.PROCESSES) {
      throw new IllegalArgumentException(
          "This loop requires shared memory, which "
              + (isRefused
                  ? "the backend [" + backend.name() + "] does not have"
                  : "processes lack")
              + ". Leave out one of the two, or choose the backend [threads].");
    }
    return backend.sharesMemory() ? backend : named(THREADS);
  }

  private static ParallelBackend of(
      @Nullable Object said, ParallelConfig.@Nullable Hint hint, LoopFrame frame) {
    if (said instanceof ParallelBackend backend) {
      return backend;
    }
    if (said instanceof String name) {
      return named(name);
    }
    if (frame.nested() != null) {
      return named(frame.nested());
    }
    if (NodeSystem.schedulerOfTask().isPresent()) {
      return named(CLUSTER);
    }
    return named(hint == ParallelConfig.Hint.PROCESSES ? LOCAL_JVM : THREADS);
  }

  private static ParallelBackend named(String name) {
    ParallelBackend ours = OURS.get(name);
    if (ours != null) {
      return ours;
    }
    Map<String, ParallelBackend> all = new LinkedHashMap<>(OURS);
    for (ParallelBackend service : ServiceLoader.load(ParallelBackend.class)) {
      all.putIfAbsent(service.name(), service);
    }
    ParallelBackend found = all.get(name);
    if (found == null) {
      List<String> known = List.copyOf(all.keySet());
      throw new UnknownBackendException(name, known, Spelling.closest(name, known));
    }
    return found;
  }
}
