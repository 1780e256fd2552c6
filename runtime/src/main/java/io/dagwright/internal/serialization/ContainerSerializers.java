package io.dagwright.internal.serialization;

import com.esotericsoftware.kryo.kryo5.Kryo;
import com.esotericsoftware.kryo.kryo5.Serializer;
import com.esotericsoftware.kryo.kryo5.io.Input;
import com.esotericsoftware.kryo.kryo5.io.Output;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** The JDK's everyday collections and maps inside Kryo's stream. */
final class ContainerSerializers {

  private static final Map<Class<?>, Supplier<Collection<@Nullable Object>>> COLLECTIONS =
      Map.of(
          ArrayList.class, ArrayList::new,
          ArrayDeque.class, ArrayDeque::new,
          HashSet.class, HashSet::new,
          LinkedHashSet.class, LinkedHashSet::new);

  private static final Map<Class<?>, Supplier<Map<@Nullable Object, @Nullable Object>>> MAPS =
      Map.of(
          HashMap.class, HashMap::new,
          LinkedHashMap.class, LinkedHashMap::new,
          ConcurrentHashMap.class, ConcurrentHashMap::new);

  private static final Set<Class<?>> IMMUTABLE_LISTS =
      Set.of(List.of().getClass(), List.of(1).getClass());
  private static final Set<Class<?>> IMMUTABLE_SETS =
      Set.of(Set.of().getClass(), Set.of(1).getClass());
  private static final Set<Class<?>> IMMUTABLE_MAPS =
      Set.of(Map.of().getClass(), Map.of(1, 1).getClass());

  private ContainerSerializers() {}

  static boolean isImmutableList(Class<?> type) {
    return IMMUTABLE_LISTS.contains(type);
  }

  /** The serializer of exactly this class, or null. */
  static @Nullable Serializer<?> of(Class<?> type) {
    Supplier<Collection<@Nullable Object>> collection = COLLECTIONS.get(type);
    if (collection != null) {
      return new OfCollection(collection);
    }
    Supplier<Map<@Nullable Object, @Nullable Object>> map = MAPS.get(type);
    if (map != null) {
      return new OfMap(map);
    }
    if (type == TreeMap.class) {
      return new OfTreeMap();
    }
    if (type == TreeSet.class) {
      return new OfTreeSet();
    }
    if (IMMUTABLE_LISTS.contains(type)) {
      return new OfImmutable(ContainerSerializers::immutableList);
    }
    if (IMMUTABLE_SETS.contains(type)) {
      return new OfImmutable(elements -> Set.of(elements.toArray()));
    }
    return IMMUTABLE_MAPS.contains(type) ? new OfImmutableMap() : null;
  }

  /** Like the original: {@code List.of}, or {@code Stream.toList} if there is a null. */
  static List<@Nullable Object> immutableList(List<@Nullable Object> elements) {
    Object[] array = elements.toArray();
    return Arrays.asList(array).contains(null) ? Stream.of(array).toList() : List.of(array);
  }

  private static void writeElements(Kryo kryo, Output output, Collection<?> elements) {
    output.writeVarInt(elements.size(), true);
    for (Object element : elements) {
      kryo.writeClassAndObject(output, element);
    }
  }

  private static void readElements(Kryo kryo, Input input, Collection<@Nullable Object> into) {
    int size = BoundedInput.readCount(input);
    for (int i = 0; i < size; i++) {
      into.add(kryo.readClassAndObject(input));
    }
  }

  private static void writeEntries(Kryo kryo, Output output, Map<?, ?> map) {
    output.writeVarInt(map.size(), true);
    for (Map.Entry<?, ?> entry : map.entrySet()) {
      kryo.writeClassAndObject(output, entry.getKey());
      kryo.writeClassAndObject(output, entry.getValue());
    }
  }

  private static void readEntries(
      Kryo kryo, Input input, Map<@Nullable Object, @Nullable Object> into) {
    int size = BoundedInput.readCount(input);
    for (int i = 0; i < size; i++) {
      Object key = kryo.readClassAndObject(input);
      into.put(key, kryo.readClassAndObject(input));
    }
  }

  @SuppressWarnings("unchecked") // What was written in this place was a comparator or null.
  private static @Nullable Comparator<@Nullable Object> readComparator(Kryo kryo, Input input) {
    return (Comparator<@Nullable Object>) kryo.readClassAndObject(input);
  }

  private static final class OfCollection extends Serializer<Collection<@Nullable Object>> {

    private final Supplier<Collection<@Nullable Object>> create;

    OfCollection(Supplier<Collection<@Nullable Object>> create) {
      this.create = create;
    }

    @Override
    public void write(Kryo kryo, Output output, Collection<@Nullable Object> object) {
      writeElements(kryo, output, object);
    }

    @Override
    public Collection<@Nullable Object> read(
        Kryo kryo, Input input, Class<? extends Collection<@Nullable Object>> type) {
      Collection<@Nullable Object> collection = create.get();
      kryo.reference(collection);
      readElements(kryo, input, collection);
      return collection;
    }
  }

  private static final class OfMap extends Serializer<Map<@Nullable Object, @Nullable Object>> {

    private final Supplier<Map<@Nullable Object, @Nullable Object>> create;

    OfMap(Supplier<Map<@Nullable Object, @Nullable Object>> create) {
      this.create = create;
    }

    @Override
    public void write(Kryo kryo, Output output, Map<@Nullable Object, @Nullable Object> object) {
      writeEntries(kryo, output, object);
    }

    @Override
    public Map<@Nullable Object, @Nullable Object> read(
        Kryo kryo, Input input, Class<? extends Map<@Nullable Object, @Nullable Object>> type) {
      Map<@Nullable Object, @Nullable Object> map = create.get();
      kryo.reference(map);
      readEntries(kryo, input, map);
      return map;
    }
  }

  private static final class OfTreeMap
      extends Serializer<SortedMap<@Nullable Object, @Nullable Object>> {

    @Override
    public void write(
        Kryo kryo, Output output, SortedMap<@Nullable Object, @Nullable Object> object) {
      kryo.writeClassAndObject(output, object.comparator());
      writeEntries(kryo, output, object);
    }

    @Override
    public SortedMap<@Nullable Object, @Nullable Object> read(
        Kryo kryo,
        Input input,
        Class<? extends SortedMap<@Nullable Object, @Nullable Object>> type) {
      SortedMap<@Nullable Object, @Nullable Object> map =
          new TreeMap<>(readComparator(kryo, input));
      kryo.reference(map);
      readEntries(kryo, input, map);
      return map;
    }
  }

  private static final class OfTreeSet extends Serializer<SortedSet<@Nullable Object>> {

    @Override
    public void write(Kryo kryo, Output output, SortedSet<@Nullable Object> object) {
      kryo.writeClassAndObject(output, object.comparator());
      writeElements(kryo, output, object);
    }

    @Override
    public SortedSet<@Nullable Object> read(
        Kryo kryo, Input input, Class<? extends SortedSet<@Nullable Object>> type) {
      SortedSet<@Nullable Object> set = new TreeSet<>(readComparator(kryo, input));
      kryo.reference(set);
      readElements(kryo, input, set);
      return set;
    }
  }

  private static final class OfImmutable extends Serializer<Collection<@Nullable Object>> {

    private final Function<List<@Nullable Object>, Collection<@Nullable Object>> create;

    OfImmutable(Function<List<@Nullable Object>, Collection<@Nullable Object>> create) {
      super(false, true);
      this.create = create;
    }

    @Override
    public void write(Kryo kryo, Output output, Collection<@Nullable Object> object) {
      writeElements(kryo, output, object);
    }

    @Override
    public Collection<@Nullable Object> read(
        Kryo kryo, Input input, Class<? extends Collection<@Nullable Object>> type) {
      List<@Nullable Object> elements = new ArrayList<>();
      readElements(kryo, input, elements);
      return create.apply(elements);
    }
  }

  private static final class OfImmutableMap
      extends Serializer<Map<@Nullable Object, @Nullable Object>> {

    OfImmutableMap() {
      super(false, true);
    }

    @Override
    public void write(Kryo kryo, Output output, Map<@Nullable Object, @Nullable Object> object) {
      writeEntries(kryo, output, object);
    }

    @Override
    public Map<@Nullable Object, @Nullable Object> read(
        Kryo kryo, Input input, Class<? extends Map<@Nullable Object, @Nullable Object>> type) {
      Map<@Nullable Object, @Nullable Object> map = new LinkedHashMap<>();
      readEntries(kryo, input, map);
      return Map.copyOf(map);
    }
  }
}
