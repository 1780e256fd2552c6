package io.dagwright.internal.serialization;

import com.esotericsoftware.kryo.kryo5.Kryo;
import com.esotericsoftware.kryo.kryo5.Serializer;
import com.esotericsoftware.kryo.kryo5.io.Input;
import com.esotericsoftware.kryo.kryo5.io.Output;
import java.io.Serializable;
import java.lang.reflect.Array;
import java.util.Collection;
import java.util.IdentityHashMap;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Takes large arrays, texts and collections of plain values out of the functions of one submission,
 * so that the bytes of functions that captured the same one do not each have a copy. Who reads puts
 * one object there for all of them. Used by one thread.
 *
 * <p>Objects of users' classes stay where they are, since others may refer to them; what is large
 * inside them is taken out.
 */
public final class LargeParts {

  private static final int DEPTH_MAX = 3;

  private final long minBytes;
  private final Keeper keeper;

  /** What is in a part's place; the part itself if it stays. */
  private final IdentityHashMap<Object, Object> known = new IdentityHashMap<>();

  /** Where the bytes of parts go. */
  public interface Keeper {
    /**
     * Keeps the bytes of a part; called once for each.
     *
     * @return what tells a {@link Finder} where they are
     */
    byte[] keep(Object part, byte[] bytes);
  }

  /** Whoever reads functions asks for their parts. */
  public interface Finder {

    /** For functions that come without anything that could keep parts for them. */
    Finder NONE =
        (reference, loader) -> {
          throw ByteSource.corrupt("they name a part that nobody kept");
        };

    /** The part, as {@link ValueCodec} reads it; the same object for all who ask. */
    Object find(byte[] reference, ClassLoader loader);

    /** The bytes of a part, for who wants an object of his own; not to be written to. */
    default byte[] bytes(byte[] reference, ClassLoader loader) {
      throw ByteSource.corrupt("they name a value that nobody kept");
    }
  }

  /**
   * For one submission.
   *
   * @param minBytes about the size from which something is large
   */
  public LargeParts(long minBytes, Keeper keeper) {
    this.minBytes = minBytes;
    this.keeper = keeper;
  }

  /** What to write in a part's place: the part itself if it is not large. */
  Object replace(Object part, ValueCodec codec, Choice choice, Consumer<Class<?>> classes) {
    if (!mayBeLarge(part) || SizeEstimate.of(part) < minBytes) {
      return part;
    }
    Object before = known.get(part);
    if (before == null) {
      before = part;
      if (isPlain(part, 0)) {
        ByteSink out = new ByteSink();
        codec.writeBy(SerializerRegistry.KRYO, part, out, choice, classes);
        before = new Reference(keeper.keep(part, out.toByteArray()));
      }
      known.put(part, before);
    }
    return before;
  }

  private boolean mayBeLarge(Object part) {
    return part instanceof String
        || (part.getClass().isArray() && part.getClass() != Object[].class)
        || ((part instanceof Collection<?> || part instanceof Map<?, ?>)
            && Refusal.isJdk(part.getClass()));
  }

  /** Whether nothing inside can be referred to from outside in a way that anybody notices. */
  private boolean isPlain(@Nullable Object value, int depth) {
    if (value == null
        || value instanceof Enum<?>
        || (value instanceof Comparable<?> && Refusal.isJdk(value.getClass()))) {
      return true; // Such as numbers, texts and dates.
    }
    if (depth > 0 && mayBeLarge(value) && SizeEstimate.of(value) >= minBytes) {
      return false; // It is this that is large, not what is around it.
    }
    if (value.getClass().isArray()) {
      return isPlainArray(value, depth);
    }
    if (depth == DEPTH_MAX) {
      return false;
    }
    if (value.getClass().isRecord()) {
      return RecordShape.of(value.getClass()) != null;
    }
    if (!Refusal.isJdk(value.getClass())) {
      return false;
    }
    if (value instanceof Collection<?> collection) {
      return collection.stream().allMatch(element -> isPlain(element, depth + 1));
    }
    return value instanceof Map<?, ?> map
        && map.entrySet().stream()
            .allMatch(
                entry ->
                    isPlain(entry.getKey(), depth + 1) && isPlain(entry.getValue(), depth + 1));
  }

  private boolean isPlainArray(Object array, int depth) {
    if (array.getClass().getComponentType().isPrimitive()) {
      return true;
    }
    int length = Array.getLength(array);
    for (int i = 0; i < length; i++) {
      if (depth == DEPTH_MAX || !isPlain(Array.get(array, i), depth + 1)) {
        return false;
      }
    }
    return true;
  }

  /** Where a part was. */
  static final class Reference implements Serializable {

    private static final long serialVersionUID = 1L;

    final byte[] bytes;

    Reference(byte[] bytes) {
      this.bytes = bytes;
    }

    /** The same inside Kryo's stream. */
    static final class InKryo extends Serializer<Object> {

      InKryo() {
        super(false, false);
      }

      @Override
      public void write(Kryo kryo, Output output, Object object) {
        byte[] bytes = ((Reference) object).bytes;
        output.writeVarInt(bytes.length, true);
        output.writeBytes(bytes);
      }

      @Override
      public Object read(Kryo kryo, Input input, Class<? extends Object> type) {
        return ((CodecKryo) kryo).findPart(input.readBytes(input.readVarInt(true)));
      }
    }
  }
}
