package io.dagwright.internal.serialization;

import com.esotericsoftware.kryo.kryo5.KryoException;
import io.dagwright.error.CorruptPayloadException;
import io.dagwright.error.DagwrightException;
import io.dagwright.error.NotSerializableTaskException;
import io.dagwright.graph.TaskFunction;
import java.util.function.Consumer;

/**
 * Turns a task's function, with everything it captured, into bytes and back.
 *
 * <p>Objects go by fields and need not be {@code Serializable}; identity within one function is
 * kept, cycles included. The bytes hold names of classes, not the classes. Thread-safe.
 */
public final class ClosureCodec {

  private final KryoPools pools;

  public ClosureCodec(KryoPools pools) {
    this.pools = pools;
  }

  /**
   * Encodes a function.
   *
   * @param task the task's key, for the message if it fails
   * @throws NotSerializableTaskException naming the path to what cannot be encoded
   */
  public byte[] encode(TaskFunction function, String task) {
    return encode(function, task, CodecKryo.IGNORED);
  }

  /**
   * Encodes a function.
   *
   * @param task the task's key, for the message if it fails
   * @param classes told of the classes that decoding needs, more than once; of others through them
   * @throws NotSerializableTaskException naming the path to what cannot be encoded
   */
  public byte[] encode(TaskFunction function, String task, Consumer<Class<?>> classes) {
    try (KryoPools.Entry entry = pools.take(pools.loaderFor(function))) {
      entry.kryo.tell(classes);
      entry.kryo.writeClassAndObject(entry.output, function);
      return entry.output.toBytes();
    } catch (RuntimeException | StackOverflowError e) {
      throw Diagnosis.blame(Subject.function(task), function, e);
    }
  }

  /**
   * Decodes a function; its classes come from {@code loader}.
   *
   * @throws CorruptPayloadException if the bytes are damaged or a class is missing
   */
  public TaskFunction decode(byte[] encoded, ClassLoader loader) {
    Object object = read(pools, encoded, 0, encoded.length, loader);
    if (object instanceof TaskFunction function) {
      return function;
    }
    throw ByteSource.corrupt("there is no function in them");
  }

  static Object read(KryoPools pools, byte[] encoded, int offset, int length, ClassLoader loader) {
    try (KryoPools.Entry entry = pools.take(loader)) {
      Object object = entry.kryo.readClassAndObject(new BoundedInput(encoded, offset, length));
      if (object == null) {
        throw ByteSource.corrupt("there is nothing in them");
      }
      return object;
    } catch (CorruptPayloadException e) {
      throw e;
    } catch (StackOverflowError e) {
      throw new CorruptPayloadException("The bytes of a value nest too deeply to be read.", e);
    } catch (RuntimeException | LinkageError e) {
      throw unreadable(e, loader);
    }
  }

  static DagwrightException unreadable(Throwable thrown, ClassLoader loader) {
    for (Throwable at = thrown; at != null; at = at.getCause()) {
      if (at instanceof DagwrightException typed) {
        return typed; // Such as that a class could not be fetched.
      }
      if (at instanceof MissingClassException missing) {
        return new CorruptPayloadException(
            "A value needs class ["
                + missing.className()
                + "], which class loader ["
                + loader
                + "] does not have.",
            missing.className(),
            thrown);
      }
    }
    String what =
        thrown instanceof KryoException && thrown.getMessage() == null
            ? thrown.getClass().getSimpleName()
            : String.valueOf(thrown.getMessage());
    return new CorruptPayloadException("The bytes of a value cannot be read: " + what, thrown);
  }
}
