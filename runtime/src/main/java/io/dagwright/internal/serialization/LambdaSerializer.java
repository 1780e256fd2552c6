package io.dagwright.internal.serialization;

import com.esotericsoftware.kryo.kryo5.Kryo;
import com.esotericsoftware.kryo.kryo5.Serializer;
import com.esotericsoftware.kryo.kryo5.io.Input;
import com.esotericsoftware.kryo.kryo5.io.Output;
import java.lang.invoke.SerializedLambda;
import java.lang.reflect.InvocationHandler;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import org.jspecify.annotations.Nullable;

/**
 * Writes a serializable lambda as the names that describe it and its captured values, and rebuilds
 * it through the class that contains it.
 *
 * <p>What is written may also be a lambda's description; what is read is always a lambda.
 *
 * <p>A lambda that captures itself, directly or through fields, gets a proxy in the inner places.
 * Lambdas made inside the JDK go in their Java form.
 */
final class LambdaSerializer extends Serializer<Object> {

  private static final boolean JAVA_FORM = true;

  private final JavaFormSerializer javaForm = new JavaFormSerializer();

  LambdaSerializer() {
    super(false, true);
  }

  @Override
  public void write(Kryo kryo, Output output, Object object) {
    SerializedLambda form =
        object instanceof SerializedLambda description ? description : LambdaForm.of(object);
    if (form == null) {
      throw new RefusedException(LambdaForm.notSerializable(object).reason());
    }
    boolean isOfJdk = LambdaForm.isOfJdk(form);
    output.writeBoolean(isOfJdk == JAVA_FORM);
    ((CodecKryo) kryo).note(object.getClass(), form);
    if (isOfJdk) {
      javaForm.write(kryo, output, object);
      return;
    }
    output.writeString(form.getCapturingClass());
    output.writeString(form.getFunctionalInterfaceClass());
    output.writeString(form.getFunctionalInterfaceMethodName());
    output.writeString(form.getFunctionalInterfaceMethodSignature());
    output.writeVarInt(form.getImplMethodKind(), true);
    output.writeString(
        form.getImplClass().equals(form.getCapturingClass()) ? null : form.getImplClass());
    output.writeString(form.getImplMethodName());
    output.writeString(form.getImplMethodSignature());
    output.writeString(
        form.getInstantiatedMethodType().equals(form.getFunctionalInterfaceMethodSignature())
            ? null
            : form.getInstantiatedMethodType());
    output.writeVarInt(form.getCapturedArgCount(), true);
    for (int i = 0; i < form.getCapturedArgCount(); i++) {
      kryo.writeClassAndObject(output, form.getCapturedArg(i));
    }
  }

  @Override
  public Object read(Kryo kryo, Input input, Class<? extends Object> type) {
    if (input.readBoolean() == JAVA_FORM) {
      return javaForm.read(kryo, input, type);
    }
    ClassLoader loader = kryo.getClassLoader();
    String capturing = required(input);
    String functional = required(input);
    String functionalMethod = required(input);
    String functionalSignature = required(input);
    int kind = input.readVarInt(true);
    String implementing = input.readString();
    String implMethod = required(input);
    String implSignature = required(input);
    String instantiated = input.readString();
    Object[] captured = new Object[BoundedInput.readCount(input)];
    Class<?> capturingClass = MissingClassException.load(capturing.replace('/', '.'), loader);
    Pending pending = new Pending(MissingClassException.load(functional.replace('/', '.'), loader));
    kryo.reference(pending);
    for (int i = 0; i < captured.length; i++) {
      captured[i] = kryo.readClassAndObject(input);
    }
    Object lambda =
        LambdaForm.rebuild(
            new SerializedLambda(
                capturingClass,
                functional,
                functionalMethod,
                functionalSignature,
                kind,
                implementing == null ? capturing : implementing,
                implMethod,
                implSignature,
                instantiated == null ? functionalSignature : instantiated,
                captured),
            capturingClass);
    pending.lambda = lambda;
    return lambda;
  }

  private static String required(Input input) {
    String value = input.readString();
    if (value == null) {
      throw ByteSource.corrupt("a lambda lacks one of its names");
    }
    return value;
  }

  /** A lambda whose captured values are still being read. */
  private static final class Pending implements CodecKryo.Unfinished, InvocationHandler {

    private final Class<?> functional;
    private @Nullable Object proxy;
    private @Nullable Object lambda;

    Pending(Class<?> functional) {
      this.functional = functional;
    }

    @Override
    public Object standIn() {
      if (lambda != null) {
        return lambda;
      }
      if (proxy == null) {
        proxy =
            Proxy.newProxyInstance(functional.getClassLoader(), new Class<?>[] {functional}, this);
      }
      return proxy;
    }

    @Override
    public @Nullable Object invoke(Object self, Method method, Object @Nullable [] arguments)
        throws Throwable {
      if (lambda == null) {
        throw new IllegalStateException("called while it is being read");
      }
      try {
        method.setAccessible(true);
        return method.invoke(lambda, arguments);
      } catch (InvocationTargetException e) {
        throw e.getCause();
      }
    }
  }

  /** The lambda behind a proxy that stands in for it, or the object itself. */
  static Object resolve(Object object) {
    return Proxy.isProxyClass(object.getClass())
            && Proxy.getInvocationHandler(object) instanceof Pending pending
            && pending.lambda != null
        ? pending.lambda
        : object;
  }

  /** Writes a stand-in as the lambda it stands for, so that a lambda can travel on. */
  static final class PlaceholderSerializer extends Serializer<Object> {

    @Override
    public void write(Kryo kryo, Output output, Object object) {
      Object lambda = resolve(object);
      if (lambda == object) {
        throw new RefusedException("a dynamic proxy has no serialized form");
      }
      kryo.writeClassAndObject(output, lambda);
    }

    @Override
    public Object read(Kryo kryo, Input input, Class<? extends Object> type) {
      return kryo.readClassAndObject(input);
    }
  }
}
