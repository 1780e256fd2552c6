package io.dagwright.error;

import org.jspecify.annotations.Nullable;

/** Bytes could not be moved between two nodes over the data plane. */
public final class DataTransferException extends DagwrightException {

  private static final long serialVersionUID = 1L;

  /** What went wrong, for code that decides what to do next. */
  public enum Reason {
    /** Nobody listens at the address. */
    REFUSED,
    /** The connection ended before everything had arrived; the peer may be gone. */
    CONNECTION_LOST,
    /** The peer is no data server of this cluster, or of another version. */
    REJECTED,
    /** The peer sent nothing for too long though it owed bytes. */
    STALLED,
    /** A checksum or a frame was wrong. */
    CORRUPT,
    /** The data plane was closed on this side. */
    CLOSED,
    /** The address may not be bound without encryption. */
    UNSAFE_ADDRESS
  }

  private final Reason reason;

  public DataTransferException(Reason reason, String message, @Nullable Throwable cause) {
    super(message, cause);
    this.reason = reason;
  }

  public Reason reason() {
    return reason;
  }
}
