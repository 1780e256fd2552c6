package io.dagwright.error;

/** An encoded value is larger than one byte array can be, 2 GiB less 8 bytes. */
public final class PayloadTooLargeException extends DagwrightException {

  private static final long serialVersionUID = 1L;

  public PayloadTooLargeException(long sizeBytes) {
    super(
        "A value needs ["
            + sizeBytes
            + "] bytes when encoded; the limit is ["
            + (Integer.MAX_VALUE - 8)
            + "]. Split it into several results.");
  }
}
