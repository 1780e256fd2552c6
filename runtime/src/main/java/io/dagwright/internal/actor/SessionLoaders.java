package io.dagwright.internal.actor;

import io.dagwright.internal.wire.ToWorker;
import java.lang.ref.WeakReference;
import java.util.HashMap;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The class loaders of the sessions whose tasks run on a worker, one for each epoch of a session's
 * code. Used by the worker's actor alone; what it answers by all threads.
 *
 * <p>The loader of a session's newest epoch stays until the session ends; that of an older one as
 * long as somebody uses it or a class of it. If it is wanted again later, it is made again.
 */
final class SessionLoaders {

  private final NodeServices services;
  private final Supplier<ClassLoader> own;
  private final Map<String, SortedMap<Integer, Epoch>> sessions = new HashMap<>();

  /** What is known of one epoch; it keeps the code, but only the newest epoch the loader, too. */
  private static final class Epoch {

    private final ToWorker.AddCode code;
    private final WeakReference<LoaderOnDemand> loader;
    private @Nullable LoaderOnDemand kept;

    Epoch(ToWorker.AddCode code, LoaderOnDemand loader) {
      this.code = code;
      this.loader = new WeakReference<>(loader);
      this.kept = loader;
    }
  }

  /**
   * Loaders for a worker.
   *
   * @param own finds what the worker has itself
   */
  SessionLoaders(NodeServices services, ClassLoader own) {
    this.services = services;
    this.own = () -> own;
  }

  /** Adds code to an epoch. Code that cannot be added fails the tasks that need it, one by one. */
  void add(ToWorker.AddCode code) {
    SortedMap<Integer, Epoch> epochs =
        sessions.computeIfAbsent(code.session(), session -> new TreeMap<>());
    Epoch known = epochs.get(code.epoch());
    keep(epochs, code, known == null ? null : known.loader.get());
  }

  private LoaderOnDemand keep(
      SortedMap<Integer, Epoch> epochs, ToWorker.AddCode code, @Nullable LoaderOnDemand before) {
    LoaderOnDemand loader = new LoaderOnDemand(services, own.get(), code, before);
    epochs.put(code.epoch(), new Epoch(code, loader));
    epochs.headMap(epochs.lastKey()).values().forEach(older -> older.kept = null);
    services.ingest().execute(loader::prepare);
    return loader;
  }

  /** The loader for tasks of a session; epoch 0 is what the worker has itself. */
  Supplier<ClassLoader> loader(String session, int epoch) {
    SortedMap<Integer, Epoch> epochs = sessions.get(session);
    Epoch known = epochs == null ? null : epochs.get(epoch);
    if (epochs == null || known == null) {
      return own;
    }
    LoaderOnDemand loader = known.loader.get();
    return loader == null ? keep(epochs, known.code, null) : loader;
  }

  /** No more tasks of this session will come. Those that still run go on. */
  void forget(String session) {
    SortedMap<Integer, Epoch> epochs = sessions.remove(session);
    if (epochs != null) {
      for (Epoch epoch : epochs.values()) {
        LoaderOnDemand loader = epoch.loader.get();
        if (loader != null) {
          services.ingest().execute(loader::close);
        }
      }
    }
  }
}
