package io.dagwright.internal.serialization;

import java.io.IOException;
import java.io.InputStream;
import java.lang.invoke.CallSite;
import java.lang.invoke.LambdaMetafactory;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.lang.invoke.SerializedLambda;
import java.lang.reflect.Method;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.objectweb.asm.ClassReader;
import org.objectweb.asm.ClassVisitor;
import org.objectweb.asm.ClassWriter;
import org.objectweb.asm.Handle;
import org.objectweb.asm.MethodVisitor;
import org.objectweb.asm.Opcodes;
import org.objectweb.asm.Type;

/**
 * Rebuilds lambdas that were not meant to be serializable when they were compiled, and were made so
 * by the agent of their JVM: their classes do not know how. Only what a class's own byte code makes
 * is made.
 */
final class LambdaSites {

  private static final String METAFACTORY = "java/lang/invoke/LambdaMetafactory";

  /** Read once for each class. */
  private static final ClassValue<List<Site>> SITES =
      new ClassValue<>() {
        @Override
        protected List<Site> computeValue(Class<?> type) {
          return read(type);
        }
      };

  /** A place where a lambda is made: the arguments of the JDK's factory. */
  private record Site(
      String method, Type factory, Type erased, Handle implementation, Type instantiated) {

    boolean makes(SerializedLambda form) {
      return method.equals(form.getFunctionalInterfaceMethodName())
          && factory.getReturnType().getInternalName().equals(form.getFunctionalInterfaceClass())
          && factory.getArgumentTypes().length == form.getCapturedArgCount()
          && erased.getDescriptor().equals(form.getFunctionalInterfaceMethodSignature())
          && implementation.getOwner().equals(form.getImplClass())
          && implementation.getName().equals(form.getImplMethodName())
          && implementation.getDesc().equals(form.getImplMethodSignature())
          && instantiated.getDescriptor().equals(form.getInstantiatedMethodType());
    }
  }

  private LambdaSites() {}

  /** Makes the lambda again; null if no place in the class makes it. */
  static @Nullable Object rebuild(SerializedLambda form, Class<?> capturing) {
    for (Site site : SITES.get(capturing)) {
      if (site.makes(form)) {
        Object[] captured = new Object[form.getCapturedArgCount()];
        for (int i = 0; i < captured.length; i++) {
          captured[i] = form.getCapturedArg(i);
        }
        try {
          return make(site, capturing, captured);
        } catch (Throwable e) { // Whatever method handles throw.
          throw new IllegalArgumentException(
              "a lambda of class " + capturing.getName() + " cannot be made again: " + e, e);
        }
      }
    }
    return null;
  }

  private static Object make(Site site, Class<?> capturing, Object[] captured) throws Throwable {
    ClassLoader loader = capturing.getClassLoader();
    MethodHandles.Lookup lookup = MethodHandles.privateLookupIn(capturing, lookupBeside(capturing));
    CallSite made =
        LambdaMetafactory.altMetafactory(
            lookup,
            site.method,
            methodType(site.factory, loader),
            methodType(site.erased, loader),
            implementation(site.implementation, lookup, loader),
            methodType(site.instantiated, loader),
            LambdaMetafactory.FLAG_SERIALIZABLE); // So that it can travel on.
    return made.getTarget().invokeWithArguments(captured);
  }

  private static MethodType methodType(Type type, ClassLoader loader) {
    return MethodType.fromMethodDescriptorString(type.getDescriptor(), loader);
  }

  private static MethodHandle implementation(
      Handle handle, MethodHandles.Lookup lookup, ClassLoader loader)
      throws ReflectiveOperationException {
    Class<?> owner = Class.forName(handle.getOwner().replace('/', '.'), false, loader);
    MethodType type = MethodType.fromMethodDescriptorString(handle.getDesc(), loader);
    return switch (handle.getTag()) {
      case Opcodes.H_INVOKESTATIC -> lookup.findStatic(owner, handle.getName(), type);
      case Opcodes.H_NEWINVOKESPECIAL -> lookup.findConstructor(owner, type);
      case Opcodes.H_INVOKESPECIAL ->
          lookup.findSpecial(owner, handle.getName(), type, lookup.lookupClass());
      default -> lookup.findVirtual(owner, handle.getName(), type);
    };
  }

  /**
   * A look-up of a class in the same package. One of ours would not do: the factory demands one of
   * the same module, and each class loader has a module of its own.
   */
  private static MethodHandles.Lookup lookupBeside(Class<?> type)
      throws ReflectiveOperationException {
    String packageName = type.getPackageName();
    String name = (packageName.isEmpty() ? "" : packageName + ".") + "Dagwright$Lookup";
    Class<?> holder;
    try {
      holder =
          MethodHandles.privateLookupIn(type, MethodHandles.lookup())
              .defineClass(lookupHolder(name.replace('.', '/')));
    } catch (LinkageError e) { // It is there since an earlier lambda.
      holder = Class.forName(name, true, type.getClassLoader());
    }
    Method get = holder.getDeclaredMethod("get");
    get.setAccessible(true);
    return (MethodHandles.Lookup) get.invoke(null);
  }

  /** A class with {@code static Lookup get() { return MethodHandles.lookup(); }}. */
  private static byte[] lookupHolder(String name) {
    String type = "()Ljava/lang/invoke/MethodHandles$Lookup;";
    int flags = Opcodes.ACC_FINAL | Opcodes.ACC_SUPER | Opcodes.ACC_SYNTHETIC;
    ClassWriter writer = new ClassWriter(0);
    writer.visit(Opcodes.V17, flags, name, null, "java/lang/Object", null);
    MethodVisitor get = writer.visitMethod(Opcodes.ACC_STATIC, "get", type, null, null);
    get.visitCode();
    get.visitMethodInsn(
        Opcodes.INVOKESTATIC, "java/lang/invoke/MethodHandles", "lookup", type, false);
    get.visitInsn(Opcodes.ARETURN);
    get.visitMaxs(1, 0);
    get.visitEnd();
    writer.visitEnd();
    return writer.toByteArray();
  }

  private static List<Site> read(Class<?> type) {
    List<Site> sites = new ArrayList<>();
    ClassLoader loader = type.getClassLoader();
    String resource = type.getName().replace('.', '/') + ".class";
    try (InputStream in = loader == null ? null : loader.getResourceAsStream(resource)) {
      if (in != null) {
        new ClassReader(in)
            .accept(new Reader(sites), ClassReader.SKIP_DEBUG | ClassReader.SKIP_FRAMES);
      }
    } catch (IOException | IllegalArgumentException e) {
      return List.of(); // As if the class made no lambdas.
    }
    return List.copyOf(sites);
  }

  private static final class Reader extends ClassVisitor {

    private final List<Site> sites;

    Reader(List<Site> sites) {
      super(Opcodes.ASM9);
      this.sites = sites;
    }

    @Override
    public MethodVisitor visitMethod(
        int access,
        String name,
        String descriptor,
        @Nullable String signature,
        String @Nullable [] exceptions) {
      return new MethodVisitor(Opcodes.ASM9) {
        @Override
        public void visitInvokeDynamicInsn(
            String method, String type, Handle bootstrap, Object... arguments) {
          if (bootstrap.getOwner().equals(METAFACTORY)
              && bootstrap.getName().equals("metafactory")) {
            sites.add(
                new Site(
                    method,
                    Type.getMethodType(type),
                    (Type) arguments[0],
                    (Handle) arguments[1],
                    (Type) arguments[2]));
          }
        }
      };
    }
  }
}
