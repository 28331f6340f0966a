using System.Runtime.InteropServices;

namespace TurkishLlm.Kernels.Cuda;

/// <summary>Bindings of the CUDA driver API for kernels and collectives. The driver is loaded at run time.</summary>
/// <remarks>
/// Source: CUDA Driver API, "Primary Context Management", "Module Management", "Execution Control", "Stream Management".
/// </remarks>
public sealed unsafe class CudaDriver
{
    private const int NotReady = 600;

    private static readonly string Name = OperatingSystem.IsWindows() ? "nvcuda.dll" : "libcuda.so.1";

    private readonly delegate* unmanaged[Cdecl]<int*, int, int> _device;
    private readonly delegate* unmanaged[Cdecl]<int*, int, int, int> _attribute;
    private readonly delegate* unmanaged[Cdecl]<nint*, int, int> _retainContext;
    private readonly delegate* unmanaged[Cdecl]<nint, int> _push;
    private readonly delegate* unmanaged[Cdecl]<nint*, int> _pop;
    private readonly delegate* unmanaged[Cdecl]<nint*, byte*, int> _load;
    private readonly delegate* unmanaged[Cdecl]<nint*, nint, nint, int> _function;
    private readonly delegate* unmanaged[Cdecl]<nint, uint, uint, uint, uint, uint, uint, uint, nint, void**, void**, int>
        _launch;
    private readonly delegate* unmanaged[Cdecl]<nint, int> _query;
    private readonly delegate* unmanaged[Cdecl]<int, nint*, int> _errorText;

    /// <summary>Loads the driver.</summary>
    /// <exception cref="DllNotFoundException">The driver is not installed.</exception>
    public CudaDriver()
    {
        if (!NativeLibrary.TryLoad(Name, out var driver))
            throw new DllNotFoundException(
                $"{Name} could not be loaded: the NVIDIA driver is not installed here. Install it, or use device: cpu.");
        _device = (delegate* unmanaged[Cdecl]<int*, int, int>)NativeLibrary.GetExport(driver, "cuDeviceGet");
        _attribute = (delegate* unmanaged[Cdecl]<int*, int, int, int>)NativeLibrary.GetExport(driver, "cuDeviceGetAttribute");
        _retainContext = (delegate* unmanaged[Cdecl]<nint*, int, int>)NativeLibrary.GetExport(driver, "cuDevicePrimaryCtxRetain");
        _push = (delegate* unmanaged[Cdecl]<nint, int>)NativeLibrary.GetExport(driver, "cuCtxPushCurrent_v2");
        _pop = (delegate* unmanaged[Cdecl]<nint*, int>)NativeLibrary.GetExport(driver, "cuCtxPopCurrent_v2");
        _load = (delegate* unmanaged[Cdecl]<nint*, byte*, int>)NativeLibrary.GetExport(driver, "cuModuleLoadData");
        _function = (delegate* unmanaged[Cdecl]<nint*, nint, nint, int>)NativeLibrary.GetExport(driver, "cuModuleGetFunction");
        _launch = (delegate* unmanaged[Cdecl]<nint, uint, uint, uint, uint, uint, uint, uint, nint, void**, void**, int>)
            NativeLibrary.GetExport(driver, "cuLaunchKernel");
        _query = (delegate* unmanaged[Cdecl]<nint, int>)NativeLibrary.GetExport(driver, "cuStreamQuery");
        _errorText = (delegate* unmanaged[Cdecl]<int, nint*, int>)NativeLibrary.GetExport(driver, "cuGetErrorString");
        var initialize = (delegate* unmanaged[Cdecl]<uint, int>)NativeLibrary.GetExport(driver, "cuInit");
        Check(initialize(0), "cuInit");
    }

    /// <summary>True if the driver is installed.</summary>
    public static bool IsInstalled => NativeLibrary.TryLoad(Name, out _);

    /// <summary>Returns the driver's handle of a device.</summary>
    /// <param name="index">The number of the device in libtorch.</param>
    /// <exception cref="InvalidOperationException">The device does not exist.</exception>
    public int GetDevice(int index)
    {
        int device;
        Check(_device(&device, index), "cuDeviceGet");
        return device;
    }

    internal int GetAttribute(int attribute, int device)
    {
        int value;
        Check(_attribute(&value, attribute, device), "cuDeviceGetAttribute");
        return value;
    }

    /// <summary>Returns the primary context of a device, which the CUDA runtime and libtorch use.</summary>
    /// <param name="device">Handle of the device.</param>
    /// <exception cref="InvalidOperationException">The context cannot be created.</exception>
    public nint RetainPrimaryContext(int device)
    {
        nint context;
        Check(_retainContext(&context, device), "cuDevicePrimaryCtxRetain");
        return context;
    }

    /// <summary>Calls a function with a context as the current one of this thread.</summary>
    /// <param name="context">The context.</param>
    /// <param name="function">The function.</param>
    /// <returns>The result of the function.</returns>
    public T Run<T>(nint context, Func<T> function)
    {
        PushContext(context);
        try
        {
            return function();
        }
        finally
        {
            PopContext();
        }
    }

    /// <summary>Makes a context the current one of this thread, until <see cref="PopContext"/>.</summary>
    internal void PushContext(nint context) => Check(_push(context), "cuCtxPushCurrent");

    internal void PopContext()
    {
        nint context;
        Check(_pop(&context), "cuCtxPopCurrent");
    }

    /// <summary>Returns true if all work on the default stream of the current context is complete.</summary>
    /// <exception cref="InvalidOperationException">Some of the work failed.</exception>
    public bool HasFinished()
    {
        var result = _query(0);
        if (result == NotReady) return false;
        Check(result, "cuStreamQuery");
        return true;
    }

    /// <summary>Loads compiled code into the current context.</summary>
    internal nint LoadModule(byte[] code)
    {
        nint module;
        fixed (byte* bytes = code) Check(_load(&module, bytes), "cuModuleLoadData");
        return module;
    }

    internal nint GetFunction(nint module, string name)
    {
        nint function, text = Marshal.StringToCoTaskMemUTF8(name);
        try
        {
            Check(_function(&function, module, text), $"cuModuleGetFunction of {name}");
            return function;
        }
        finally
        {
            Marshal.FreeCoTaskMem(text);
        }
    }

    internal void Launch(string name, nint function, uint blocks, uint threads, nint stream, void** arguments)
    {
        var result = _launch(function, blocks, 1, 1, threads, 1, 1, 0, stream, arguments, null);
        if (result != 0) Check(result, $"cuLaunchKernel of {name} with {blocks} blocks of {threads} threads");
    }

    private void Check(int result, string call)
    {
        if (result == 0) return;
        nint text = 0;
        _ = _errorText(result, &text);
        throw new InvalidOperationException($"{call} failed: {Marshal.PtrToStringUTF8(text) ?? "unknown error"} ({result}).");
    }
}
