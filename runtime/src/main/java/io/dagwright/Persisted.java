package io.dagwright;

import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/**
 * A result that is kept on the workers until it is released. Thread-safe.
 *
 * <p>It is done as soon as the result is in memory on some worker; {@link #join()} and {@link
 * #get()} also fetch it. If its worker dies it is computed again. Another client may use it as an
 * input as long as this one keeps it.
 */
public interface Persisted<T extends @Nullable Object> extends TaskFuture<T>, AutoCloseable {

  /** The result as an input of later graphs, of this client or any other of the cluster. */
  Lazy<T> lazy();

  /** Waits until the result is in memory on some worker, without fetching it. */
  void awaitReady();

  /** Completes when the result is in memory on some worker; nothing is fetched. */
  CompletionStage<@Nullable Void> readyAsync();

  /**
   * Lets go of the result; graphs that already use it are not affected. Releasing twice is fine.
   * From now on {@link #join()} throws {@link IllegalStateException}, even if it was fetched.
   */
  void release();

  /** Releases it. */
  @Override
  default void close() {
    release();
  }
}
