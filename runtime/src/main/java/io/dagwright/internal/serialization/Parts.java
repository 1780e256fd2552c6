package io.dagwright.internal.serialization;

import java.lang.invoke.SerializedLambda;
import java.util.IdentityHashMap;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Finds the parts of one value that go by another serializer than the value, or as values of their
 * own, and makes bytes of them. Used for one write, by one thread.
 */
final class Parts {

  private final ValueCodec codec;
  private final Choice choice;
  private final Consumer<Class<?>> classes;
  private final @Nullable LargeParts large;
  private final boolean isJava;
  private final boolean arePossible;
  private final @Nullable Carrier carrier;
  private @Nullable IdentityHashMap<Object, Embedded> embedded;

  /**
   * Parts of what is being written.
   *
   * @param isJava whether Java serialization writes what is around them; otherwise Kryo does
   * @param classes told of the classes that reading the parts needs
   * @param large keeps large ones apart; null if they stay
   */
  Parts(
      ValueCodec codec,
      Choice choice,
      boolean isJava,
      Consumer<Class<?>> classes,
      @Nullable LargeParts large) {
    this(codec, choice, isJava, classes, large, null);
  }

  /** Parts of what is being written, and of a carrier if it is one. */
  Parts(
      ValueCodec codec,
      Choice choice,
      boolean isJava,
      Consumer<Class<?>> classes,
      @Nullable LargeParts large,
      @Nullable Carrier carrier) {
    this.codec = codec;
    this.choice = choice;
    this.isJava = isJava;
    this.classes = classes;
    this.large = large;
    this.arePossible = arePossible(choice);
    this.carrier = carrier;
  }

  /** Whether there can be such parts at all. */
  static boolean arePossible(Choice choice) {
    return ShippedValues.ofThisJvm().isUsed() || !choice.bindings().isEmpty();
  }

  Consumer<Class<?>> classes() {
    return classes;
  }

  /** The serializer for a part; null if it goes with what is around it. */
  @Nullable String serializerOf(Object part) {
    if (part instanceof String
        || part instanceof Number
        || part instanceof Boolean
        || part instanceof Class<?>
        || part instanceof Embedded) {
      return null;
    }
    String serializer = chosen(part);
    return serializer == null || goesWithTheRest(serializer) ? null : serializer;
  }

  /** Whether somebody said by which serializer this object, or its class, goes. */
  boolean isChosen(Object part) {
    return isChosen(part, choice);
  }

  /** As above, of what is written with a choice. */
  static boolean isChosen(Object part, Choice choice) {
    return ShippedValues.ofThisJvm().serializerOf(part) != null
        || choice.bound(part.getClass()) != null;
  }

  private @Nullable String chosen(Object part) {
    String said = ShippedValues.ofThisJvm().serializerOf(part);
    return said == null ? choice.bound(part.getClass()) : said;
  }

  private boolean goesWithTheRest(String serializer) {
    return isJava
        ? serializer.equals(SerializerRegistry.JAVA)
        : serializer.equals(SerializerRegistry.KRYO)
            || serializer.equals(SerializerRegistry.CLOSURE);
  }

  /** What to write in a part's place: its bytes, or the part itself. */
  Object replace(Object part) {
    Embedded before = embedded == null ? null : embedded.get(part);
    if (before != null) {
      return before;
    }
    String serializer = arePossible ? serializerOf(part) : null;
    if (serializer == null) {
      return large == null ? part : large.replace(part, codec, choice, classes);
    }
    ByteSink out = new ByteSink();
    codec.writeBy(serializer, part, out, choice, classes);
    return remember(part, new Embedded(out.toByteArray()));
  }

  /** What to write in the place of one of several {@link Values}. */
  Object replaceValue(Object value) {
    Embedded before = embedded == null ? null : embedded.get(value);
    if (before != null) {
      return before;
    }
    String chosen = arePossible ? chosen(value) : null;
    String serializer = chosen == null ? choice.serializer() : chosen;
    if (carrier != null && carrier.asideBytesMin() < Long.MAX_VALUE) {
      ByteSink out = ByteSink.forPayload();
      if (!codec.writeAlone(serializer, value, out, choice, classes)) {
        return value;
      }
      Payload payload = out.toPayload();
      String file =
          payload.sizeBytes() < carrier.asideBytesMin() ? null : carrier.putAside(payload);
      if (file != null) {
        return remember(value, new Embedded(file));
      }
      if (payload.isPlain()) {
        return remember(value, new Embedded(payload.head()));
      }
    }
    ByteSink out = new ByteSink();
    return codec.writeAlone(serializer, value, out, choice, classes)
        ? remember(value, new Embedded(out.toByteArray()))
        : value;
  }

  private Embedded remember(Object part, Embedded bytes) {
    if (embedded == null) {
      embedded = new IdentityHashMap<>();
    }
    embedded.put(part, bytes);
    return bytes;
  }

  /** As {@link #replace}, for what Java serialization makes of a lambda. */
  Object replaceLambda(SerializedLambda form, ClassLoader loader) {
    ShippedValues said = ShippedValues.ofThisJvm();
    Object lambda = said.lambdaOf(form);
    if (lambda == null && said.isUsed()) {
      Class<?> within =
          MissingClassException.load(form.getCapturingClass().replace('/', '.'), loader);
      lambda = said.isByValue(within) ? LambdaForm.rebuild(form, within) : null;
    }
    return lambda == null ? form : replace(lambda);
  }
}
