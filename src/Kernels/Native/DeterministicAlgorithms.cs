namespace TurkishLlm.Kernels;

/// <summary>
/// libtorch's switch for operators that give the same bits every time, which TorchSharp does not bind. It is reached through the
/// C++ functions that libtorch exports; their arguments are a pointer and truth values, which C# can pass.
/// </summary>
/// <remarks>Source: PyTorch, ATen/Context.h and docs, "torch.use_deterministic_algorithms".</remarks>
internal static unsafe class DeterministicAlgorithms
{
    private static readonly delegate* unmanaged[Cdecl]<nint> Context =
        (delegate* unmanaged[Cdecl]<nint>)TorchLibrary.LibtorchFunction("_ZN2at13globalContextEv");

    private static readonly delegate* unmanaged[Cdecl]<nint, byte, byte, void> SetDemanded =
        (delegate* unmanaged[Cdecl]<nint, byte, byte, void>)
            TorchLibrary.LibtorchFunction("_ZN2at7Context26setDeterministicAlgorithmsEbb");

    private static readonly delegate* unmanaged[Cdecl]<nint, byte, void> SetFilling =
        (delegate* unmanaged[Cdecl]<nint, byte, void>)
            TorchLibrary.LibtorchFunction("_ZN2at7Context39setDeterministicFillUninitializedMemoryEb");

    private static readonly delegate* unmanaged[Cdecl]<nint, byte> IsDemanded =
        (delegate* unmanaged[Cdecl]<nint, byte>)TorchLibrary.LibtorchFunction("_ZNK2at7Context23deterministicAlgorithmsEv");

    /// <summary>Why operators cannot be told to be deterministic here; null where they can.</summary>
    public static string? Missing { get; } = Context is not null && SetDemanded is not null
        ? null
        : "this libtorch exports no switch for deterministic operators (those built with Visual C++ name it otherwise): " +
          "sums on a CUDA device may differ in the last bits from run to run";

    /// <summary>True while operators are deterministic or refuse.</summary>
    public static bool Demanded => Missing is null && IsDemanded is not null && IsDemanded(Context()) != 0;

    /// <summary>Switches all operators of this process; without <see cref="Missing"/> functions nothing happens.</summary>
    /// <param name="demanded">True to replace operators that add in an order that changes, or to have them refuse.</param>
    public static void Demand(bool demanded)
    {
        if (Missing is not null) return;
        var context = Context();
        SetDemanded(context, demanded ? (byte)1 : (byte)0, 0);
        // New memory would be filled with NaN, which finds reads of what nobody wrote and costs a pass over every tensor.
        if (SetFilling is not null) SetFilling(context, 0);
    }
}
