package io.dagwright;

import java.io.Serializable;
import java.lang.reflect.Constructor;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.RecordComponent;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Comparator;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Finds lazies inside containers and puts their results in their place.
 *
 * <p>A container with a lazy somewhere inside becomes a {@link Part}, the rest is kept as it is.
 * Containers are lists, sets, maps, optionals, arrays and records, nested at most {@value
 * #MAX_DEPTH} deep.
 */
final class Nested {

  private static final int MAX_DEPTH = 200;

  private final IdentityHashMap<Lazy<?>, Integer> slots = new IdentityHashMap<>();
  private final List<Lazy<?>> found = new ArrayList<>();

  /** Something that is to be rebuilt with results. */
  sealed interface Part extends Serializable {
    @Nullable Object resolve(@Nullable Object[] results);
  }

  /** The lazies found so far, each once, in the order their results are expected. */
  List<Lazy<?>> found() {
    return found;
  }

  /** Replaces lazies in {@code value}; gives back {@code value} itself if there are none. */
  @Nullable Object strip(@Nullable Object value) {
    return strip(value, 0);
  }

  /** Puts results into what {@link #strip} gave. */
  static @Nullable Object resolve(@Nullable Object stripped, @Nullable Object[] results) {
    return stripped instanceof Part part ? part.resolve(results) : stripped;
  }

  private @Nullable Object strip(@Nullable Object value, int depth) {
    if (depth > MAX_DEPTH) {
      throw new IllegalArgumentException(
          "The argument nests containers more than "
              + MAX_DEPTH
              + " deep; does one contain itself? Pass flat values, or make the parts tasks.");
    }
    if (value instanceof Lazy<?> lazy) {
      return slot(lazy);
    } else if (value instanceof List<?> list) {
      return stripAll(list.toArray(), depth, Shape.LIST, value);
    } else if (value instanceof Set<?> set) {
      return stripAll(set.toArray(), depth, Shape.SET, value);
    } else if (value instanceof Object[] array) {
      return stripAll(array, depth, Shape.ARRAY, value);
    } else if (value instanceof Optional<?> optional && optional.isPresent()) {
      return stripAll(new @Nullable Object[] {optional.get()}, depth, Shape.OPTIONAL, value);
    } else if (value instanceof Map<?, ?> map) {
      return stripMap(map, depth);
    } else if (value instanceof Record record) {
      return stripRecord(record, depth);
    }
    return value;
  }

  private Slot slot(Lazy<?> lazy) {
    Integer index = slots.putIfAbsent(lazy, found.size());
    if (index == null) {
      index = found.size();
      found.add(lazy);
    }
    return new Slot(index);
  }

  private Object stripAll(@Nullable Object[] elements, int depth, Shape shape, Object original) {
    @Nullable Object[] parts = stripElements(elements, depth);
    return parts == null ? original : new Items(shape, parts);
  }

  /** The elements with lazies replaced, null if there are none. */
  @SuppressWarnings("ReferenceEquality") // An element that was replaced is another object.
  private @Nullable Object @Nullable [] stripElements(@Nullable Object[] elements, int depth) {
    @Nullable Object @Nullable [] parts = null;
    for (int i = 0; i < elements.length; i++) {
      Object part = strip(elements[i], depth + 1);
      if (part != elements[i]) {
        if (parts == null) {
          parts = Arrays.copyOf(elements, elements.length, Object[].class);
        }
        parts[i] = part;
      }
    }
    return parts;
  }

  private Object stripMap(Map<?, ?> map, int depth) {
    @Nullable Object[] keys = map.keySet().toArray();
    @Nullable Object[] values = map.values().toArray();
    @Nullable Object[] keyParts = stripElements(keys, depth);
    @Nullable Object[] valueParts = stripElements(values, depth);
    if (keyParts == null && valueParts == null) {
      return map;
    }
    boolean sorted = map instanceof SortedMap<?, ?>;
    return new Entries(
        sorted,
        sorted ? ((SortedMap<?, ?>) map).comparator() : null,
        keyParts == null ? keys : keyParts,
        valueParts == null ? values : valueParts);
  }

  private Object stripRecord(Record record, int depth) {
    RecordComponent[] components = record.getClass().getRecordComponents();
    @Nullable Object[] values = new @Nullable Object[components.length];
    for (int i = 0; i < values.length; i++) {
      values[i] = read(record, components[i]);
    }
    @Nullable Object[] parts = stripElements(values, depth);
    if (parts == null) {
      return record;
    }
    for (int i = 0; i < parts.length; i++) {
      if (parts[i] instanceof Slot && Lazy.class.equals(components[i].getType())) {
        throw new IllegalArgumentException(
            "Component ["
                + components[i].getName()
                + "] of record ["
                + record.getClass().getName()
                + "] is declared as Lazy, so it cannot hold the result in its place. Declare it as"
                + " a type parameter or as Object.");
      }
    }
    return new Fields(record.getClass(), parts);
  }

  private static @Nullable Object read(Record record, RecordComponent component) {
    try {
      var accessor = component.getAccessor();
      accessor.setAccessible(true);
      return accessor.invoke(record);
    } catch (ReflectiveOperationException e) {
      throw new IllegalArgumentException(
          "Could not read component [" + component.getName() + "] of [" + record + "]", e);
    }
  }

  private static @Nullable Object[] resolveAll(
      @Nullable Object[] parts, @Nullable Object[] results) {
    @Nullable Object[] values = parts.clone();
    for (int i = 0; i < values.length; i++) {
      values[i] = resolve(parts[i], results);
    }
    return values;
  }

  private enum Shape {
    LIST,
    SET,
    ARRAY,
    OPTIONAL
  }

  private record Slot(int index) implements Part {
    @Override
    public @Nullable Object resolve(@Nullable Object[] results) {
      return results[index];
    }
  }

  @SuppressWarnings("ArrayRecordComponent") // Never compared.
  private record Items(Shape shape, @Nullable Object[] parts) implements Part {
    @Override
    public @Nullable Object resolve(@Nullable Object[] results) {
      @Nullable Object[] values = resolveAll(parts, results);
      return switch (shape) {
        case LIST -> Collections.unmodifiableList(Arrays.asList(values));
        case SET -> Collections.unmodifiableSet(new LinkedHashSet<>(Arrays.asList(values)));
        case OPTIONAL -> Optional.ofNullable(values[0]);
        case ARRAY -> values;
      };
    }
  }

  @SuppressWarnings("ArrayRecordComponent") // Never compared.
  private record Entries(
      boolean sorted,
      @Nullable Comparator<?> comparator,
      @Nullable Object[] keys,
      @Nullable Object[] values)
      implements Part {

    @Override
    @SuppressWarnings({"unchecked", "NullAway"}) // Nulls were in the user's map already.
    public Object resolve(@Nullable Object[] results) {
      @Nullable Object[] newKeys = resolveAll(keys, results);
      @Nullable Object[] newValues = resolveAll(values, results);
      Map<Object, Object> map =
          sorted ? new TreeMap<>((Comparator<Object>) comparator) : new LinkedHashMap<>();
      for (int i = 0; i < newKeys.length; i++) {
        map.put(newKeys[i], newValues[i]);
      }
      return Collections.unmodifiableMap(map);
    }
  }

  @SuppressWarnings("ArrayRecordComponent") // Never compared.
  private record Fields(Class<? extends Record> type, @Nullable Object[] parts) implements Part {
    @Override
    public Object resolve(@Nullable Object[] results) {
      Class<?>[] types =
          Arrays.stream(type.getRecordComponents())
              .map(RecordComponent::getType)
              .toArray(Class<?>[]::new);
      try {
        Constructor<?> constructor = type.getDeclaredConstructor(types);
        constructor.setAccessible(true);
        return constructor.newInstance(resolveAll(parts, results));
      } catch (InvocationTargetException e) {
        throw new IllegalArgumentException(
            "Record [" + type.getName() + "] refused the results", e.getCause());
      } catch (ReflectiveOperationException e) {
        throw new IllegalArgumentException("Could not rebuild record [" + type.getName() + "]", e);
      }
    }
  }
}
