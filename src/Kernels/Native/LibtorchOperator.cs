using System.Runtime.InteropServices;
using TorchSharp;
using static System.FormattableString;
using static TorchSharp.torch;

namespace TurkishLlm.Kernels.Native;

/// <summary>
/// Calls operators of libtorch by name, through the stable C functions for extensions. For operators and overloads that
/// TorchSharp does not bind.
/// </summary>
/// <remarks>
/// Source: PyTorch, "LibTorch Stable ABI", <c>aoti_torch_call_dispatcher</c> and related functions, from 2.7 on.
/// </remarks>
internal static unsafe class LibtorchOperator
{
    // More than any operator has. Unused ones stay zero, which means None.
    private const int MaxArguments = 32;

    private static readonly delegate* unmanaged[Cdecl]<byte*, byte*, ulong*, int> Dispatch =
        (delegate* unmanaged[Cdecl]<byte*, byte*, ulong*, int>)TorchLibrary.LibtorchFunction("aoti_torch_call_dispatcher");

    private static readonly delegate* unmanaged[Cdecl]<nint, nint*, int> CopyHandle =
        (delegate* unmanaged[Cdecl]<nint, nint*, int>)TorchLibrary.LibtorchFunction("aoti_torch_new_tensor_handle");

    private static readonly delegate* unmanaged[Cdecl]<nint> LastMessage =
        (delegate* unmanaged[Cdecl]<nint>)TorchLibrary.LibtorchFunction("torch_exception_get_what_without_backtrace");

    private static readonly delegate* unmanaged[Cdecl]<ulong**, int> NewOptional =
        (delegate* unmanaged[Cdecl]<ulong**, int>)TorchLibrary.LibtorchFunction("torch_new_stable_ivalue");

    // Without that function, libtorch frees the value of an optional argument with C++'s delete.
    private static readonly delegate* unmanaged[Cdecl]<nuint, ulong*> CppNew = FindCppNew();

    /// <summary>Calls an operator; autograd records it like any other.</summary>
    /// <param name="name">Name, such as <c>aten::mm</c>.</param>
    /// <param name="overload">Name of the overload, such as <c>out</c>; may be empty.</param>
    /// <param name="results">Number of returned tensors.</param>
    /// <param name="arguments">Arguments in the order of the schema; omitted trailing ones are None.</param>
    /// <returns>The results. Undefined tensors stay undefined.</returns>
    /// <exception cref="NotSupportedException">libtorch is older than 2.7.</exception>
    /// <exception cref="ExternalException">libtorch reported an error.</exception>
    public static Tensor[] Call(string name, string overload, int results, params ReadOnlySpan<Argument> arguments)
    {
        if (Dispatch is null || CopyHandle is null)
            throw new NotSupportedException(
                $"{name} needs functions of libtorch 2.7 or later, which the one in {TorchLibrary.Folder} does not have. " +
                "Point TORCH_DIR at a newer libtorch.");
        var stack = stackalloc ulong[MaxArguments];
        new Span<ulong>(stack, MaxArguments).Clear();
        for (var i = 0; i < arguments.Length; i++) stack[i] = arguments[i].ToNative();
        int failed;
        fixed (byte* nameBytes = NullTerminated(name), overloadBytes = NullTerminated(overload))
            failed = Dispatch(nameBytes, overloadBytes, stack);
        foreach (ref readonly var argument in arguments) argument.KeepAlive();
        if (failed != 0) throw CreateException(name, arguments);
        var returned = new Tensor[results];
        for (var i = 0; i < results; i++) returned[i] = Tensor.UnsafeCreateTensor((nint)stack[i]);
        return returned;
    }

#pragma warning disable CA2201 // The type that TorchSharp throws.
    private static ExternalException CreateException(string name, ReadOnlySpan<Argument> arguments)
    {
        var said = LastMessage is null ? "it printed the reason to standard error" : Marshal.PtrToStringUTF8(LastMessage());
        return new ExternalException($"libtorch refused {name}({string.Join(", ", arguments.ToArray())}): {said}");
    }
#pragma warning restore CA2201

    private static byte[] NullTerminated(string text) => [.. System.Text.Encoding.UTF8.GetBytes(text), 0];

    private static delegate* unmanaged[Cdecl]<nuint, ulong*> FindCppNew()
    {
        foreach (var library in new[] { "libstdc++.so.6", "libc++abi.dylib", "libc++.1.dylib" })
            if (NativeLibrary.TryLoad(library, out var handle) && NativeLibrary.TryGetExport(handle, "_Znwm", out var address))
                return (delegate* unmanaged[Cdecl]<nuint, ulong*>)address;
        return null;
    }

    /// <summary>One argument of an operator.</summary>
    internal readonly struct Argument
    {
        private readonly Tensor? _tensor;
        private readonly ulong _bits;
        private readonly bool _boxed;

        private Argument(Tensor? tensor, ulong bits, bool boxed) => (_tensor, _bits, _boxed) = (tensor, bits, boxed);

        /// <summary>The value None.</summary>
        public static Argument None => default;

        public static implicit operator Argument(Tensor tensor) => new(tensor, 0, boxed: false);

        public static implicit operator Argument(long value) => new(null, (ulong)value, boxed: false);

        public static implicit operator Argument(double value) => new(null, BitConverter.DoubleToUInt64Bits(value), boxed: false);

        public static implicit operator Argument(bool value) => new(null, value ? 1UL : 0, boxed: false);

        public static implicit operator Argument(ScalarType type) => new(null, (ulong)type, boxed: false);

        /// <summary>Creates an argument for an optional parameter.</summary>
        public static Argument Optional(Tensor? tensor) => tensor is null ? None : new(tensor, 0, boxed: true);

        /// <inheritdoc cref="Optional(Tensor?)"/>
        public static Argument Optional(double value) => new(null, BitConverter.DoubleToUInt64Bits(value), boxed: true);

        /// <summary>Converts the argument for libtorch, which takes ownership.</summary>
        public ulong ToNative()
        {
            var value = _bits;
            if (_tensor is not null)
            {
                nint copy;
                if (CopyHandle(_tensor.Handle, &copy) != 0)
                    throw new InvalidOperationException("libtorch could not create another reference to a tensor.");
                value = (ulong)copy;
            }
            if (!_boxed) return value;
            ulong* box = null;
            if (NewOptional is not null) _ = NewOptional(&box);
            else if (CppNew is not null) box = CppNew(sizeof(ulong));
            if (box is null)
                throw new NotSupportedException(
                    "Optional arguments need a libtorch with torch_new_stable_ivalue, or libstdc++.");
            *box = value;
            return (ulong)box;
        }

        public void KeepAlive() => GC.KeepAlive(_tensor);

        public override string ToString() => _tensor is null
            ? Invariant($"0x{_bits:x}")
            : $"{_tensor.dtype}[{string.Join(", ", _tensor.shape)}] on {_tensor.device}";
    }
}
