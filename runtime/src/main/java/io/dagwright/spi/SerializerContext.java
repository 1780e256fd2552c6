package io.dagwright.spi;

import java.util.function.Function;

/** What a {@link ValueSerializer} must know about where it writes or reads. Thread-safe. */
public interface SerializerContext {

  /** Finds the classes of the session whose value it is; no other loader does. */
  ClassLoader loader();

  /**
   * Says that reading will need a class, so that it can be shipped to workers that lack it. Classes
   * it refers to need not be named, nor those of the JDK. Without effect when reading.
   */
  void needs(Class<?> type);

  /** Whether an instance of this class may be made from bytes. */
  boolean allows(Class<?> type);

  /**
   * What this serializer keeps for {@link #loader}, such as what it learned of its classes; it
   * lives no longer than that loader.
   *
   * @param make called if there is nothing yet, maybe by several threads, of which one wins; its
   *     context may be kept, and has the same loader, but whatever it is told of classes is lost
   */
  <S> S remembered(Class<S> type, Function<? super SerializerContext, ? extends S> make);
}
