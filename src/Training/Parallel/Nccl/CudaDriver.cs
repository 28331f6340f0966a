using System.Runtime.InteropServices;

namespace TurkishLlm.Training;

/// <summary>What NCCL leaves to CUDA: to choose the device of a thread, and to ask whether the default stream is done.</summary>
internal static class CudaDriver
{
    private const int NotReady = 600;

    private static readonly nint Library = CollectiveLibraries.Handle(CollectiveLibraries.CudaDriver);

    static CudaDriver()
    {
    }

    /// <summary>True where the driver is installed.</summary>
    public static bool IsInstalled => Library != 0;

    /// <summary>The context that libtorch uses on a device.</summary>
    /// <exception cref="CollectiveException">There is no such device.</exception>
    public static nint ContextOf(int device)
    {
        Check(cuInit(0));
        Check(cuDevicePrimaryCtxRetain(out var context, device));
        return context;
    }

    /// <summary>Calls a function on the device of a context.</summary>
    public static T On<T>(nint context, Func<T> work)
    {
        Check(cuCtxPushCurrent_v2(context));
        try
        {
            return work();
        }
        finally
        {
            Check(cuCtxPopCurrent_v2(out _));
        }
    }

    /// <summary>True when everything that was begun on the default stream has ended.</summary>
    /// <exception cref="CollectiveException">Something of it failed.</exception>
    public static bool HasFinished()
    {
        var code = cuStreamQuery(0);
        if (code == NotReady) return false;
        Check(code);
        return true;
    }

    private static void Check(int code)
    {
        if (code != 0) throw new CollectiveException(FormattableString.Invariant($"CUDA driver: error {code}"));
    }

    [DllImport(CollectiveLibraries.CudaDriver), DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int cuInit(uint flags);

    [DllImport(CollectiveLibraries.CudaDriver), DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int cuDevicePrimaryCtxRetain(out nint context, int device);

    [DllImport(CollectiveLibraries.CudaDriver), DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int cuCtxPushCurrent_v2(nint context);

    [DllImport(CollectiveLibraries.CudaDriver), DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int cuCtxPopCurrent_v2(out nint context);

    [DllImport(CollectiveLibraries.CudaDriver), DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int cuStreamQuery(nint stream);
}
