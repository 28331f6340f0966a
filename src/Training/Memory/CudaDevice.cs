using System.Runtime.InteropServices;
using System.Text;

namespace TurkishLlm.Training.Memory;

/// <summary>
/// An NVIDIA device as its driver reports it. The driver is loaded at run time, so nothing here requires CUDA. Retains the
/// primary context of the device, which libtorch uses too.
/// </summary>
/// <remarks>Source: CUDA Driver API, sections "Primary Context Management" and "Memory Management".</remarks>
public sealed class CudaDevice
{
    private readonly nint _context;
    private readonly PushContext _push;
    private readonly PopContext _pop;
    private readonly MemoryInfo _memory;

    private CudaDevice(string name, string busId, nint context, nint driver)
    {
        (Name, BusId, _context) = (name, busId, context);
        _push = GetFunction<PushContext>(driver, "cuCtxPushCurrent_v2");
        _pop = GetFunction<PopContext>(driver, "cuCtxPopCurrent_v2");
        _memory = GetFunction<MemoryInfo>(driver, "cuMemGetInfo_v2");
    }

    private delegate int Initialize(uint flags);
    private delegate int GetDevice(out int device, int index);
    private delegate int GetName(byte[] name, int length, int device);
    private delegate int GetBusId(byte[] busId, int length, int device);
    private delegate int RetainContext(out nint context, int device);
    private delegate int PushContext(nint context);
    private delegate int PopContext(out nint context);
    private delegate int MemoryInfo(out nuint free, out nuint total);

    /// <summary>The product name, such as <c>NVIDIA H200</c>.</summary>
    public string Name { get; }

    /// <summary>The address on the PCI bus, such as <c>0000:18:00.0</c>, by which other libraries find the device.</summary>
    public string BusId { get; }

    /// <summary>
    /// Bytes of the device in use by all processes, including memory that the allocator of this process caches.
    /// </summary>
    /// <exception cref="InvalidOperationException">The device no longer responds.</exception>
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

    /// <summary>Finds a device.</summary>
    /// <param name="index">The number of the device in libtorch.</param>
    /// <param name="driver">File name of the driver library.</param>
    /// <returns>Null if there is no driver or no such device.</returns>
    public static CudaDevice? Find(int index, string driver = "libcuda.so.1")
    {
        if (!NativeLibrary.TryLoad(driver, out var library) || !NativeLibrary.TryGetExport(library, "cuMemGetInfo_v2", out _))
            return null;
        if (
            GetFunction<Initialize>(library, "cuInit")(0) != 0
            || GetFunction<GetDevice>(library, "cuDeviceGet")(out var device, index) != 0)
            return null;
        var (name, busId) = (new byte[256], new byte[32]);
        Check(GetFunction<GetName>(library, "cuDeviceGetName")(name, name.Length, device), "cuDeviceGetName");
        Check(GetFunction<GetBusId>(library, "cuDeviceGetPCIBusId")(busId, busId.Length, device), "cuDeviceGetPCIBusId");
        Check(
            GetFunction<RetainContext>(library, "cuDevicePrimaryCtxRetain")(out var context, device), "cuDevicePrimaryCtxRetain");
        return new CudaDevice(ReadText(name), ReadText(busId), context, library);

        static string ReadText(byte[] bytes) => Encoding.UTF8.GetString(bytes.AsSpan(0, Math.Max(0, bytes.IndexOf((byte)0))));
    }

    private static T GetFunction<T>(nint library, string name)
        where T : Delegate => Marshal.GetDelegateForFunctionPointer<T>(NativeLibrary.GetExport(library, name));

    private static void Check(int result, string call)
    {
        if (result != 0) throw new InvalidOperationException($"{call} of the CUDA driver failed with {result}.");
    }
}
