package io.dagwright.internal.transfer;

import java.time.Duration;

/**
 * Limits of the data plane.
 *
 * @param clusterToken both sides must have the same; at most 255 bytes of UTF-8
 * @param serverBytesMax bytes of results waiting to be sent, over all connections; beyond it
 *     requests wait. A single larger result still goes, alone
 * @param clientBytesMax bytes of large results being received, over all connections; likewise
 * @param encodingThreads threads that ask sources for bytes
 * @param stallTimeout a connection that owes bytes and moves none for this long is closed
 */
public record TransferSettings(
    String clusterToken,
    long serverBytesMax,
    long clientBytesMax,
    int encodingThreads,
    Duration stallTimeout) {

  public TransferSettings {
    if (clusterToken.getBytes(java.nio.charset.StandardCharsets.UTF_8).length > 255) {
      throw new IllegalArgumentException("clusterToken must have at most 255 bytes");
    }
    if (serverBytesMax <= 0 || clientBytesMax <= 0 || encodingThreads <= 0) {
      throw new IllegalArgumentException(
          "serverBytesMax, clientBytesMax and encodingThreads must be positive");
    }
    if (stallTimeout.isNegative() || stallTimeout.isZero()) {
      throw new IllegalArgumentException("stallTimeout must be positive: " + stallTimeout);
    }
  }

  /** 256 MiB each way, two encoding threads, 30 seconds. */
  public static TransferSettings of(String clusterToken) {
    return new TransferSettings(clusterToken, 256L << 20, 256L << 20, 2, Duration.ofSeconds(30));
  }
}
