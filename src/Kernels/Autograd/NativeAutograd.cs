using System.Runtime.InteropServices;
using TurkishLlm.Kernels.Native;

namespace TurkishLlm.Kernels.Autograd;

/// <summary>
/// The native functions with which TorchSharp 0.107 adds nodes to the graph of libtorch. Its own <c>autograd.Function</c> uses
/// them, too, but allocates and keeps a tensor of the size of every output, which would double the activation memory of a step.
/// </summary>
/// <remarks>Source: TorchSharp 0.107.0, THSAutograd.h.</remarks>
internal static unsafe class NativeAutograd
{
    public static readonly delegate* unmanaged[Cdecl]<nint, nint, NodePointer> NewNode =
        (delegate* unmanaged[Cdecl]<nint, nint, NodePointer>)TorchLibrary.TorchSharpFunction("THSAutograd_CSharpNode_ctor");

    public static readonly delegate* unmanaged[Cdecl]<NodePointer, void> ReleaseShared =
        (delegate* unmanaged[Cdecl]<NodePointer, void>)TorchLibrary.TorchSharpFunction("THSAutograd_CSharpNode_disposeSharedPtr");

    public static readonly delegate* unmanaged[Cdecl]<NodePointer, void> ReleaseWeak =
        (delegate* unmanaged[Cdecl]<NodePointer, void>)TorchLibrary.TorchSharpFunction("THSAutograd_CSharpNode_disposeWeakPtr");

    public static readonly delegate* unmanaged[Cdecl]<NodePointer, TensorArray, byte, void> SetNextEdges =
        (delegate* unmanaged[Cdecl]<NodePointer, TensorArray, byte, void>)
            TorchLibrary.TorchSharpFunction("THSAutograd_CSharpNode_setNextEdges");

    public static readonly delegate* unmanaged[Cdecl]<NodePointer, void> ClearInputMetadata =
        (delegate* unmanaged[Cdecl]<NodePointer, void>)
            TorchLibrary.TorchSharpFunction("THSAutograd_CSharpNode_clearInputMetadata");

    public static readonly delegate* unmanaged[Cdecl]<
        TensorArray, TensorArray, TensorArray, TensorArray,
        NodePointer, delegate* unmanaged[Cdecl]<nuint, nint*>, void> WrapOutputs =
        (delegate* unmanaged[Cdecl]<
            TensorArray, TensorArray, TensorArray, TensorArray,
            NodePointer, delegate* unmanaged[Cdecl]<nuint, nint*>, void>)
            TorchLibrary.TorchSharpFunction("THSAutograd_Function_wrapOutputs");

    public static readonly delegate* unmanaged[Cdecl]<nint, NodePointer, byte, nint> SaveVariable =
        (delegate* unmanaged[Cdecl]<nint, NodePointer, byte, nint>)
            TorchLibrary.TorchSharpFunction("THSAutograd_SavedVariable_ctor");

    public static readonly delegate* unmanaged[Cdecl]<nint, NodePointer, nint> UnpackVariable =
        (delegate* unmanaged[Cdecl]<nint, NodePointer, nint>)TorchLibrary.TorchSharpFunction("THSAutograd_SavedVariable_unpack");

    public static readonly delegate* unmanaged[Cdecl]<nint, void> ResetVariable =
        (delegate* unmanaged[Cdecl]<nint, void>)TorchLibrary.TorchSharpFunction("THSAutograd_SavedVariable_reset_data");

    public static readonly delegate* unmanaged[Cdecl]<nint, void> ReleaseVariable =
        (delegate* unmanaged[Cdecl]<nint, void>)TorchLibrary.TorchSharpFunction("THSAutograd_SavedVariable_dispose");

    private static readonly delegate* unmanaged[Cdecl]<nint> LastError =
        (delegate* unmanaged[Cdecl]<nint>)TorchLibrary.TorchSharpFunction("THSTorch_get_and_reset_last_err");

    /// <summary>Throws if the last call failed.</summary>
    /// <exception cref="ExternalException">The last call failed.</exception>
    public static void Check()
    {
#pragma warning disable CA2201 // The type that TorchSharp throws.
        if (TakeError() is { } error) throw new ExternalException(error);
#pragma warning restore CA2201
    }

    /// <summary>Returns and clears the error of the last call on this thread; null if it succeeded.</summary>
    public static string? TakeError() => LastError() is var error && error != 0 ? Marshal.PtrToStringUTF8(error) : null;

    /// <summary>A node: a pointer that keeps it alive, and one that does not.</summary>
    [StructLayout(LayoutKind.Sequential)]
    public readonly record struct NodePointer(nint Shared, nint Weak);

    /// <summary>An array of tensor handles.</summary>
    [StructLayout(LayoutKind.Sequential)]
    public readonly record struct TensorArray(nint First, long Count);
}
