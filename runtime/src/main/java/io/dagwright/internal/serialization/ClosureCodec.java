package io.dagwright.internal.serialization;

import com.esotericsoftware.kryo.kryo5.KryoException;
import io.dagwright.error.CorruptPayloadException;
import io.dagwright.error.DagwrightException;
import io.dagwright.error.NotSerializableTaskException;
import io.dagwright.error.UnknownSerializerException;
import io.dagwright.graph.TaskFunction;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Turns a task's function, with everything it captured, into bytes and back.
 *
 * <p>Objects go by fields and need not be {@code Serializable}; identity within one function is
 * kept, cycles included. The bytes hold names of classes, not the classes. Thread-safe.
 */
public final class ClosureCodec {

  /** What comes first: the default choice, or one that is told. */
  private static final Object[] NO_ARRAYS = {};

  private static final int DEFAULT_CHOICE = 0;

  private static final int CHOICE_FOLLOWS = 1;

  private final KryoPools pools;
  private final ValueCodec values;

  /** A codec with the serializers of this JVM. */
  public ClosureCodec(KryoPools pools) {
    this(pools, new ValueCodec(pools));
  }

  /**
   * A codec.
   *
   * @param values for what a function captured and something was said of
   */
  public ClosureCodec(KryoPools pools, ValueCodec values) {
    this.pools = pools;
    this.values = values;
  }

  /** A function, and the choice of whoever encoded it, which holds for its results. */
  public record Decoded(TaskFunction function, Choice choice) {}

  /**
   * Encodes a function by the default choice.
   *
   * @param task the task's key, for the message if it fails
   * @throws NotSerializableTaskException naming the path to what cannot be encoded
   */
  public byte[] encode(TaskFunction function, String task) {
    return encode(function, task, Choice.DEFAULT, CodecKryo.IGNORED, null);
  }

  /**
   * Encodes a function. It goes by fields, unless the choice is Java serialization; what it
   * captured goes with it, but for what something was said of.
   *
   * @param task the task's key, for the message if it fails
   * @param choice also for the results of the task; it travels with the function
   * @param classes told of the classes that decoding needs, more than once; of others through them
   * @param large keeps large parts apart; null if they stay in the function
   * @throws NotSerializableTaskException naming the path to what cannot be encoded
   */
  public byte[] encode(
      TaskFunction function,
      String task,
      Choice choice,
      Consumer<Class<?>> classes,
      @Nullable LargeParts large) {
    ByteSink out = new ByteSink();
    if (choice.equals(Choice.DEFAULT)) {
      out.putByte(DEFAULT_CHOICE);
    } else {
      out.putByte(CHOICE_FOLLOWS);
      choice.write(out);
    }
    try {
      if (choice.isJavaForFunctions()) {
        Parts parts = new Parts(values, choice, true, classes, large);
        byte[] bytes = JavaCodec.write(function, parts, pools.loaderFor(function));
        out.putBytes(bytes, 0, bytes.length);
      } else {
        write(function, out, choice, classes, large);
      }
    } catch (UnknownSerializerException e) {
      throw e;
    } catch (RuntimeException | Error e) { // Of users' hooks, too.
      throw Diagnosis.blame(
          Subject.function(task),
          function,
          e,
          choice.isJavaForFunctions() ? SerializerRegistry.JAVA : SerializerRegistry.CLOSURE,
          choice);
    }
    return out.toByteArray();
  }

  private void write(
      TaskFunction function,
      ByteSink out,
      Choice choice,
      Consumer<Class<?>> classes,
      @Nullable LargeParts large) {
    try (KryoPools.Entry entry = pools.take(pools.loaderFor(function))) {
      entry.kryo.tell(classes, values.parts(choice, classes, large));
      entry.kryo.writeClassAndObject(entry.output, function);
      out.putBytes(entry.output.getBuffer(), 0, entry.output.position());
    }
  }

  /**
   * Decodes a function; its classes come from {@code loader}.
   *
   * @throws CorruptPayloadException if the bytes are damaged or a class is missing
   */
  public Decoded decode(byte[] encoded, ClassLoader loader) {
    return decode(encoded, loader, LargeParts.Finder.NONE);
  }

  /**
   * Decodes a function; its classes come from {@code loader}.
   *
   * @param parts finds what was kept apart from it
   * @throws CorruptPayloadException if the bytes are damaged or a class is missing
   */
  public Decoded decode(byte[] encoded, ClassLoader loader, LargeParts.Finder parts) {
    ByteSource in = new ByteSource(encoded, 0, encoded.length);
    Choice choice =
        switch (in.readByte()) {
          case DEFAULT_CHOICE -> Choice.DEFAULT;
          case CHOICE_FOLLOWS -> Choice.read(in);
          default -> throw ByteSource.corrupt("they do not begin as those of a function do");
        };
    values.require(choice);
    if (read(choice, in, loader, parts) instanceof TaskFunction function) {
      return new Decoded(function, choice);
    }
    throw ByteSource.corrupt("there is no function in them");
  }

  private Object read(Choice choice, ByteSource in, ClassLoader loader, LargeParts.Finder parts) {
    if (!choice.isJavaForFunctions()) {
      return read(pools, values, parts, in.array, in.position, in.remaining(), NO_ARRAYS, loader);
    }
    try {
      return JavaCodec.read(in.array, in.position, in.remaining(), values, parts, loader);
    } catch (StackOverflowError e) {
      throw tooDeep(e);
    } catch (RuntimeException | Error e) { // Of users' hooks, too.
      throw unreadable(e, loader);
    }
  }

  static Object read(
      KryoPools pools,
      ValueCodec values,
      LargeParts.Finder parts,
      byte[] encoded,
      int offset,
      int length,
      Object[] apart,
      ClassLoader loader) {
    try (KryoPools.Entry entry = pools.take(loader)) {
      entry.kryo.readParts(values, parts);
      entry.kryo.readApart(apart);
      Object object = entry.kryo.readClassAndObject(new BoundedInput(encoded, offset, length));
      if (object == null) {
        throw ByteSource.corrupt("there is nothing in them");
      }
      return object;
    } catch (CorruptPayloadException e) {
      throw e;
    } catch (StackOverflowError e) {
      throw tooDeep(e);
    } catch (RuntimeException | Error e) { // Of users' hooks, too.
      throw unreadable(e, loader);
    }
  }

  static CorruptPayloadException tooDeep(StackOverflowError thrown) {
    return new CorruptPayloadException("The bytes of a value nest too deeply to be read.", thrown);
  }

  static DagwrightException unreadable(Throwable thrown, ClassLoader loader) {
    for (Throwable at = thrown; at != null; at = at.getCause()) {
      if (at instanceof DagwrightException typed) {
        return typed; // Such as that a class could not be fetched.
      }
      DagwrightException failedInitializer = FailedInitializer.of(at, loader);
      if (failedInitializer != null) {
        return failedInitializer;
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
