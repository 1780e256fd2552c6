package io.dagwright.internal.serialization;

import com.esotericsoftware.kryo.kryo5.io.KryoBufferOverflowException;
import io.dagwright.error.CorruptPayloadException;
import io.dagwright.error.NotSerializableTaskException;
import io.dagwright.error.PayloadTooLargeException;
import io.dagwright.error.UnknownSerializerException;
import io.dagwright.spi.SerializerContext;
import io.dagwright.spi.ValueSerializer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Turns arguments and results into bytes and back. Thread-safe.
 *
 * <p>The first byte says how, so that whoever reads never guesses; for serializers that are not the
 * default, their name follows. Numbers, strings, primitive arrays, lists and string maps of numbers
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

  /** The name of a serializer and its bytes follow. */
  private static final int NAMED = 31;

  /** A primitive array is beside the bytes: its type and its index follow. */
  private static final int APART = 32;

  /** Somebody keeps the bytes: what tells who follows. */
  private static final int KEPT = 33;

  // What the elements of a list are.
  private static final int INTEGERS = 0;
  private static final int LONGS = 1;
  private static final int DOUBLES = 2;
  private static final int SCALARS = 3;
  private static final int RECORDS = 4;

  // What comes before a record in a list.
  private static final int IN_PLACE = 1;
  private static final int EMBEDDED = 2;

  private static final Object[] NO_ARRAYS = {};

  private final KryoPools pools;
  private final SerializerRegistry serializers;

  /** A codec with the serializers of this JVM. */
  public ValueCodec(KryoPools pools) {
    this(pools, SerializerRegistry.ofThisJvm());
  }

  public ValueCodec(KryoPools pools, SerializerRegistry serializers) {
    this.pools = pools;
    this.serializers = serializers;
  }

  /**
   * Appends a value by the default choice. If it fails, what it wrote is taken back.
   *
   * @throws NotSerializableTaskException naming the path to what cannot be encoded; it speaks of "a
   *     value", use {@link Diagnosis#blame} where the task is known
   * @throws PayloadTooLargeException if it does not fit an array
   */
  public void write(@Nullable Object value, ByteSink out) {
    write(value, out, Choice.DEFAULT, CodecKryo.IGNORED);
  }

  /**
   * Appends a value. If it fails, what it wrote is taken back.
   *
   * @param choice by which serializer, unless something was said of the value itself
   * @param classes told of the classes that reading needs, more than once; of others through them
   * @throws NotSerializableTaskException as above
   * @throws PayloadTooLargeException if it does not fit an array
   * @throws io.dagwright.error.UnknownSerializerException if the serializer is not here
   */
  public void write(
      @Nullable Object value, ByteSink out, Choice choice, Consumer<Class<?>> classes) {
    if (!Scalars.write(value, out)) {
      writeLarger(value, out, choice, classes);
    }
  }

  /**
   * Encodes a value and leaves its large primitive arrays as they are.
   *
   * @throws NotSerializableTaskException as above
   * @throws PayloadTooLargeException if it does not fit an array without them
   */
  public Payload encode(@Nullable Object value, Choice choice) {
    ByteSink out = ByteSink.forPayload();
    write(value, out, choice, CodecKryo.IGNORED);
    return out.toPayload();
  }

  private void writeLarger(
      @Nullable Object value, ByteSink out, Choice choice, Consumer<Class<?>> classes) {
    if (value == null) {
      throw new IllegalStateException("null is a scalar");
    }
    if (value instanceof Carrier && !choice.isJavaForFunctions()) {
      writeObject(value, out, choice, classes);
      return;
    }
    String serializer = choice.serializer();
    if (Parts.arePossible(choice)) {
      String said = ShippedValues.ofThisJvm().serializerOf(value);
      String bound = said == null ? choice.bound(value.getClass()) : said;
      serializer = bound == null ? serializer : bound;
    }
    writeBy(serializer, value, out, choice, classes);
  }

  /** Appends a value by a serializer, whatever is said of the value; its parts are as chosen. */
  void writeBy(
      String serializer, Object value, ByteSink out, Choice choice, Consumer<Class<?>> classes) {
    int start = out.size();
    try {
      if (serializer.equals(SerializerRegistry.CLOSURE)) {
        writeObject(value, out, choice, classes);
      } else if (serializer.equals(SerializerRegistry.KRYO) || isPrimitiveArray(value)) {
        if (!writeFast(value, out, choice, classes)) {
          out.truncate(start);
          writeObject(value, out, choice, classes);
        }
      } else {
        writeNamed(serializer, value, out, choice, classes);
      }
    } catch (RuntimeException e) {
      out.truncate(start);
      throw e;
    }
  }

  /**
   * Appends one of several values that are written by fields, if it has another form.
   *
   * @return whether it has; else nothing is appended
   */
  boolean writeAlone(
      String serializer, Object value, ByteSink out, Choice choice, Consumer<Class<?>> classes) {
    if (serializer.equals(SerializerRegistry.CLOSURE)
        || isScalar(value)
        || value instanceof Carrier) {
      return false;
    }
    if (serializer.equals(SerializerRegistry.KRYO) || isPrimitiveArray(value)) {
      return writeFast(value, out, choice, classes);
    }
    writeNamed(serializer, value, out, choice, classes);
    return true;
  }

  private static boolean isScalar(Object value) {
    return value instanceof Number
        || value instanceof String
        || value instanceof Boolean
        || value instanceof Character;
  }

  /** Checks that what a choice says can be done here. */
  void require(Choice choice) {
    serializers.require(choice.serializer(), "a task");
    choice.bindings().forEach((type, name) -> serializers.require(name, "the binding of " + type));
  }

  private static boolean isPrimitiveArray(Object value) {
    Class<?> component = value.getClass().getComponentType();
    return component != null && component.isPrimitive();
  }

  private void writeNamed(
      String serializer, Object value, ByteSink out, Choice choice, Consumer<Class<?>> classes) {
    ClassLoader loader = pools.loaderFor(value);
    byte[] bytes;
    try {
      if (serializer.equals(SerializerRegistry.JAVA)) {
        bytes = JavaCodec.write(value, new Parts(this, choice, true, classes, null), loader);
      } else {
        classes.accept(value.getClass());
        bytes = plugged(serializer, "a value").write(value, context(serializer, loader, classes));
      }
    } catch (UnknownSerializerException | PayloadTooLargeException e) {
      throw e;
    } catch (RuntimeException | Error e) { // Of users' hooks, too.
      throw Diagnosis.blame(new Subject(Subject.Role.VALUE, ""), value, e, serializer, choice);
    }
    out.putByte(NAMED);
    out.putString(serializer);
    out.putBytes(bytes, 0, bytes.length);
  }

  private ValueSerializer plugged(String name, String source) {
    return serializers
        .find(serializers.require(name, source))
        .orElseThrow(() -> new IllegalStateException(name + " is one of ours"));
  }

  private SerializerContext context(
      String serializer, ClassLoader loader, Consumer<Class<?>> classes) {
    return new SerializerContext() {
      @Override
      public ClassLoader loader() {
        return loader;
      }

      @Override
      public void needs(Class<?> type) {
        classes.accept(type);
      }

      @Override
      public boolean allows(Class<?> type) {
        return ClassPolicy.allows(type);
      }

      @Override
      public <S> S remembered(
          Class<S> type, Function<? super SerializerContext, ? extends S> make) {
        SerializerContext lasting = context(serializer, loader, CodecKryo.IGNORED);
        String key = serializer + ' ' + type.getName();
        return type.cast(pools.remembered(loader, key, () -> make.apply(lasting)));
      }
    };
  }

  private boolean writeFast(Object value, ByteSink out, Choice choice, Consumer<Class<?>> classes) {
    Class<?> type = value.getClass();
    if (type.isArray()) {
      if (!type.getComponentType().isPrimitive()) {
        return false;
      }
      int array = PrimitiveArrays.tagOf(type.getComponentType());
      int apart = out.putApart(value);
      if (apart >= 0) {
        out.putByte(APART);
        out.putByte(array);
        out.putVarInt(apart);
        return true;
      }
      out.putByte(FIRST_ARRAY + array);
      PrimitiveArrays.write(value, array, out);
      return true;
    }
    if (type == ArrayList.class) {
      out.putByte(ARRAY_LIST);
      return writeElements((List<?>) value, out, choice, classes);
    }
    if (ContainerSerializers.isImmutableList(type)) {
      out.putByte(IMMUTABLE_LIST);
      return writeElements((List<?>) value, out, choice, classes);
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
      if (shape != null && !hasOtherParts(shape, value, choice)) {
        classes.accept(type);
        out.putByte(RECORD);
        out.putString(type.getName());
        shape.write(value, out);
        return true;
      }
    }
    return false;
  }

  /** Whether records inside a record go by another serializer, which the fast form cannot say. */
  private static boolean hasOtherParts(RecordShape shape, Object record, Choice choice) {
    return Parts.arePossible(choice) && shape.hasOtherParts(record, choice);
  }

  private boolean writeElements(
      List<?> list, ByteSink out, Choice choice, Consumer<Class<?>> classes) {
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
      return writeRecords(list, type, out, choice, classes);
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

  private boolean writeRecords(
      List<?> list, Class<?> type, ByteSink out, Choice choice, Consumer<Class<?>> classes) {
    RecordShape shape = RecordShape.of(type);
    if (shape == null) {
      return false;
    }
    Parts parts = parts(choice, classes, null);
    out.putByte(RECORDS);
    out.putString(type.getName());
    for (int i = 0; i < list.size(); i++) {
      Object element = list.get(i);
      if (element == null || element.getClass() != type) {
        return false;
      }
      if (parts != null) {
        if (parts.replace(element) instanceof Embedded part) {
          out.putByte(EMBEDDED);
          out.putVarInt(part.bytes.length);
          out.putBytes(part.bytes, 0, part.bytes.length);
          continue;
        }
        if (shape.hasOtherParts(element, choice)) {
          return false;
        }
      }
      out.putByte(IN_PLACE); // Every element takes a byte at least, so that counts can be checked.
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

  private void writeObject(Object value, ByteSink out, Choice choice, Consumer<Class<?>> classes) {
    try (KryoPools.Entry entry = pools.take(pools.loaderFor(value))) {
      Carrier carrier = value instanceof Carrier holder ? holder : null;
      entry.kryo.tell(classes, new Parts(this, choice, false, classes, null, carrier));
      entry.kryo.leaveApart(out);
      entry.kryo.writeClassAndObject(entry.output, value);
      out.putByte(OBJECT);
      out.putBytes(entry.output.getBuffer(), 0, entry.output.position());
    } catch (UnknownSerializerException | PayloadTooLargeException e) {
      throw e;
    } catch (KryoBufferOverflowException e) {
      throw new PayloadTooLargeException(Integer.MAX_VALUE);
    } catch (RuntimeException | Error e) { // Of users' hooks, too.
      throw Diagnosis.blame(new Subject(Subject.Role.VALUE, ""), value, e);
    }
  }

  /** What does not go with the rest inside Kryo's stream. */
  Parts parts(Choice choice, Consumer<Class<?>> classes, @Nullable LargeParts large) {
    return new Parts(this, choice, false, classes, large);
  }

  /** The choice that made these bytes, as far as they tell: what was said of parts they do not. */
  public static Choice choiceOf(Payload payload) {
    byte[] encoded = payload.head();
    return encoded.length > 1 && encoded[0] == NAMED
        ? Choice.only(new ByteSource(encoded, 1, encoded.length - 1).readString())
        : Choice.DEFAULT;
  }

  /** Writes what {@link LargeParts.Finder#bytes} takes, in a value's place. */
  public static void writeKept(byte[] reference, ByteSink out) {
    out.putByte(KEPT);
    out.putBytes(reference, 0, reference.length);
  }

  /** As {@link #read(byte[], int, int, ClassLoader)}, of a value whose bytes somebody may keep. */
  public @Nullable Object read(
      byte[] encoded, int offset, int length, ClassLoader loader, LargeParts.Finder kept) {
    if (length == 0 || encoded[offset] != KEPT) {
      return read(encoded, offset, length, loader);
    }
    return read(
        kept.bytes(Arrays.copyOfRange(encoded, offset + 1, offset + length), loader), loader);
  }

  /** Reads all of {@code encoded}. */
  public @Nullable Object read(byte[] encoded, ClassLoader loader) {
    return read(encoded, 0, encoded.length, loader);
  }

  /** Reads what {@link #encode} made; the arrays beside its head become parts of the value. */
  public @Nullable Object read(Payload encoded, ClassLoader loader) {
    return read(encoded.head(), 0, encoded.head().length, encoded.arrays(), loader);
  }

  /**
   * Reads one value from exactly these bytes; classes come from {@code loader}. Allocates no more
   * than a small multiple of {@code length}, whatever the bytes say.
   *
   * @throws CorruptPayloadException if the bytes are damaged or a class is missing
   */
  public @Nullable Object read(byte[] encoded, int offset, int length, ClassLoader loader) {
    return read(encoded, offset, length, NO_ARRAYS, loader);
  }

  private @Nullable Object read(
      byte[] encoded, int offset, int length, Object[] apart, ClassLoader loader) {
    ByteSource in = new ByteSource(encoded, offset, length);
    int tag = in.readByte();
    if (tag == OBJECT) {
      return ClosureCodec.read(
          pools, this, LargeParts.Finder.NONE, encoded, in.position, in.remaining(), apart, loader);
    }
    Object value;
    try {
      value =
          switch (tag) {
            case NAMED -> readNamed(in, loader);
            case APART -> {
              int type = in.readByte();
              yield PrimitiveArrays.find(apart, in.readVarInt(), type);
            }
            default -> readFast(tag, in, loader);
          };
    } catch (CorruptPayloadException e) {
      throw e;
    } catch (StackOverflowError e) {
      throw ClosureCodec.tooDeep(e);
    } catch (RuntimeException | Error e) { // Of users' hooks, too.
      throw ClosureCodec.unreadable(e, loader);
    }
    if (in.remaining() != 0) {
      throw ByteSource.corrupt("[" + in.remaining() + "] bytes are left over");
    }
    return value;
  }

  private Object readNamed(ByteSource in, ClassLoader loader) {
    String serializer = in.readString();
    int length = in.remaining();
    int start = in.take(length);
    if (serializer.equals(SerializerRegistry.JAVA)) {
      return JavaCodec.read(in.array, start, length, this, LargeParts.Finder.NONE, loader);
    }
    if (!SerializerRegistry.isName(serializer)) {
      throw ByteSource.corrupt("they name a serializer of an impossible name");
    }
    byte[] bytes = Arrays.copyOfRange(in.array, start, start + length);
    return plugged(serializer, "the bytes of a value")
        .read(bytes, context(serializer, loader, CodecKryo.IGNORED));
  }

  private @Nullable Object readFast(int tag, ByteSource in, ClassLoader loader) {
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

  private List<@Nullable Object> readElements(ByteSource in, ClassLoader loader) {
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
          if (in.readByte() == EMBEDDED) {
            int length = in.readCount(1);
            list.add(read(in.array, in.take(length), length, loader));
          } else {
            list.add(shape.read(in));
          }
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
