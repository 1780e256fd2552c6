package io.dagwright.internal.serialization;

import java.lang.invoke.SerializedLambda;
import java.lang.ref.Reference;
import java.lang.ref.ReferenceQueue;
import java.lang.ref.WeakReference;
import java.util.Collections;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.WeakHashMap;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * What a program said of single objects, of classes and of packages: by which serializer they go,
 * whatever is chosen for what is around them. Objects and classes are not kept alive. Thread-safe.
 *
 * <p>An object is known by its identity, so that nobody sees a wrapper. Therefore there is one of
 * these per JVM: the one state of the whole JVM that serialization has.
 */
public final class ShippedValues {

  private static final ShippedValues OF_THIS_JVM = new ShippedValues();

  private final Map<Key, String> values = new ConcurrentHashMap<>();
  private final Set<Key> lambdas = ConcurrentHashMap.newKeySet();
  private final Set<Class<?>> classes =
      Collections.synchronizedSet(Collections.newSetFromMap(new WeakHashMap<>()));
  private final Set<String> packages = ConcurrentHashMap.newKeySet();
  private final ReferenceQueue<Object> gone = new ReferenceQueue<>();
  private volatile boolean used;

  private ShippedValues() {}

  /** An object by identity; equal to itself even when the object is gone. */
  private static final class Key extends WeakReference<Object> {

    private final int hash;

    Key(Object object, @Nullable ReferenceQueue<Object> queue) {
      super(object, queue);
      hash = System.identityHashCode(object);
    }

    @Override
    public int hashCode() {
      return hash;
    }

    @Override
    @SuppressWarnings("ReferenceEquality") // Identity is the point.
    public boolean equals(@Nullable Object other) {
      if (this == other) {
        return true;
      }
      Object object = get();
      return object != null && other instanceof Key key && key.get() == object;
    }
  }

  public static ShippedValues ofThisJvm() {
    return OF_THIS_JVM;
  }

  /** From now on, and as long as it lives, this object goes by that serializer. */
  public void add(Object value, String serializer) {
    for (Reference<?> dead = gone.poll(); dead != null; dead = gone.poll()) {
      values.remove(dead);
      lambdas.remove(dead);
    }
    Key key = new Key(value, gone);
    values.put(key, serializer);
    if (LambdaForm.isLambda(value.getClass())) {
      lambdas.add(key);
    }
    used = true;
  }

  /** From now on instances of a class, and the lambdas and classes inside it, go by closure. */
  public void add(Class<?> type) {
    classes.add(type);
    used = true;
  }

  /** From now on instances of the classes of a package go by closure. */
  public void add(Package named) {
    packages.add(named.getName());
    used = true;
  }

  /** The packages of which something was said, or of a class of theirs. */
  public Set<String> packages() {
    if (!used) {
      return Set.of();
    }
    Set<String> all = new HashSet<>(packages);
    synchronized (classes) {
      classes.forEach(type -> all.add(type.getPackageName()));
    }
    return all;
  }

  /** Whether anything was ever said. */
  boolean isUsed() {
    return used;
  }

  /** The serializer of an object that something was said of; null of all others. */
  @Nullable String serializerOf(Object object) {
    if (!used) {
      return null;
    }
    String own = values.get(new Key(object, null));
    return own == null && isByValue(object.getClass()) ? SerializerRegistry.CLOSURE : own;
  }

  /** Whether a class, a class around it, or its package was named. */
  boolean isByValue(Class<?> type) {
    if (packages.contains(type.getPackageName())) {
      return true;
    }
    if (classes.isEmpty()) {
      return false;
    }
    Class<?> at = LambdaForm.isLambda(type) ? LambdaForm.capturingClass(type) : type;
    while (at != null && !classes.contains(at)) {
      at = at.getEnclosingClass();
    }
    return at != null;
  }

  /**
   * The lambda behind a form that Java serialization made of it, if something was said of it: that
   * very lambda, as far as captured values tell.
   */
  @Nullable Object lambdaOf(SerializedLambda form) {
    for (Key key : lambdas) {
      Object lambda = key.get();
      SerializedLambda own = lambda == null ? null : LambdaForm.of(lambda);
      if (own != null && isSame(own, form)) {
        return lambda;
      }
    }
    return null;
  }

  @SuppressWarnings("ReferenceEquality") // The same captured objects mean the same lambda.
  private static boolean isSame(SerializedLambda one, SerializedLambda other) {
    if (!one.getCapturingClass().equals(other.getCapturingClass())
        || !one.getImplClass().equals(other.getImplClass())
        || !one.getImplMethodName().equals(other.getImplMethodName())
        || !one.getImplMethodSignature().equals(other.getImplMethodSignature())
        || !one.getFunctionalInterfaceClass().equals(other.getFunctionalInterfaceClass())
        || one.getCapturedArgCount() != other.getCapturedArgCount()) {
      return false;
    }
    for (int i = 0; i < one.getCapturedArgCount(); i++) {
      Object left = one.getCapturedArg(i);
      Object right = other.getCapturedArg(i);
      boolean isBoxed = // Anew by each look at the lambda.
          left instanceof Number || left instanceof Character || left instanceof Boolean;
      if (left != right && !(isBoxed && left.equals(right))) {
        return false;
      }
    }
    return true;
  }
}
