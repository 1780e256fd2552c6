package io.dagwright.internal.transfer;

import io.dagwright.error.DataTransferException;
import io.dagwright.internal.serialization.Payload;

/**
 * Gets the outcomes of one fetch as they arrive, in any order, each task's once, then one end.
 *
 * <p>Called on the data plane's own thread: hand over and return, never block.
 */
public interface FetchReceiver {

  /** The result at {@code index} of the request arrived whole and its checksums are right. */
  void onResult(int index, Payload result);

  /** The peer does not have it. */
  void onMissing(int index);

  /** The peer has not made it yet; only said of what was to be awaited. */
  default void onLate(int index) {}

  /** The peer has it, but is sending too much else: to be asked for again after a while. */
  void onBusy(int index);

  /** Whoever was asked to fetch it for us could not do so. */
  void onUnreachable(int index);

  /** The result arrived, but with a wrong checksum. */
  void onCorrupt(int index);

  /** The peer has it but cannot encode it, or there is no memory for it here. */
  void onEncodingFailed(int index, String message);

  /** Every task has had its outcome. */
  void onFinished();

  /** The connection failed; tasks without an outcome so far get none. */
  void onFailed(DataTransferException failure);
}
