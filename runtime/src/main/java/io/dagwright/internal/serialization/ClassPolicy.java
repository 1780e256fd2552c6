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
          "java.util.regex",
          "sun.util.calendar"); // Time zones.

  /**
   * Packages of libraries whose classes call what their fields say as soon as they are read,
   * compared or printed. Nobody sends them as values; forged bytes do.
   */
  private static final Set<String> TRAPS =
      Set.of(
          "bsh",
          "com.mchange.v2.c3p0",
          "com.mchange.v2.c3p0.impl",
          "com.rometools.rome.feed.impl",
          "com.sun.syndication.feed.impl",
          "org.apache.commons.beanutils",
          "org.apache.commons.collections.functors",
          "org.apache.commons.collections.keyvalue",
          "org.apache.commons.collections.map",
          "org.apache.commons.collections4.comparators",
          "org.apache.commons.collections4.functors",
          "org.apache.xalan.xsltc.trax",
          "org.codehaus.groovy.runtime",
          "org.mozilla.javascript",
          "org.python.core",
          "org.springframework.aop.framework",
          "org.springframework.beans.factory.support",
          "org.springframework.core",
          "javassist.util.proxy");

  private ClassPolicy() {}

  static boolean allows(Class<?> type) {
    Class<?> element = element(type);
    return element.isPrimitive() || (isOfUser(element) ? !isTrap(element) : isPlain(element));
  }

  static boolean isTrap(Class<?> type) {
    return TRAPS.contains(type.getPackageName());
  }

  /** Whether it is a class of the JDK that holds plain values, or an array of such. */
  static boolean isPlain(Class<?> type) {
    Class<?> element = element(type);
    return element.isPrimitive() || (Refusal.of(element) == null && isOnTheList(element));
  }

  /** Whether a class of the JDK is on the list, whatever else speaks against it. */
  static boolean isOnTheList(Class<?> type) {
    return type == SerializedLambda.class
        || Enum.class.isAssignableFrom(type)
        || PLAIN_PACKAGES.contains(type.getPackageName())
        || (Throwable.class.isAssignableFrom(type)
            && !type.getPackageName().startsWith("javax.management")); // One prints its content.
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
