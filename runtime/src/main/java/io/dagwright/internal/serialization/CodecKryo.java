package io.dagwright.internal.serialization;

import com.esotericsoftware.kryo.kryo5.Kryo;
import com.esotericsoftware.kryo.kryo5.Registration;
import com.esotericsoftware.kryo.kryo5.Serializer;
import com.esotericsoftware.kryo.kryo5.io.Output;
import com.esotericsoftware.kryo.kryo5.objenesis.strategy.StdInstantiatorStrategy;
import com.esotericsoftware.kryo.kryo5.serializers.ClosureSerializer;
import com.esotericsoftware.kryo.kryo5.serializers.EnumNameSerializer;
import com.esotericsoftware.kryo.kryo5.util.DefaultClassResolver;
import com.esotericsoftware.kryo.kryo5.util.MapReferenceResolver;
import java.lang.invoke.SerializedLambda;
import java.lang.reflect.InvocationHandler;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.time.MonthDay;
import java.time.OffsetDateTime;
import java.time.OffsetTime;
import java.time.Period;
import java.time.Year;
import java.time.YearMonth;
import java.time.ZonedDateTime;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Kryo as we use it: references on, classes by name from one loader only, and one decision per
 * class about how it is written.
 *
 * <p>JDK types have serializers of their own or their Java form behind a filter; user classes go by
 * fields, synthetic ones included, unless they take Java serialization into their own hands. What
 * cannot work is refused when it is written. No constructor of a user class runs when it is read.
 */
final class CodecKryo extends Kryo {

  static final Consumer<Class<?>> IGNORED = type -> {};

  private static final Object[] NO_ARRAYS = {};

  /** JDK types for which Kryo's own serializers are right. */
  private static final Set<Class<?>> STOCK =
      Set.of(
          BigInteger.class,
          BigDecimal.class,
          Optional.class,
          OptionalInt.class,
          OptionalLong.class,
          OptionalDouble.class,
          Duration.class,
          Instant.class,
          LocalDate.class,
          LocalTime.class,
          LocalDateTime.class,
          OffsetTime.class,
          OffsetDateTime.class,
          ZonedDateTime.class,
          Year.class,
          YearMonth.class,
          MonthDay.class,
          Period.class);

  private final ClassLoader loader;

  /** Told of every class whose name is written. */
  private Consumer<Class<?>> named = IGNORED;

  /** What does not go with the rest in what is being written. */
  private @Nullable Parts parts;

  /** Reads what went by other serializers. */
  private @Nullable ValueCodec codec;

  private LargeParts.Finder finder = LargeParts.Finder.NONE;

  /** Takes arrays that go beside what is being written. */
  private @Nullable ByteSink apart;

  /** The arrays beside what is being read. */
  private Object[] arrays = NO_ARRAYS;

  CodecKryo(ClassLoader loader) {
    super(new OneLoader(loader), new StrictReferences());
    this.loader = loader;
    setClassLoader(loader);
    setRegistrationRequired(false);
    setReferences(true);
    setInstantiatorStrategy(new StdInstantiatorStrategy());
    register(ClosureSerializer.Closure.class, new LambdaSerializer());
    register(SerializedLambda.class, new LambdaSerializer());
    register(InvocationHandler.class, new LambdaSerializer.PlaceholderSerializer());
    register(Class.class, new ClassSerializer());
    register(Embedded.class, new Embedded.InKryo());
    register(LargeParts.Reference.class, new LargeParts.Reference.InKryo());
    register(Values.class, new Values.InKryo());
  }

  /** Whether this JDK type is handled though it is not {@code Serializable}. */
  static boolean isCovered(Class<?> type) {
    return STOCK.contains(type);
  }

  ClassLoader loader() {
    return loader;
  }

  /**
   * For what is written next: tells of the classes whose names it writes.
   *
   * @param others what does not go with the rest
   */
  void tell(Consumer<Class<?>> of, Parts others) {
    named = of;
    parts = others;
  }

  /** For what is read next: how to read what went by other serializers, or apart. */
  void readParts(ValueCodec by, LargeParts.Finder with) {
    codec = by;
    finder = with;
  }

  /** For what is written next: where large primitive arrays go, which stay as they are. */
  void leaveApart(ByteSink to) {
    apart = to;
  }

  /** For what is read next: the arrays beside it. */
  void readApart(Object[] from) {
    arrays = from;
  }

  int putApart(Object array) {
    return apart == null ? -1 : apart.putApart(array);
  }

  Object findApart(int index, int tag) {
    return PrimitiveArrays.find(arrays, index, tag);
  }

  /** Forgets what was for one value only. */
  void forget() {
    reset();
    named = IGNORED;
    parts = null;
    codec = null;
    finder = LargeParts.Finder.NONE;
    apart = null;
    arrays = NO_ARRAYS;
  }

  /** Finds a part that was kept apart. */
  Object findPart(byte[] reference) {
    return finder.find(reference, loader);
  }

  /** Reads a part that went by another serializer. */
  Object readPart(Payload bytes) {
    Object part = codec == null ? null : codec.read(bytes, loader);
    if (part == null) {
      throw ByteSource.corrupt("a part is missing");
    }
    return part;
  }

  @Override
  public void writeClassAndObject(Output output, @Nullable Object object) {
    Parts others = parts;
    super.writeClassAndObject(
        output, others == null || object == null ? object : others.replace(object));
  }

  /** Writes one of several {@link Values}. */
  void writeValue(Output output, @Nullable Object value) {
    Parts others = parts;
    super.writeClassAndObject(
        output, others == null || value == null ? value : others.replaceValue(value));
  }

  /** Whether somebody said by which serializer this object, or its class, goes. */
  boolean isChosen(Object object) {
    return parts != null && parts.isChosen(object);
  }

  /** A lambda is written. */
  void note(Class<?> type, SerializedLambda form) {
    named.accept(
        type == SerializedLambda.class
            ? MissingClassException.load(form.getCapturingClass().replace('/', '.'), loader)
            : type);
    if (named instanceof CodeListener listener) {
      listener.acceptLambda(form, loader);
    }
  }

  @Override
  @SuppressWarnings("rawtypes") // Kryo's signature.
  public Serializer getDefaultSerializer(Class type) {
    Class<?> known = type;
    Refusal refusal = Refusal.of(known);
    if (refusal != null) {
      throw new RefusedException(known.getName() + ": " + refusal.reason());
    }
    if (known.isArray()) {
      return known.getComponentType().isPrimitive()
          ? new ArraySerializers.OfPrimitives(known.getComponentType())
          : new ArraySerializers.OfObjects(known.getComponentType());
    }
    if (known.isEnum()) {
      return enumSerializer(known);
    }
    if (known.isRecord()) {
      return new RecordSerializer(known);
    }
    if (!Refusal.isJdk(known)) {
      return Refusal.hasJavaForm(known) ? new JavaFormSerializer() : new FieldsSerializer(known);
    }
    if (known.isPrimitive() || STOCK.contains(known)) {
      return super.getDefaultSerializer(known);
    }
    if (known == Object.class) {
      return new FieldsSerializer(known);
    }
    Serializer<?> container = ContainerSerializers.of(known);
    return container != null ? container : new JavaFormSerializer();
  }

  @SuppressWarnings({"unchecked", "rawtypes"}) // An enum class that is known only at run time.
  private static Serializer<?> enumSerializer(Class<?> type) {
    return new EnumNameSerializer((Class<? extends Enum>) type);
  }

  /** Finds classes by name in the one loader; never in the loader that has Kryo itself. */
  private static final class OneLoader extends DefaultClassResolver {

    private final ClassLoader loader;

    OneLoader(ClassLoader loader) {
      this.loader = loader;
    }

    @Override
    @SuppressWarnings("rawtypes") // Kryo's signature.
    protected void writeName(Output output, Class type, Registration registration) {
      ((CodecKryo) kryo).named.accept(type);
      super.writeName(output, type, registration);
    }

    @Override
    @SuppressWarnings("rawtypes") // Kryo's signature.
    protected Class<?> getTypeByName(String className) {
      Class<?> known = super.getTypeByName(className);
      return known != null ? known : MissingClassException.load(className, loader);
    }
  }

  /** An object that waits for its own contents and can stand in for itself meanwhile. */
  interface Unfinished {
    Object standIn();
  }

  /** References that are used before the object is complete fail instead of reading as null. */
  private static final class StrictReferences extends MapReferenceResolver {

    @Override
    @SuppressWarnings("rawtypes") // Kryo's signature.
    public @Nullable Object getReadObject(Class type, int id) {
      if (id >= readObjects.size()) {
        throw ByteSource.corrupt("a reference points nowhere");
      }
      Object object = super.getReadObject(type, id);
      if (object instanceof Unfinished unfinished) {
        return unfinished.standIn();
      }
      if (object == null) {
        throw ByteSource.corrupt(
            "an immutable object refers to itself, which can be written but not read");
      }
      return object;
    }
  }

  private static final class ClassSerializer extends Serializer<Class<?>> {

    private static final Class<?>[] PRIMITIVES = {
      boolean.class,
      byte.class,
      short.class,
      char.class,
      int.class,
      long.class,
      float.class,
      double.class,
      void.class
    };

    ClassSerializer() {
      super(false, true);
    }

    @Override
    public void write(Kryo kryo, Output output, Class<?> object) {
      ((CodecKryo) kryo).named.accept(object);
      output.writeString(object.getName());
    }

    @Override
    public Class<?> read(
        Kryo kryo, com.esotericsoftware.kryo.kryo5.io.Input input, Class<? extends Class<?>> type) {
      String name = input.readString();
      for (Class<?> primitive : PRIMITIVES) {
        if (primitive.getName().equals(name)) {
          return primitive;
        }
      }
      return MissingClassException.load(name, kryo.getClassLoader());
    }
  }
}
