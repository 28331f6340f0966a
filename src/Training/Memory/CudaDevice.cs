using System.Runtime.InteropServices;
using System.Text;

namespace TurkishLlm.Training.Memory;

/// <summary>
/// An NVIDIA device as its driver tells of it. The driver is looked for at run time, so nothing here needs CUDA where there is
/// none. Keeps the device's primary context, the one that libtorch uses.
/// </summary>
/// <remarks>Source: CUDA Driver API, sections "Primary Context Management" and "Memory Management".</remarks>
public sealed class CudaDevice
{
    private readonly nint _context;
    private readonly PushContext _push;
    private readonly PopContext _pop;
    private readonly MemoryInfo _memory;

    private CudaDevice(string name, nint context, nint driver)
    {
        (Name, _context) = (name, context);
        _push = GetFunction<PushContext>(driver, "cuCtxPushCurrent_v2");
        _pop = GetFunction<PopContext>(driver, "cuCtxPopCurrent_v2");
        _memory = GetFunction<MemoryInfo>(driver, "cuMemGetInfo_v2");
    }

    private delegate int Initialize(uint flags);
    private delegate int GetDevice(out int device, int index);
    private delegate int GetName(byte[] name, int length, int device);
    private delegate int RetainContext(out nint context, int device);
    private delegate int PushContext(nint context);
    private delegate int PopContext(out nint context);
    private delegate int MemoryInfo(out nuint free, out nuint total);

    /// <summary>The maker's name, such as <c>NVIDIA H200</c>.</summary>
    public string Name { get; }

    /// <summary>Bytes of the device in use: by this process, what its allocator keeps for later included, and by every other.</summary>
    /// <exception cref="InvalidOperationException">The device does not answer any more.</exception>
    public long UsedBytes
    {
        get
        {
            Check(_push(_context), "cuCtxPushCurrent");
            try
            {
                Check(_memory(out var free, out var total), "cuMemGetInfo");
                return (long)(total - free);
            }
            finally
            {
                _ = _pop(out _);
            }
        }
    }

    /// <summary>Looks for a device.</summary>
    /// <param name="index">Which, as libtorch counts them.</param>
    /// <param name="driver">File name of the driver's library.</param>
    /// <returns>null where there is no driver, or no such device.</returns>
    public static CudaDevice? Find(int index, string driver = "libcuda.so.1")
    {
        if (!NativeLibrary.TryLoad(driver, out var library) || !NativeLibrary.TryGetExport(library, "cuMemGetInfo_v2", out _)) return null;
        if (GetFunction<Initialize>(library, "cuInit")(0) != 0 || GetFunction<GetDevice>(library, "cuDeviceGet")(out var device, index) != 0) return null;
        var name = new byte[256];
        Check(GetFunction<GetName>(library, "cuDeviceGetName")(name, name.Length, device), "cuDeviceGetName");
        Check(GetFunction<RetainContext>(library, "cuDevicePrimaryCtxRetain")(out var context, device), "cuDevicePrimaryCtxRetain");
        return new CudaDevice(Encoding.UTF8.GetString(name).TrimEnd('\0'), context, library);
    }

    private static T GetFunction<T>(nint library, string name) where T : Delegate => Marshal.GetDelegateForFunctionPointer<T>(NativeLibrary.GetExport(library, name));

    private static void Check(int result, string call)
    {
        if (result != 0) throw new InvalidOperationException($"{call} of the CUDA driver failed with {result}.");
    }
}
