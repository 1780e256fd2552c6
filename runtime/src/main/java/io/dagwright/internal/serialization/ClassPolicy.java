package io.dagwright.internal.serialization;

import java.lang.invoke.SerializedLambda;
import java.util.Set;

/**
 * Of which classes instances may be made from bytes: those of users, and those of the JDK that hold
 * plain values. What is refused when writing is refused when reading.
 */
final class ClassPolicy {

  /** Packages of the JDK that hold plain values; subpackages do not count. */
  private static final Set<String> PLAIN_PACKAGES =
      Set.of(
          "java.lang",
          "java.io",
          "java.math",
          "java.net",
          "java.sql",
          "java.text",
          "java.time",
          "java.time.chrono",
          "java.time.zone",
          "java.util",
          "java.util.concurrent",
          "java.util.concurrent.atomic",
          "java.util.concurrent.locks",
          "java.util.function",
          "java.util.regex");

  private ClassPolicy() {}

  static boolean allows(Class<?> type) {
    Class<?> element = element(type);
    return element.isPrimitive() || isOfUser(element) || isPlain(element);
  }

  /** Whether it is a class of the JDK that holds plain values, or an array of such. */
  static boolean isPlain(Class<?> type) {
    Class<?> element = element(type);
    return element.isPrimitive()
        || element == SerializedLambda.class
        || Throwable.class.isAssignableFrom(element)
        || (PLAIN_PACKAGES.contains(element.getPackageName()) && Refusal.of(element) == null);
  }

  /** Whether it is neither of the JDK nor primitive, or an array of such. */
  static boolean isOfUser(Class<?> type) {
    Class<?> element = element(type);
    return !element.isPrimitive() && !Refusal.isJdk(element);
  }

  private static Class<?> element(Class<?> type) {
    Class<?> element = type;
    while (element.isArray()) {
      element = element.getComponentType();
    }
    return element;
  }
}
