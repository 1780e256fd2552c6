package io.dagwright.internal.actor;

import io.dagwright.error.CodeUnavailableException;
import io.dagwright.internal.code.ReachableCode;
import io.dagwright.internal.code.ReachableCode.MutableStatic;
import io.dagwright.internal.serialization.CodeListener;
import java.lang.invoke.SerializedLambda;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * The code that some functions and values need, as their encoders tell. Not thread-safe; what
 * {@link #entryPoints} gives may go to another thread.
 */
public final class UsedCode implements CodeListener {

  /** What to do about a large value that was captured, one clause. */
  public static final String CURE_OF_LARGE =
      "make it an input of the tasks, with Lazy.value(...) or persist, or let them read it themselves";

  private final Set<Class<?>> classes = Collections.newSetFromMap(new IdentityHashMap<>());
  private final Map<Object, EntryPoint> entryPoints = new LinkedHashMap<>();
  private String task = "";

  /**
   * Where the runtime may enter users' code: a lambda, or an object that is called through a type
   * of its own.
   *
   * @param key the same for all lambdas that one place in the source made
   * @param task the first task with it, for people
   * @param lambda what it is made of; null if it is an object of {@code type}
   */
  public record EntryPoint(
      Object key,
      String task,
      @Nullable SerializedLambda lambda,
      @Nullable Class<?> type,
      ClassLoader loader) {

    /** The fields it may read that may have another content on a worker. */
    public Set<MutableStatic> mutableStatics() {
      try {
        return ReachableCode.mutableStatics(
            lambda, type == null ? List.of() : List.of(type), loader);
      } catch (CodeUnavailableException e) {
        return Set.of(); // Whether it can be shipped is decided, and said, elsewhere.
      }
    }

    /** What to do about such a field, one clause. */
    public static final String CURE =
        "capture its value in a variable, pass it as an argument, or make it final";

    /** Why what the field holds on a worker may surprise, one clause. */
    public static String reasonOf(MutableStatic field) {
      return "reads static %s.%s (%s), which is not sent: the worker sees what its own class initializer makes of it"
          .formatted(field.owner(), field.name(), field.type());
    }
  }

  /** Why a large value that was captured may surprise, one clause. */
  public static String reasonOfLarge(long bytes) {
    return "takes "
        + bytes
        + " bytes: it is sent once per host, and the tasks of this session on one worker share it, so"
        + " they must not change it";
  }

  /** What comes now is the function of a task; an empty name if it is a value. */
  public void ofFunction(String ofTask) {
    task = ofTask;
  }

  @Override
  public void accept(Class<?> type) {
    if (classes.add(type) && !task.isEmpty() && isCallable(type)) {
      entryPoints.put(type, new EntryPoint(type, task, null, type, type.getClassLoader()));
    }
  }

  @Override
  public void acceptLambda(SerializedLambda form, ClassLoader loader) {
    String key = form.getImplClass() + form.getImplMethodName() + form.getImplMethodSignature();
    if (!task.isEmpty() && !entryPoints.containsKey(key)) {
      entryPoints.put(key, new EntryPoint(key, task, form, null, loader));
    }
  }

  /** Records and enums carry values; of others, who knows a type of theirs may call what it has. */
  private static boolean isCallable(Class<?> type) {
    return type.getClassLoader() != null
        && type.getClassLoader() != ClassLoader.getPlatformClassLoader()
        && !type.isHidden()
        && !type.isRecord()
        && !type.isEnum()
        && (type.getInterfaces().length > 0 || type.getSuperclass() != Object.class);
  }

  /** All classes that were told of. */
  public Set<Class<?>> classes() {
    return classes;
  }

  /** Those whose keys are wanted, in the order in which they came. */
  public List<EntryPoint> entryPoints(Predicate<Object> isWanted) {
    return entryPoints.values().stream().filter(point -> isWanted.test(point.key())).toList();
  }
}
