package io.dagwright.internal.serialization;

import static java.util.Map.entry;

import java.io.Externalizable;
import java.io.Serializable;
import java.lang.reflect.Field;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.lang.reflect.Proxy;
import java.util.Iterator;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Why instances of a class cannot leave the JVM, and what to do instead.
 *
 * @param reason one clause, without a full stop
 * @param cure what the user should do, one clause
 * @param perWorker the simple name of the type that each worker can make for itself; empty if that
 *     is no cure
 */
record Refusal(String reason, String cure, String perWorker) {

  Refusal(String reason, String cure) {
    this(reason, cure, "");
  }

  /**
   * What the user should do.
   *
   * @param variable what the instance is called in the user's source
   */
  String cure(String variable) {
    return perWorker.isEmpty()
        ? cure
        : "%s, or let each worker make one: WorkerLocal<%s> %s = WorkerLocal.of(\"%s\", () -> ...)"
            .formatted(cure, perWorker, variable, variable);
  }

  private Refusal perWorker(String className) {
    return new Refusal(reason, cure, className.substring(className.lastIndexOf('.') + 1));
  }

  private static final Refusal FILE =
      new Refusal(
          "an open stream belongs to one JVM",
          "pass the path or address and open it inside the task");
  private static final Refusal CONNECTION =
      new Refusal("connections belong to one JVM", "open it inside the task");
  private static final Refusal SOCKET =
      new Refusal("sockets belong to one JVM", "open it inside the task");
  private static final Refusal EXECUTOR =
      new Refusal(
          "executors own threads of one JVM",
          "create it inside the task, make the work tasks of their own");
  private static final Refusal MEMORY =
      new Refusal(
          "it is memory outside of the heap, which belongs to one process",
          "copy its content into an array");
  private static final Refusal LOCK =
      new Refusal(
          "a lock guards nothing in another JVM", "make the field transient or leave it out");
  private static final Refusal ACTOR =
      new Refusal(
          "an actor is reached through the actor system of this JVM",
          "return the value and send it from where the result is received");
  private static final Refusal REFLECTION =
      new Refusal("a handle on a method is valid in one JVM", "look it up inside the task");

  /** By the name of a class or interface; it holds for all its subtypes. */
  private static final Map<String, Refusal> KNOWN =
      Map.ofEntries(
          entry(
              "java.lang.Thread",
              new Refusal("threads belong to one JVM", "start it inside the task")),
          entry(
              "java.lang.ThreadGroup",
              new Refusal("threads belong to one JVM", "start it inside the task")),
          entry("java.util.concurrent.Executor", EXECUTOR),
          entry("java.util.concurrent.ExecutorService", EXECUTOR),
          entry(
              "java.util.Timer",
              new Refusal("timers own a thread of one JVM", "create it inside the task")),
          entry("java.net.Socket", SOCKET),
          entry("java.net.ServerSocket", SOCKET),
          entry("java.net.DatagramSocket", SOCKET),
          entry("java.io.InputStream", FILE),
          entry("java.io.OutputStream", FILE),
          entry("java.io.Reader", FILE),
          entry("java.io.Writer", FILE),
          entry("java.io.RandomAccessFile", FILE),
          entry("java.util.Scanner", FILE),
          entry("java.util.zip.ZipFile", FILE),
          entry(
              "sun.nio.ch.DirectBuffer", MEMORY), // Implemented by direct and mapped buffers alone.
          entry("java.lang.foreign.MemorySegment", MEMORY),
          entry("java.lang.foreign.Arena", MEMORY),
          entry("java.nio.channels.Channel", FILE),
          entry("java.nio.channels.Selector", FILE),
          entry("java.sql.Connection", CONNECTION),
          entry("java.sql.Statement", CONNECTION),
          entry("java.sql.ResultSet", CONNECTION),
          entry("javax.sql.DataSource", CONNECTION),
          entry("java.net.http.HttpClient", CONNECTION),
          entry(
              "java.util.stream.BaseStream",
              new Refusal(
                  "a stream can be read once and only here", "collect it into a list first")),
          entry("java.util.concurrent.locks.Lock", LOCK),
          entry("java.util.concurrent.locks.ReadWriteLock", LOCK),
          entry("java.util.concurrent.locks.Condition", LOCK),
          entry("java.util.concurrent.locks.StampedLock", LOCK),
          entry("java.util.concurrent.Semaphore", LOCK),
          entry("java.util.concurrent.CountDownLatch", LOCK),
          entry("java.util.concurrent.CyclicBarrier", LOCK),
          entry("java.util.concurrent.Phaser", LOCK),
          entry(
              "java.lang.ClassLoader",
              new Refusal("class loaders belong to one JVM", "ask for the loader inside the task")),
          entry(
              "java.util.concurrent.Future",
              new Refusal(
                  "a future is completed in this JVM only",
                  "pass its value, or make it an input of the task")),
          entry(
              "java.util.concurrent.CompletionStage",
              new Refusal(
                  "a future is completed in this JVM only",
                  "pass its value, or make it an input of the task")),
          entry(
              "java.lang.ThreadLocal",
              new Refusal(
                  "a thread-local holds values of this JVM's threads",
                  "pass its value, or make it a static field")),
          entry(
              "java.lang.Process",
              new Refusal("processes belong to one machine", "start it inside the task")),
          entry(
              "java.lang.ProcessHandle",
              new Refusal("processes belong to one machine", "start it inside the task")),
          entry(
              "java.lang.ref.Reference",
              new Refusal(
                  "a reference is known to this JVM's collector", "pass what it refers to")),
          entry("java.lang.reflect.AccessibleObject", REFLECTION),
          entry("java.lang.invoke.MethodHandle", REFLECTION),
          entry("java.lang.invoke.MethodHandles$Lookup", REFLECTION),
          entry("org.apache.pekko.actor.ActorRef", ACTOR),
          entry("org.apache.pekko.actor.ActorContext", ACTOR),
          entry("org.apache.pekko.actor.ClassicActorSystemProvider", ACTOR),
          entry("org.apache.pekko.actor.typed.ActorRef", ACTOR),
          entry("org.apache.pekko.actor.typed.ActorSystem", ACTOR),
          entry("org.apache.pekko.actor.typed.scaladsl.ActorContext", ACTOR));

  /** Of which each worker can well have one of its own. */
  private static final Set<Refusal> RESOURCES = Set.of(FILE, CONNECTION, SOCKET, EXECUTOR);

  /** Types of fields that only owners of something outside of the heap have. */
  private static final Set<String> CLEANERS =
      Set.of("java.lang.ref.Cleaner", "java.lang.ref.Cleaner$Cleanable");

  /** Names of fields that hold addresses. */
  private static final Pattern HANDLE =
      Pattern.compile("handle|pointer|ptr|addr|native|peer", Pattern.CASE_INSENSITIVE);

  private static final Refusal ITERATOR =
      new Refusal(
          "an iterator is a place in a collection of this JVM", "pass the collection itself");

  /** The answer for one class; a {@code ClassValue} does not keep the class alive. */
  private static final ClassValue<Verdict> VERDICTS =
      new ClassValue<>() {
        @Override
        protected Verdict computeValue(Class<?> type) {
          Refusal known = known(type);
          Refusal refusal = known != null ? known : structural(type);
          boolean isByFields = refusal == null && !isJdk(type) && !hasJavaForm(type);
          return new Verdict(refusal, isByFields ? nativeMemory(type) : null);
        }
      };

  /**
   * What is known of a class.
   *
   * @param nativeMemory why its fields do not say all; null if they do
   */
  private record Verdict(@Nullable Refusal refusal, @Nullable Refusal nativeMemory) {}

  /** Why instances of exactly this class are refused, or null. Lambdas are judged elsewhere. */
  static @Nullable Refusal of(Class<?> type) {
    return VERDICTS.get(type).refusal;
  }

  /**
   * Why instances of this class must not be sent unless somebody has said how: they stand for
   * memory outside of the heap. Null if they do not, and for what takes Java serialization into its
   * own hands.
   */
  static @Nullable Refusal ofNativeMemory(Class<?> type) {
    return VERDICTS.get(type).nativeMemory;
  }

  /** Why Java serialization does not take instances of a class, or null. */
  static @Nullable Refusal ofJava(Class<?> type) {
    return Serializable.class.isAssignableFrom(type) || type.isArray()
        ? null
        : new Refusal(
            "it is not Serializable, as serializer [java] demands",
            "send the function or value around it by Ship.byValue(...), let it implement"
                + " Serializable, or choose another serializer");
  }

  static boolean isJdk(Class<?> type) {
    ClassLoader loader = type.getClassLoader();
    return loader == null || loader == ClassLoader.getPlatformClassLoader();
  }

  /**
   * Whether the class takes Java serialization into its own hands, so that fields do not tell all.
   */
  static boolean hasJavaForm(Class<?> type) {
    if (!Serializable.class.isAssignableFrom(type)) {
      return false;
    }
    if (Externalizable.class.isAssignableFrom(type)) {
      return true;
    }
    for (Class<?> at = type; at != null && at != Object.class; at = at.getSuperclass()) {
      if (isJdk(at) ? hasState(at) : declaresHook(at)) {
        return true;
      }
    }
    return false;
  }

  private static boolean declaresHook(Class<?> type) {
    for (var method : type.getDeclaredMethods()) {
      switch (method.getName()) {
        case "writeReplace", "readResolve" -> {
          return method.getParameterCount() == 0;
        }
        case "writeObject" -> {
          return method.getParameterCount() == 1
              && method.getParameterTypes()[0] == java.io.ObjectOutputStream.class;
        }
        default -> {}
      }
    }
    return false;
  }

  private static boolean hasState(Class<?> type) {
    for (Field field : type.getDeclaredFields()) {
      if ((field.getModifiers() & (Modifier.STATIC | Modifier.TRANSIENT)) == 0) {
        return true;
      }
    }
    return false;
  }

  private static @Nullable Refusal known(Class<?> type) {
    for (Class<?> at = type; at != null; at = at.getSuperclass()) {
      Refusal refusal = KNOWN.get(at.getName());
      if (refusal != null && RESOURCES.contains(refusal)) {
        refusal = refusal.perWorker(at.getName());
      }
      for (Class<?> implemented : at.getInterfaces()) {
        refusal = refusal == null ? known(implemented) : refusal;
      }
      if (refusal != null) {
        return refusal;
      }
    }
    return isJdk(type) && Iterator.class.isAssignableFrom(type) ? ITERATOR : null;
  }

  private static @Nullable Refusal nativeMemory(Class<?> type) {
    String handle = "";
    boolean hasNativeMethods = false;
    for (Class<?> at = type; at != null && !isJdk(at); at = at.getSuperclass()) {
      for (Field field : at.getDeclaredFields()) {
        if (Modifier.isStatic(field.getModifiers())) {
          continue;
        }
        if (CLEANERS.contains(field.getType().getName())) {
          return wraps(type, "field " + field.getName() + " frees it");
        }
        if (field.getType() == long.class && HANDLE.matcher(field.getName()).find()) {
          handle = field.getName();
        }
      }
      for (Method method : at.getDeclaredMethods()) {
        hasNativeMethods |= Modifier.isNative(method.getModifiers());
      }
    }
    return hasNativeMethods && !handle.isEmpty()
        ? wraps(type, "field " + handle + " is its address")
        : null;
  }

  private static Refusal wraps(Class<?> type, String how) {
    return new Refusal(
        "it wraps memory outside of the heap, which would stay behind (" + how + ")",
        "pass its content as plain values, or bind ["
            + type.getName()
            + "] to a serializer that knows it, in dagwright.serializers.bindings",
        type.getSimpleName());
  }

  private static @Nullable Refusal structural(Class<?> type) {
    if (type.isArray() || type.isPrimitive() || type.isInterface() || type == Object.class) {
      return null;
    }
    if (Proxy.isProxyClass(type)) {
      return new Refusal(
          "a dynamic proxy has no serialized form", "use a class that implements the interface");
    }
    if (isJdk(type)) {
      if (!Serializable.class.isAssignableFrom(type) && !CodecKryo.isCovered(type)) {
        return new Refusal(
            "this class of the JDK has no serialized form", "pass plain values instead of it");
      }
      return ClassPolicy.isOnTheList(type)
          ? null
          : new Refusal(
              "this class of the JDK is not among those that hold plain values",
              "pass plain values instead of it");
    }
    if (ClassPolicy.isTrap(type)) {
      return new Refusal(
          "classes of this package can be made to run anything by whoever forges their bytes",
          "make it inside the task");
    }
    for (Class<?> at = type.getSuperclass(); at != null; at = at.getSuperclass()) {
      if (isJdk(at) && hasState(at) && !Serializable.class.isAssignableFrom(type)) {
        return new Refusal(
            "its superclass " + at.getName() + " has no serialized form",
            "pass plain values instead of it");
      }
    }
    return null;
  }
}
