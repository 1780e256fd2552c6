package io.dagwright.agent;

import java.lang.instrument.Instrumentation;
import org.jspecify.annotations.Nullable;

/**
 * Lets lambdas and method references of any type be sent, also of those that are not {@code
 * Serializable}, such as {@code java.util.function.Function}: {@code java
 * -javaagent:dagwright-agent.jar …} on the client. Workers need no agent.
 *
 * <p>As each class is loaded, its lambdas are made {@code Serializable}, as a cast to {@code (Type
 * & Serializable)} would. Classes of the JDK and of frameworks are left alone. Arguments, all
 * optional: {@code -javaagent:dagwright-agent.jar=include=com.acme,org.foo;exclude=com.acme.web},
 * where names are packages with their subpackages; if any is included, no other is.
 */
public final class LambdaAgent {

  private LambdaAgent() {}

  /**
   * Called by the JVM.
   *
   * @throws IllegalArgumentException if the arguments mean nothing; the JVM then does not start
   */
  public static void premain(@Nullable String arguments, Instrumentation instrumentation) {
    instrumentation.addTransformer(
        new LambdaTransformer(PackageFilter.parse(arguments == null ? "" : arguments)));
  }
}
