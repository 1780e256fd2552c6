package io.dagwright.internal.transfer;

import java.nio.charset.StandardCharsets;
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
 * @param silence a server that owes an answer, or was to be connected with, and says nothing for so
 *     long cannot be reached
 * @param busyAfter a request that has waited so long for room among what is being sent is put off
 * @param sharedBytesMax memory for large results of other processes on this host; 0 is none: they
 *     go through sockets as all others
 * @param sharedDirectory where it is; a file system in memory
 */
public record TransferSettings(
    String clusterToken,
    long serverBytesMax,
    long clientBytesMax,
    int encodingThreads,
    Duration stallTimeout,
    Duration silence,
    Duration busyAfter,
    long sharedBytesMax,
    String sharedDirectory) {

  public TransferSettings {
    if (clusterToken.getBytes(StandardCharsets.UTF_8).length > 255) {
      throw new IllegalArgumentException("clusterToken must have at most 255 bytes");
    }
    if (serverBytesMax <= 0 || clientBytesMax <= 0 || encodingThreads <= 0 || sharedBytesMax < 0) {
      throw new IllegalArgumentException(
          "serverBytesMax, clientBytesMax and encodingThreads must be positive");
    }
    if (stallTimeout.isNegative() || stallTimeout.isZero() || busyAfter.isNegative()) {
      throw new IllegalArgumentException(
          "stallTimeout must be positive: " + stallTimeout + ", busyAfter, too: " + busyAfter);
    }
    if (silence.isNegative() || silence.isZero()) {
      throw new IllegalArgumentException("silence must be positive: " + silence);
    }
  }

  /**
   * 256 MiB each way, two encoding threads, 30 seconds, two; one second; 64 MiB in {@code
   * /dev/shm}.
   */
  public static TransferSettings of(String clusterToken) {
    return new TransferSettings(
        clusterToken,
        256L << 20,
        256L << 20,
        2,
        Duration.ofSeconds(30),
        Duration.ofSeconds(2),
        Duration.ofSeconds(1),
        64L << 20,
        "/dev/shm");
  }

  /** These with other limits of what is under way. */
  public TransferSettings withBytes(long server, long client) {
    return new TransferSettings(
        clusterToken,
        server,
        client,
        encodingThreads,
        stallTimeout,
        silence,
        busyAfter,
        sharedBytesMax,
        sharedDirectory);
  }

  /** These with other patience. */
  public TransferSettings withTimes(Duration stall, Duration busy) {
    return new TransferSettings(
        clusterToken,
        serverBytesMax,
        clientBytesMax,
        encodingThreads,
        stall,
        silence,
        busy,
        sharedBytesMax,
        sharedDirectory);
  }

  /** These with other patience with servers that say nothing. */
  public TransferSettings withSilence(Duration longest) {
    return new TransferSettings(
        clusterToken,
        serverBytesMax,
        clientBytesMax,
        encodingThreads,
        stallTimeout,
        longest,
        busyAfter,
        sharedBytesMax,
        sharedDirectory);
  }

  /** These with other memory for processes of this host. */
  public TransferSettings withShared(long bytes, String directory) {
    return new TransferSettings(
        clusterToken,
        serverBytesMax,
        clientBytesMax,
        encodingThreads,
        stallTimeout,
        silence,
        busyAfter,
        bytes,
        directory);
  }
}
