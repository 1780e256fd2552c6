package io.dagwright;

import static java.util.Objects.requireNonNull;

import io.dagwright.internal.serialization.SerializerRegistry;
import io.dagwright.internal.serialization.ShippedValues;

/**
 * Says of single values, classes and packages by which serializer they go, whatever is chosen for
 * what is around them.
 *
 * <p>A value stays what it is: the object that is given comes back, with its type and its {@code
 * equals}; its serializer is remembered for that object as long as it lives. Only its own bytes
 * change. What is inside it goes with it; an object that is also reachable from outside of it
 * arrives twice. Thread-safe.
 *
 * <p>A lambda that captures nothing is one object however often it is evaluated, so that what is
 * said of it holds everywhere. In the bytes of a serializer that was plugged in only the outermost
 * value counts.
 */
public final class Ship {

  private Ship() {}

  /**
   * Sends one function, or another object, field by field with the code it needs, as {@code
   * closure} does: for a lambda that captured what is not {@code Serializable}, where all else goes
   * by {@code java}.
   *
   * @return the same object
   * @throws IllegalArgumentException for a number, a string or a character
   */
  public static <T> T byValue(T value) {
    return with(value, SerializerRegistry.CLOSURE);
  }

  /**
   * Sends instances of a class field by field, as {@code closure} does, and the lambdas and classes
   * written inside that class; from now on and for the whole JVM. Workers in other JVMs also take
   * the code of the class's package from here, even if they have the same: each session then has
   * static fields of its own.
   *
   * @return the same class
   */
  public static <T> Class<T> byValue(Class<T> type) {
    ShippedValues.ofThisJvm().add(type);
    return type;
  }

  /**
   * Sends instances of the classes of a package, not of its subpackages, field by field, as {@code
   * closure} does; from now on and for the whole JVM. Workers in other JVMs also take its code from
   * here, even if they have the same: each session then has static fields of its own.
   *
   * @return the same package
   */
  public static Package byValue(Package named) {
    ShippedValues.ofThisJvm().add(named);
    return named;
  }

  /**
   * Sends one object by a serializer.
   *
   * @return the same object
   * @throws io.dagwright.error.UnknownSerializerException if there is none of that name
   * @throws IllegalArgumentException for a number, a string or a character, which every serializer
   *     here writes as itself
   */
  public static <T> T with(T value, String serializer) {
    requireNonNull(value, "value");
    if (value instanceof Number
        || value instanceof String
        || value instanceof Boolean
        || value instanceof Character
        || value instanceof Class<?>) {
      throw new IllegalArgumentException(
          "["
              + value
              + "] is written as itself by every serializer, and is the same object for whoever has"
              + " an equal one. Choose a serializer for the object that holds it.");
    }
    ShippedValues.ofThisJvm().add(value, Serializers.require(serializer, "Ship.with"));
    return value;
  }
}
