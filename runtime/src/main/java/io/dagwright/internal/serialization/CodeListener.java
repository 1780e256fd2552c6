package io.dagwright.internal.serialization;

import java.lang.invoke.SerializedLambda;
import java.util.function.Consumer;

/** Told of the code that bytes need, while they are made: of classes, and of lambdas in them. */
public interface CodeListener extends Consumer<Class<?>> {

  /**
   * A lambda is written.
   *
   * @param loader finds its class
   */
  void acceptLambda(SerializedLambda form, ClassLoader loader);
}
