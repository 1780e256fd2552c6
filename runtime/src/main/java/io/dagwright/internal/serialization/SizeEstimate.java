package io.dagwright.internal.serialization;

import java.lang.reflect.Array;
import java.lang.reflect.Field;
import java.nio.Buffer;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.RandomAccess;
import org.jspecify.annotations.Nullable;

/**
 * About how much heap a value takes, in bounded time: arrays by their length, elements of
 * collections by a sample, fields to a small depth. Shared objects count where they are met.
 */
final class SizeEstimate {

  private static final int HEADER_BYTES = 16;
  private static final int REFERENCE_BYTES = 4;
  private static final int ENTRY_BYTES = 48;
  private static final int DEPTH_MAX = 4;
  private static final int SAMPLE_MAX = 16;

  private static final ClassValue<Field[]> FIELDS =
      new ClassValue<>() {
        @Override
        protected Field[] computeValue(Class<?> type) {
          try {
            return FieldsSerializer.of(type).toArray(new Field[0]);
          } catch (RuntimeException e) {
            return new Field[0]; // Not open to us: counts as an empty object.
          }
        }
      };

  private SizeEstimate() {}

  static long of(@Nullable Object value) {
    try {
      return of(value, 0);
    } catch (RuntimeException | Error e) {
      return HEADER_BYTES; // A collection of a user's that fails when it is looked at.
    }
  }

  private static long of(@Nullable Object value, int depth) {
    if (value == null) {
      return 0;
    }
    if (value instanceof String text) {
      return 40L + text.length();
    }
    if (value instanceof Number || value instanceof Boolean || value instanceof Character) {
      return HEADER_BYTES;
    }
    Class<?> type = value.getClass();
    if (type.isArray()) {
      return ofArray(value, type.getComponentType(), depth);
    }
    if (value instanceof Enum<?> || value instanceof Class<?>) {
      return 0;
    }
    if (value instanceof Buffer buffer) {
      return (long) HEADER_BYTES + buffer.capacity();
    }
    if (depth >= DEPTH_MAX) {
      return HEADER_BYTES;
    }
    if (value instanceof Collection<?> collection) {
      return ofCollection(collection, depth);
    }
    if (value instanceof Map<?, ?> map) {
      return ofMap(map, depth);
    }
    if (value instanceof Optional<?> optional) {
      return HEADER_BYTES + of(optional.orElse(null), depth + 1);
    }
    return ofFields(value, depth);
  }

  private static long ofArray(Object array, Class<?> component, int depth) {
    int length = Array.getLength(array);
    if (component.isPrimitive()) {
      return HEADER_BYTES + (long) length * widthOf(component);
    }
    Object[] elements = (Object[]) array;
    int step = Math.max(1, length / SAMPLE_MAX);
    long sampled = 0;
    int count = 0;
    for (int i = 0; i < length && depth < DEPTH_MAX; i += step) {
      sampled += of(elements[i], depth + 1);
      count++;
    }
    return HEADER_BYTES + (long) length * REFERENCE_BYTES + scale(sampled, count, length);
  }

  private static long ofCollection(Collection<?> collection, int depth) {
    int size = collection.size();
    long sampled = 0;
    int count = 0;
    if (collection instanceof List<?> list && collection instanceof RandomAccess) {
      int step = Math.max(1, size / SAMPLE_MAX);
      for (int i = 0; i < size; i += step) {
        sampled += of(list.get(i), depth + 1);
        count++;
      }
      return 2 * HEADER_BYTES + (long) size * REFERENCE_BYTES + scale(sampled, count, size);
    }
    for (Object element : collection) {
      sampled += of(element, depth + 1);
      if (++count == SAMPLE_MAX) {
        break;
      }
    }
    return 3 * HEADER_BYTES + (long) size * ENTRY_BYTES + scale(sampled, count, size);
  }

  private static long ofMap(Map<?, ?> map, int depth) {
    long sampled = 0;
    int count = 0;
    for (Map.Entry<?, ?> entry : map.entrySet()) {
      sampled += of(entry.getKey(), depth + 1) + of(entry.getValue(), depth + 1);
      if (++count == SAMPLE_MAX) {
        break;
      }
    }
    return 3 * HEADER_BYTES + (long) map.size() * ENTRY_BYTES + scale(sampled, count, map.size());
  }

  private static long ofFields(Object value, int depth) {
    long total = HEADER_BYTES;
    if (Refusal.isJdk(value.getClass())) {
      return total + HEADER_BYTES;
    }
    for (Field field : FIELDS.get(value.getClass())) {
      if (field.getType().isPrimitive()) {
        total += widthOf(field.getType());
        continue;
      }
      try {
        total += REFERENCE_BYTES + of(field.get(value), depth + 1);
      } catch (IllegalAccessException e) {
        throw new IllegalStateException("fields were made accessible", e);
      }
    }
    return total;
  }

  private static long scale(long sampled, int count, int size) {
    return count == 0 ? 0 : (long) (sampled * ((double) size / count));
  }

  private static int widthOf(Class<?> primitive) {
    if (primitive == long.class || primitive == double.class) {
      return 8;
    }
    if (primitive == int.class || primitive == float.class) {
      return 4;
    }
    return primitive == short.class || primitive == char.class ? 2 : 1;
  }
}
