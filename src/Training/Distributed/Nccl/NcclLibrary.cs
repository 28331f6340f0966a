using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace TurkishLlm.Training.Distributed.Nccl;

/// <summary>Bindings of NCCL 2.</summary>
/// <remarks>Source: nccl.h.</remarks>
internal static class NcclLibrary
{
    /// <summary>ncclSum.</summary>
    public const int Sum = 0;

    /// <summary>ncclInProgress: the operation is not complete yet.</summary>
    private const int InProgress = 7;

    private static readonly nint Library = CollectiveLibraries.GetHandle(CollectiveLibraries.Nccl);

    static NcclLibrary()
    {
    }

    /// <summary>True if NCCL is installed.</summary>
    public static bool IsInstalled => Library != 0;

    /// <summary>Throws if a return code reports an error.</summary>
    /// <exception cref="CollectiveException">The code reports an error.</exception>
    public static void Check(int code)
    {
        if (code is 0 or InProgress) return;
        throw new CollectiveException($"NCCL: {Marshal.PtrToStringUTF8(ncclGetErrorString(code))}");
    }

    [DllImport(CollectiveLibraries.Nccl), DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    public static extern int ncclGetUniqueId(out UniqueId id);

    [DllImport(CollectiveLibraries.Nccl), DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    public static extern int ncclCommInitRank(out nint communicator, int size, UniqueId id, int rank);

    [DllImport(CollectiveLibraries.Nccl), DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    public static extern int ncclAllReduce(
        nint send, nint receive, nuint count, int type, int operation, nint communicator, nint stream);

    [DllImport(CollectiveLibraries.Nccl), DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    public static extern int ncclCommGetAsyncError(nint communicator, out int code);

    [DllImport(CollectiveLibraries.Nccl), DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    public static extern int ncclCommDestroy(nint communicator);

    [DllImport(CollectiveLibraries.Nccl), DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    public static extern int ncclCommAbort(nint communicator);

    [DllImport(CollectiveLibraries.Nccl), DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern nint ncclGetErrorString(int code);

    /// <summary>
    /// The identifier that one process creates and shares with the others, so that they can connect: 128 bytes.
    /// </summary>
    [InlineArray(128 / sizeof(ulong))]
    public struct UniqueId
    {
        private ulong _first;

        /// <summary>Parses the result of <see cref="ToString"/>.</summary>
        public static UniqueId Parse(string text)
        {
            var id = default(UniqueId);
            Convert.FromHexString(text).CopyTo(MemoryMarshal.AsBytes((Span<ulong>)id));
            return id;
        }

        /// <inheritdoc/>
        public override readonly string ToString() => Convert.ToHexString(MemoryMarshal.AsBytes<ulong>(this));
    }
}
