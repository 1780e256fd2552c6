package io.dagwright;

import static java.util.Objects.requireNonNull;

import io.dagwright.internal.serialization.Values;
import java.io.Serializable;
import org.jspecify.annotations.Nullable;

/**
 * A function and the arguments to call it with, for a {@link Parallel} loop. Making one calls
 * nothing.
 *
 * <p>As immutable and thread-safe as its arguments. On backends other than {@code threads} and
 * {@code sequential} the call is made with copies of them.
 *
 * @param <R> type of the result, which may be null
 */
public final class DelayedCall<R extends @Nullable Object> implements Serializable {

  private static final long serialVersionUID = 1L;

  private final Object function;
  private final Values arguments;

  private DelayedCall(Object function, @Nullable Object... arguments) {
    this.function = requireNonNull(function, "function");
    this.arguments = new Values(arguments);
  }

  /** Calls a function of no arguments. */
  public static <R extends @Nullable Object> DelayedCall<R> delayed(Fn0<? extends R> function) {
    return new DelayedCall<>(function);
  }

  /** Calls a function with one argument. */
  public static <A extends @Nullable Object, R extends @Nullable Object> DelayedCall<R> delayed(
      A a, Fn1<? super A, ? extends R> function) {
    return new DelayedCall<>(function, a);
  }

  /** Calls a function with two arguments. */
  public static <A extends @Nullable Object, B extends @Nullable Object, R extends @Nullable Object>
      DelayedCall<R> delayed(A a, B b, Fn2<? super A, ? super B, ? extends R> function) {
    return new DelayedCall<>(function, a, b);
  }

  /** Calls a function with three arguments. */
  public static <
          A extends @Nullable Object,
          B extends @Nullable Object,
          C extends @Nullable Object,
          R extends @Nullable Object>
      DelayedCall<R> delayed(
          A a, B b, C c, Fn3<? super A, ? super B, ? super C, ? extends R> function) {
    return new DelayedCall<>(function, a, b, c);
  }

  /** Calls a function with four arguments. */
  public static <
          A extends @Nullable Object,
          B extends @Nullable Object,
          C extends @Nullable Object,
          D extends @Nullable Object,
          R extends @Nullable Object>
      DelayedCall<R> delayed(
          A a,
          B b,
          C c,
          D d,
          Fn4<? super A, ? super B, ? super C, ? super D, ? extends R> function) {
    return new DelayedCall<>(function, a, b, c, d);
  }

  /** Calls a function with five arguments. */
  public static <
          A extends @Nullable Object,
          B extends @Nullable Object,
          C extends @Nullable Object,
          D extends @Nullable Object,
          E extends @Nullable Object,
          R extends @Nullable Object>
      DelayedCall<R> delayed(
          A a,
          B b,
          C c,
          D d,
          E e,
          Fn5<? super A, ? super B, ? super C, ? super D, ? super E, ? extends R> function) {
    return new DelayedCall<>(function, a, b, c, d, e);
  }

  /** What messages call the function. */
  String name() {
    return Lambdas.name(function);
  }

  Object function() {
    return function;
  }

  @Nullable Object[] arguments() {
    return arguments.array();
  }

  /** Makes the call. */
  @SuppressWarnings({"unchecked", "NullAway"}) // The factories saw to the types.
  R call() throws Exception {
    Object[] of = arguments.array();
    Object result =
        switch (of.length) {
          case 0 -> ((Fn0<?>) function).call();
          case 1 -> ((Fn1<Object, ?>) function).call(of[0]);
          case 2 -> ((Fn2<Object, Object, ?>) function).call(of[0], of[1]);
          case 3 -> ((Fn3<Object, Object, Object, ?>) function).call(of[0], of[1], of[2]);
          case 4 ->
              ((Fn4<Object, Object, Object, Object, ?>) function).call(of[0], of[1], of[2], of[3]);
          default ->
              ((Fn5<Object, Object, Object, Object, Object, ?>) function)
                  .call(of[0], of[1], of[2], of[3], of[4]);
        };
    return (R) result;
  }

  @Override
  public String toString() {
    return "DelayedCall[" + name() + "]";
  }
}
