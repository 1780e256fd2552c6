package io.dagwright.internal.serialization;

import com.esotericsoftware.kryo.kryo5.io.KryoBufferOverflowException;
import io.dagwright.error.CorruptPayloadException;
import io.dagwright.error.NotSerializableTaskException;
import io.dagwright.error.PayloadTooLargeException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Turns arguments and results into bytes and back. Thread-safe.
 *
 * <p>The first byte says how. Numbers, strings, primitive arrays, lists and string maps of numbers
 * and strings, and records of these have forms of their own, in which equal values stay equal but
 * objects are not shared; writing one allocates nothing. Everything else goes by fields as captured
 * values do, with identity and cycles kept.
 */
public final class ValueCodec {

  // Tags 0–15 are Scalars, 16–23 primitive arrays.
  private static final int FIRST_ARRAY = 16;
  private static final int ARRAY_LIST = 24;
  private static final int IMMUTABLE_LIST = 25;
  private static final int HASH_MAP = 26;
  private static final int LINKED_HASH_MAP = 27;
  private static final int TREE_MAP = 28;
  private static final int RECORD = 29;
  private static final int OBJECT = 30;

  // What the elements of a list are.
  private static final int INTEGERS = 0;
  private static final int LONGS = 1;
  private static final int DOUBLES = 2;
  private static final int SCALARS = 3;
  private static final int RECORDS = 4;

  private final KryoPools pools;

  public ValueCodec(KryoPools pools) {
    this.pools = pools;
  }

  /**
   * Appends a value. If it fails, what it wrote is taken back.
   *
   * @throws NotSerializableTaskException naming the path to what cannot be encoded; it speaks of "a
   *     value", use {@link Diagnosis#blame} where the task is known
   * @throws PayloadTooLargeException if it does not fit an array
   */
  public void write(@Nullable Object value, ByteSink out) {
    write(value, out, CodecKryo.IGNORED);
  }

  /**
   * Appends a value. If it fails, what it wrote is taken back.
   *
   * @param classes told of the classes that reading needs, more than once; of others through them
   * @throws NotSerializableTaskException as above
   * @throws PayloadTooLargeException if it does not fit an array
   */
  public void write(@Nullable Object value, ByteSink out, Consumer<Class<?>> classes) {
    if (!Scalars.write(value, out)) {
      writeLarger(value, out, classes);
    }
  }

  private void writeLarger(@Nullable Object value, ByteSink out, Consumer<Class<?>> classes) {
    if (value == null) {
      throw new IllegalStateException("null is a scalar");
    }
    int start = out.size();
    try {
      if (!writeFast(value, out, classes)) {
        out.truncate(start);
        writeObject(value, out, classes);
      }
    } catch (RuntimeException e) {
      out.truncate(start);
      throw e;
    }
  }

  private boolean writeFast(Object value, ByteSink out, Consumer<Class<?>> classes) {
    Class<?> type = value.getClass();
    if (type.isArray()) {
      if (!type.getComponentType().isPrimitive()) {
        return false;
      }
      int array = PrimitiveArrays.tagOf(type.getComponentType());
      out.putByte(FIRST_ARRAY + array);
      PrimitiveArrays.write(value, array, out);
      return true;
    }
    if (type == ArrayList.class) {
      out.putByte(ARRAY_LIST);
      return writeElements((List<?>) value, out, classes);
    }
    if (ContainerSerializers.isImmutableList(type)) {
      out.putByte(IMMUTABLE_LIST);
      return writeElements((List<?>) value, out, classes);
    }
    if (type == HashMap.class) {
      out.putByte(HASH_MAP);
      return writeEntries((Map<?, ?>) value, out);
    }
    if (type == LinkedHashMap.class) {
      out.putByte(LINKED_HASH_MAP);
      return writeEntries((Map<?, ?>) value, out);
    }
    if (type == TreeMap.class && ((TreeMap<?, ?>) value).comparator() == null) {
      out.putByte(TREE_MAP);
      return writeEntries((Map<?, ?>) value, out);
    }
    if (type.isRecord()) {
      RecordShape shape = RecordShape.of(type);
      if (shape != null) {
        classes.accept(type);
        out.putByte(RECORD);
        out.putString(type.getName());
        shape.write(value, out);
        return true;
      }
    }
    return false;
  }

  private static boolean writeElements(List<?> list, ByteSink out, Consumer<Class<?>> classes) {
    int size = list.size();
    out.putVarInt(size);
    Object first = size == 0 ? null : list.get(0);
    Class<?> type = first == null ? null : first.getClass();
    int start = out.size();
    if (type == Integer.class) {
      out.ensure(1 + 4L * size);
      out.putByte(INTEGERS);
      for (int i = 0; i < size && list.get(i) instanceof Integer number; i++) {
        out.putInt(number);
      }
      if (out.size() - start == 1 + 4L * size) {
        return true;
      }
    } else if (type == Long.class) {
      out.ensure(1 + 8L * size);
      out.putByte(LONGS);
      for (int i = 0; i < size && list.get(i) instanceof Long number; i++) {
        out.putLong(number);
      }
      if (out.size() - start == 1 + 8L * size) {
        return true;
      }
    } else if (type == Double.class) {
      out.ensure(1 + 8L * size);
      out.putByte(DOUBLES);
      for (int i = 0; i < size && list.get(i) instanceof Double number; i++) {
        out.putLong(Double.doubleToRawLongBits(number));
      }
      if (out.size() - start == 1 + 8L * size) {
        return true;
      }
    } else if (type != null && type.isRecord()) {
      classes.accept(type);
      return writeRecords(list, type, out);
    }
    out.truncate(start);
    out.putByte(SCALARS);
    for (int i = 0; i < size; i++) {
      if (!Scalars.write(list.get(i), out)) {
        return false;
      }
    }
    return true;
  }

  private static boolean writeRecords(List<?> list, Class<?> type, ByteSink out) {
    RecordShape shape = RecordShape.of(type);
    if (shape == null) {
      return false;
    }
    out.putByte(RECORDS);
    out.putString(type.getName());
    for (int i = 0; i < list.size(); i++) {
      Object element = list.get(i);
      if (element == null || element.getClass() != type) {
        return false;
      }
      out.putByte(1); // Every element takes a byte at least, so that counts can be checked.
      shape.write(element, out);
    }
    return true;
  }

  private static boolean writeEntries(Map<?, ?> map, ByteSink out) {
    out.putVarInt(map.size());
    for (Map.Entry<?, ?> entry : map.entrySet()) {
      if (!(entry.getKey() instanceof String key)) {
        return false;
      }
      out.putString(key);
      if (!Scalars.write(entry.getValue(), out)) {
        return false;
      }
    }
    return true;
  }

  private void writeObject(Object value, ByteSink out, Consumer<Class<?>> classes) {
    try (KryoPools.Entry entry = pools.take(pools.loaderFor(value))) {
      entry.kryo.tell(classes);
      entry.kryo.writeClassAndObject(entry.output, value);
      out.putByte(OBJECT);
      out.putBytes(entry.output.getBuffer(), 0, entry.output.position());
    } catch (PayloadTooLargeException e) {
      throw e;
    } catch (KryoBufferOverflowException e) {
      throw new PayloadTooLargeException(Integer.MAX_VALUE);
    } catch (RuntimeException | StackOverflowError e) {
      throw Diagnosis.blame(new Subject(Subject.Role.VALUE, ""), value, e);
    }
  }

  /** Reads all of {@code encoded}. */
  public @Nullable Object read(byte[] encoded, ClassLoader loader) {
    return read(encoded, 0, encoded.length, loader);
  }

  /**
   * Reads one value from exactly these bytes; classes come from {@code loader}. Allocates no more
   * than a small multiple of {@code length}, whatever the bytes say.
   *
   * @throws CorruptPayloadException if the bytes are damaged or a class is missing
   */
  public @Nullable Object read(byte[] encoded, int offset, int length, ClassLoader loader) {
    ByteSource in = new ByteSource(encoded, offset, length);
    int tag = in.readByte();
    if (tag == OBJECT) {
      return ClosureCodec.read(pools, encoded, in.position, in.remaining(), loader);
    }
    Object value;
    try {
      value = readFast(tag, in, loader);
    } catch (CorruptPayloadException e) {
      throw e;
    } catch (RuntimeException e) {
      throw ClosureCodec.unreadable(e, loader);
    }
    if (in.remaining() != 0) {
      throw ByteSource.corrupt("[" + in.remaining() + "] bytes are left over");
    }
    return value;
  }

  private static @Nullable Object readFast(int tag, ByteSource in, ClassLoader loader) {
    if (tag >= FIRST_ARRAY && tag < FIRST_ARRAY + PrimitiveArrays.count()) {
      return PrimitiveArrays.read(tag - FIRST_ARRAY, in);
    }
    return switch (tag) {
      case ARRAY_LIST -> readElements(in, loader);
      case IMMUTABLE_LIST -> ContainerSerializers.immutableList(readElements(in, loader));
      case HASH_MAP -> readEntries(in, new HashMap<>());
      case LINKED_HASH_MAP -> readEntries(in, new LinkedHashMap<>());
      case TREE_MAP -> readEntries(in, new TreeMap<>());
      case RECORD -> readShape(in, loader).read(in);
      default -> Scalars.read(tag, in);
    };
  }

  private static RecordShape readShape(ByteSource in, ClassLoader loader) {
    RecordShape shape = RecordShape.of(MissingClassException.load(in.readString(), loader));
    if (shape == null) {
      throw ByteSource.corrupt("a class in them is not a record of plain values");
    }
    return shape;
  }

  private static List<@Nullable Object> readElements(ByteSource in, ClassLoader loader) {
    int size = in.readCount(1);
    List<@Nullable Object> list = new ArrayList<>(size);
    int kind = in.readByte();
    switch (kind) {
      case INTEGERS -> {
        for (int i = 0; i < size; i++) {
          list.add(in.readInt());
        }
      }
      case LONGS -> {
        for (int i = 0; i < size; i++) {
          list.add(in.readLong());
        }
      }
      case DOUBLES -> {
        for (int i = 0; i < size; i++) {
          list.add(Double.longBitsToDouble(in.readLong()));
        }
      }
      case SCALARS -> {
        for (int i = 0; i < size; i++) {
          list.add(Scalars.read(in.readByte(), in));
        }
      }
      case RECORDS -> {
        RecordShape shape = readShape(in, loader);
        for (int i = 0; i < size; i++) {
          in.readByte();
          list.add(shape.read(in));
        }
      }
      default -> throw ByteSource.corrupt("a list in them has elements of no known kind");
    }
    return list;
  }

  private static Map<String, @Nullable Object> readEntries(
      ByteSource in, Map<String, @Nullable Object> into) {
    int size = in.readCount(2);
    for (int i = 0; i < size; i++) {
      String key = in.readString();
      into.put(key, Scalars.read(in.readByte(), in));
    }
    return into;
  }

  /** About how many bytes of heap a value takes; exact for arrays, sampled for collections. */
  public static long estimateSize(@Nullable Object value) {
    return SizeEstimate.of(value);
  }
}
