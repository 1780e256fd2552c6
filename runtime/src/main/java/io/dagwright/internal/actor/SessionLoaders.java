package io.dagwright.internal.actor;

import io.dagwright.error.CodeUnavailableException;
import io.dagwright.error.CorruptPayloadException;
import io.dagwright.error.DataTransferException;
import io.dagwright.internal.code.BlobSource;
import io.dagwright.internal.code.CodeHash;
import io.dagwright.internal.code.CodeUnit;
import io.dagwright.internal.code.EpochLoader;
import io.dagwright.internal.serialization.KryoPools;
import io.dagwright.internal.wire.PeerAddress;
import io.dagwright.internal.wire.ToWorker;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.HashMap;
import java.util.Map;
import java.util.TreeMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The class loaders of the sessions whose tasks run on a worker, one for each epoch of a session's
 * code. Used by the worker's actor alone; the loaders by all threads.
 */
final class SessionLoaders {

  private static final Logger LOG = LoggerFactory.getLogger(SessionLoaders.class);

  private final NodeServices services;
  private final ClassLoader own;
  private final Map<String, Map<Integer, Loader>> sessions = new HashMap<>();

  /** Codecs remember in the loader what they learn of its classes, so that both go together. */
  private static final class Loader extends EpochLoader implements KryoPools.Holder {

    static {
      registerAsParallelCapable();
    }

    Loader(
        String name, ClassLoader parent, CodeUnit unit, NodeServices services, BlobSource blobs) {
      super(name, parent, unit, services.provided(), services.codeCache(), blobs);
    }
  }

  /**
   * Loaders for a worker.
   *
   * @param own finds what the worker has itself
   */
  SessionLoaders(NodeServices services, ClassLoader own) {
    this.services = services;
    this.own = own;
  }

  /** Adds code to an epoch. Code that cannot be added fails the tasks that need it, one by one. */
  void add(ToWorker.AddCode code) {
    Map<Integer, Loader> epochs =
        sessions.computeIfAbsent(code.session(), session -> new TreeMap<>());
    try {
      CodeUnit unit = decode(code.unit());
      Loader loader = epochs.get(code.epoch());
      if (loader == null || loader.append(unit) == EpochLoader.Appended.CONFLICT) {
        String name = code.session() + " epoch " + code.epoch();
        loader = new Loader(name, own, unit, services, hash -> fetch(hash, code.blobs()));
        epochs.put(code.epoch(), loader);
      }
      prefetch(loader, code.blobs());
    } catch (CorruptPayloadException e) {
      LOG.error("Code of session [{}] cannot be used", code.session(), e);
    }
  }

  /** The loader for tasks of a session; epoch 0 is what the worker has itself. */
  ClassLoader loader(String session, int epoch) {
    Loader loader = sessions.getOrDefault(session, Map.of()).get(epoch);
    return loader == null || loader.definesNothing() ? own : loader;
  }

  /** No more tasks of this session will come. Those that still run go on. */
  void forget(String session) {
    Map<Integer, Loader> epochs = sessions.remove(session);
    if (epochs != null) {
      epochs.values().forEach(SessionLoaders::close);
    }
  }

  private static void close(Loader loader) {
    try {
      loader.close();
    } catch (IOException e) {
      LOG.debug("A jar of [{}] stays open", loader, e);
    }
  }

  /** Asks for all loose classes at once, so that loading one does not wait for each in turn. */
  private void prefetch(Loader loader, PeerAddress from) {
    for (CodeHash hash : loader.missing()) {
      services
          .fetchCode(hash, from)
          .thenAccept(
              content -> {
                if (content.isPresent()) {
                  services.codeCache().putClass(hash, content.get());
                }
              })
          .exceptionally(
              failure -> {
                LOG.debug("Class [{}] will be asked for again", hash.prefix(), failure);
                return null;
              });
    }
  }

  private byte[] fetch(CodeHash hash, PeerAddress from) {
    try {
      return services
          .fetchCode(hash, from)
          .join()
          .orElseThrow(
              () ->
                  new CodeUnavailableException(
                      "Code ["
                          + hash.prefix()
                          + "] is no longer at ["
                          + from
                          + "]: its client has closed the session. Submit the task again.",
                      null));
    } catch (java.util.concurrent.CompletionException e) {
      if (e.getCause() instanceof DataTransferException) {
        throw new CodeUnavailableException(
            "Code ["
                + hash.prefix()
                + "] did not come from ["
                + from
                + "]: "
                + e.getCause().getMessage(),
            e.getCause());
      }
      throw e;
    }
  }

  /** A unit's id, and the unit. */
  static byte[] encode(CodeUnit unit) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (DataOutputStream out = new DataOutputStream(bytes)) {
      unit.id().write(out);
      out.write(unit.toBytes());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return bytes.toByteArray();
  }

  private static CodeUnit decode(byte[] bytes) {
    try (DataInputStream in = new DataInputStream(new ByteArrayInputStream(bytes))) {
      CodeHash id = CodeHash.read(in);
      return CodeUnit.fromBytes(in.readAllBytes(), id);
    } catch (IOException e) {
      throw new CorruptPayloadException("The bytes of a list of classes end too early.", e);
    }
  }
}
