package io.dagwright.internal.actor;

import io.dagwright.error.CodeRefusedException;
import io.dagwright.error.CodeUnavailableException;
import io.dagwright.error.CorruptPayloadException;
import io.dagwright.error.DagwrightException;
import io.dagwright.error.DataTransferException;
import io.dagwright.internal.code.BlobSource;
import io.dagwright.internal.code.CodeAcceptance;
import io.dagwright.internal.code.CodeHash;
import io.dagwright.internal.code.CodeUnit;
import io.dagwright.internal.code.EpochLoader;
import io.dagwright.internal.serialization.KryoPools;
import io.dagwright.internal.wire.PeerAddress;
import io.dagwright.internal.wire.ToWorker;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The class loader of one epoch of a session's code, as of some moment. Made by the first thread
 * that needs it, since that reads and hashes what the worker has itself: never by an actor's.
 * Thread-safe; who comes while it is made waits.
 */
final class LoaderOnDemand implements Supplier<ClassLoader> {

  private static final Logger LOG = LoggerFactory.getLogger(LoaderOnDemand.class);

  private final NodeServices services;
  private final ClassLoader own;
  private final ToWorker.AddCode code;

  /** What the epoch was before this code came; null if it was nothing, or is no longer needed. */
  private @Nullable LoaderOnDemand before;

  private @Nullable Loader made;

  /** What tasks get, from when all was done for them. */
  private volatile @Nullable ClassLoader ready;

  private final BlobSource blobs =
      new BlobSource() {
        @Override
        public byte[] fetch(CodeHash hash) {
          return fetchBlob(hash);
        }

        @Override
        public @Nullable CodeUnit find(String className) {
          return findClass(className);
        }
      };

  /** Codecs remember in the loader what they learn of its classes, so that both go together. */
  private static final class Loader extends EpochLoader implements KryoPools.Holder {

    static {
      registerAsParallelCapable();
    }

    private final NodeServices services;
    private final Object restoring = new Object();
    private List<CodeHash> restored = List.of();

    Loader(
        String name, ClassLoader parent, CodeUnit unit, NodeServices services, BlobSource blobs) {
      super(name, parent, unit, services.provided(), services.codeCache(), blobs);
      this.services = services;
    }

    /** Sets the variables that came with the code, each once. Runs initializers of its classes. */
    void restoreShell() {
      List<CodeHash> states = unit().states();
      if (states.isEmpty()) {
        return;
      }
      synchronized (restoring) {
        for (CodeHash state : states) {
          if (!restored.contains(state)) {
            new ShellValues(services.values()).restore(state(state), this);
          }
        }
        restored = states;
      }
    }
  }

  /**
   * Nothing is done yet.
   *
   * @param own finds what the worker has itself
   * @param code everything of the epoch so far
   * @param before of the same epoch; its loader is used if it can be
   */
  LoaderOnDemand(
      NodeServices services,
      ClassLoader own,
      ToWorker.AddCode code,
      @Nullable LoaderOnDemand before) {
    this.services = services;
    this.own = own;
    this.code = code;
    this.before = before;
  }

  /**
   * The loader; the worker's own one if that has the same code.
   *
   * @throws CorruptPayloadException if the code is damaged
   * @throws CodeUnavailableException if a jar of the worker itself cannot be read
   * @throws CodeRefusedException if this worker does not load that client's code
   */
  @Override
  public ClassLoader get() {
    ClassLoader known = ready;
    if (known == null) {
      known = prepared();
      ready = known;
    }
    return known;
  }

  private ClassLoader prepared() {
    Loader loader = made();
    if (loader.definesNothing()) {
      return own;
    }
    refuseUnlessAllowed();
    loader.restoreShell();
    return loader;
  }

  private void refuseUnlessAllowed() {
    CodeAcceptance acceptance = services.codeSettings().acceptance();
    PeerAddress from = code.blobs();
    InetAddress address = new InetSocketAddress(from.host(), from.port()).getAddress();
    boolean isLoopback = address != null && address.isLoopbackAddress();
    // Nobody can show who he is yet: there is no TLS.
    if (!acceptance.allows(isLoopback, false)) {
      throw new CodeRefusedException(from.host() + ":" + from.port(), acceptance.toString());
    }
  }

  /** Makes it ahead of time; what fails is said to who needs it. */
  void prepare() {
    try {
      made();
    } catch (DagwrightException e) {
      LOG.debug("Code of session [{}] cannot be used", code.session(), e);
    }
  }

  private synchronized Loader made() {
    if (made == null) {
      CodeUnit unit = UnitMessage.decode(code.unit());
      Loader grown = before == null ? null : before.made();
      if (grown == null || grown.append(unit) == EpochLoader.Appended.CONFLICT) {
        String name = code.session() + " epoch " + code.epoch();
        grown = new Loader(name, own, unit, services, blobs);
      }
      made = grown;
      before = null;
      prefetch(grown);
    }
    return made;
  }

  /** Its jars are read no more; classes that are loaded go on. */
  synchronized void close() {
    if (made != null) {
      try {
        made.close();
      } catch (IOException e) {
        LOG.debug("A jar of [{}] stays open", made, e);
      }
    }
  }

  /** Asks for all loose classes at once, so that loading one does not wait for each in turn. */
  private void prefetch(Loader loader) {
    for (CodeHash hash : loader.missing()) {
      services
          .fetchCode(hash, code.blobs())
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

  private @Nullable CodeUnit findClass(String className) {
    Duration patience = services.codeSettings().askTimeout();
    try {
      return services
          .fetchClass(code.session(), code.epoch(), className, code.blobs())
          .orTimeout(patience.toMillis(), TimeUnit.MILLISECONDS)
          .join()
          .map(UnitMessage::decode)
          .orElse(null);
    } catch (CompletionException e) {
      Throwable why = e.getCause() == null ? e : e.getCause();
      throw new CodeUnavailableException(
          why instanceof TimeoutException
              ? "the program that submitted the task did not say within ["
                  + patience.toMillis()
                  + "] ms (dagwright.code.ask-timeout) whether it has the class"
              : "the program that submitted the task cannot be asked for the class: "
                  + why.getMessage(),
          why);
    }
  }

  private byte[] fetchBlob(CodeHash hash) {
    PeerAddress from = code.blobs();
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
    } catch (CompletionException e) {
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
}
