package io.dagwright.agent;

import java.util.ArrayList;
import java.util.List;

/**
 * Which classes are a user's.
 *
 * @param included starts of internal names; empty for all that are not excluded
 * @param excluded starts of internal names
 */
record PackageFilter(List<String> included, List<String> excluded) {

  /** The JDK's, and frameworks that make classes by the thousand or look at their lambdas. */
  private static final List<String> NEVER =
      List.of(
          "java/",
          "javax/",
          "jdk/",
          "sun/",
          "com/sun/",
          "ch/qos/logback/",
          "com/esotericsoftware/",
          "com/fasterxml/",
          "com/typesafe/",
          "groovy/",
          "io/dagwright/agent/",
          "io/dagwright/internal/",
          "io/netty/",
          "jakarta/",
          "kotlin/",
          "net/bytebuddy/",
          "org/apache/",
          "org/codehaus/",
          "org/hibernate/",
          "org/junit/",
          "org/objectweb/",
          "org/slf4j/",
          "org/springframework/",
          "scala/");

  static PackageFilter parse(String arguments) {
    List<String> included = new ArrayList<>();
    List<String> excluded = new ArrayList<>();
    for (String argument : arguments.split(";", -1)) {
      if (argument.isBlank()) {
        continue;
      }
      int equals = argument.indexOf('=');
      String name = argument.substring(0, Math.max(equals, 0)).strip();
      List<String> into =
          switch (name) {
            case "include" -> included;
            case "exclude" -> excluded;
            default ->
                throw new IllegalArgumentException(
                    "["
                        + argument
                        + "] is no argument of dagwright-agent; it takes"
                        + " include=package,package;exclude=package,package");
          };
      for (String each : argument.substring(equals + 1).split(",", -1)) {
        into.add(each.strip().replace('.', '/') + "/");
      }
    }
    return new PackageFilter(included, excluded);
  }

  /** Whether the class of this internal name, such as {@code com/acme/Etl}, is a user's. */
  boolean accepts(String name) {
    if (excluded.stream().anyMatch(name::startsWith)) {
      return false;
    }
    return included.isEmpty()
        ? NEVER.stream().noneMatch(name::startsWith)
        : included.stream().anyMatch(name::startsWith);
  }
}
