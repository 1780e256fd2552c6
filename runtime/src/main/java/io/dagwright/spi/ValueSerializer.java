package io.dagwright.spi;

/**
 * Turns arguments and results into bytes and back, under a name by which users choose it.
 *
 * <p>Implementations are found with {@link java.util.ServiceLoader}, so their jar belongs on the
 * class path of every client and every worker. Where it is missing, the tasks whose bytes name it
 * fail with {@link io.dagwright.error.UnknownSerializerException}; nothing else does.
 *
 * <p>Called by many threads at once. A value is written as a whole: other serializers have no say
 * in its parts. Functions are never given to it.
 */
public interface ValueSerializer {

  /**
   * The name in settings, in calls and in the bytes: a lower-case letter, then letters, digits and
   * hyphens. It means the same bytes for ever.
   */
  String name();

  /**
   * Turns a value into bytes.
   *
   * @param value no number, string or primitive array: these are written without it
   * @throws RuntimeException if it cannot; the task then fails with {@link
   *     io.dagwright.error.NotSerializableTaskException}, which quotes the message
   */
  byte[] write(Object value, SerializerContext context);

  /**
   * Makes the value again. The bytes may be damaged or forged: it makes no instance of a class that
   * {@link SerializerContext#allows} refuses, and allocates no more than a small multiple of what
   * the bytes hold.
   *
   * @throws RuntimeException if it cannot; the task then fails with {@link
   *     io.dagwright.error.CorruptPayloadException}
   */
  Object read(byte[] bytes, SerializerContext context);
}
