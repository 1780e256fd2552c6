package io.dagwright.internal.transfer;

import io.dagwright.internal.serialization.Payload;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Where the data server gets the bytes of one worker's results. Called on several threads. */
@FunctionalInterface
public interface ResultSource {

  /**
   * The encoded result, or null if it is not (any longer) here. It is not written to again.
   *
   * @throws Exception if it cannot be encoded; the message reaches whoever asked
   */
  @Nullable Payload result(long task) throws Exception;

  /**
   * Whether the result is here. If it is not, {@code outcome} is called once: with true when it has
   * come, on the thread that brings it, or with false when it has not for a while. A source that
   * does not say otherwise has what it will ever have.
   */
  default boolean await(long task, Consumer<Boolean> outcome) {
    return true;
  }
}
