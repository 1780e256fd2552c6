package io.dagwright.codec.fory;

import io.dagwright.spi.SerializerContext;
import io.dagwright.spi.ValueSerializer;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.fory.Fory;
import org.apache.fory.ThreadSafeFory;

/**
 * Apache Fory, under the name {@code fory}. Classes need no registration; each is checked by name
 * before Fory uses it, so that only those of the session and plain ones of the JDK are made.
 *
 * <p>References and cycles are kept. From JDK 24 on Fory, like Kryo, has the JVM print a warning
 * unless it is started with {@code --sun-misc-unsafe-memory-access=allow}. Thread-safe.
 */
public final class ForySerializer implements ValueSerializer {

  private static final int INSTANCES_MAX = 8;
  private static final int DEPTH_MAX = 200;

  /** Found through its service file. */
  public ForySerializer() {}

  /** A few Forys for one class loader, and the classes they have met. */
  private static final class Pool {

    final Set<Class<?>> met = ConcurrentHashMap.newKeySet();
    final ThreadSafeFory forys;

    Pool(SerializerContext context) {
      ClassLoader loader = context.loader();
      forys =
          Fory.builder()
              .withXlang(false)
              .withClassLoader(loader)
              .withRefTracking(true)
              .withMaxDepth(DEPTH_MAX)
              .requireClassRegistration(false)
              .suppressClassRegistrationWarnings(true)
              .withTypeChecker((resolver, name) -> isAllowed(name, context))
              .buildThreadSafeForyPool(INSTANCES_MAX);
    }

    private boolean isAllowed(String name, SerializerContext context) {
      try {
        Class<?> type = Class.forName(name, false, context.loader());
        if (!context.allows(type)) {
          return false;
        }
        met.add(type);
        return true;
      } catch (ClassNotFoundException | LinkageError e) {
        return false;
      }
    }
  }

  @Override
  public String name() {
    return "fory";
  }

  @Override
  public byte[] write(Object value, SerializerContext context) {
    Pool pool = pool(context);
    byte[] bytes = pool.forys.serialize(value);
    pool.met.forEach(context::needs); // Fory asks about each class once, so we say all we know.
    return bytes;
  }

  @Override
  public Object read(byte[] bytes, SerializerContext context) {
    Object value = pool(context).forys.deserialize(bytes);
    if (value == null) {
      throw new IllegalArgumentException("there is no value in the bytes");
    }
    return value;
  }

  private static Pool pool(SerializerContext context) {
    return context.remembered(Pool.class, Pool::new);
  }
}
